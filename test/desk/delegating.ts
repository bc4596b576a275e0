import { coordinatorOn, forwards, onlyItem, says, type Coordinator } from '../support/answering.ts';
import type { Party, World } from '../support/world.ts';

/** A registrar that these coordinators asked about one name, and a reseller of it. */
export async function chainFor(world: World, name: string, coordinators = 1) {
  const registrar = await world.provider({ REGISTRAR: [name] });
  const reseller = await world.provider();
  const sides: Coordinator[] = [];
  for (let count = 0; count < coordinators; count += 1) sides.push(await coordinatorOn(world, name, `www.${name}`));
  for (const side of sides) await forwards(side);
  return { registrar, reseller, item: await onlyItem(registrar), sides: sides as [Coordinator, ...Coordinator[]] };
}

export async function delegated(
  world: World,
  name: string,
  { coordinators = 1, ...input }: { coordinators?: number; shownAs?: string } = {},
) {
  const chain = await chainFor(world, name, coordinators);
  await handsOn(chain.registrar, chain.reseller, [chain.item], input);
  return { ...chain, child: await onlyItem(chain.reseller) };
}

export async function handsOn(from: Party, to: Party, items: readonly { id: string }[], input: object = {}) {
  const payload = await says(from, 'delegateItems', items, { delegate: to.id, ...input });
  await from.world.settled();
  return payload;
}
