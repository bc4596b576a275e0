import type { SubmittedItem, World } from '../support/world.ts';

export interface KnownParty {
  readonly role: string;
  readonly name: string;
  readonly claimKind: string;
  readonly unclaimed: boolean;
}

/** Who can act on something, as a coordinator of its own is told. */
export async function partiesOf(world: World, item: SubmittedItem): Promise<KnownParty[]> {
  const cert = await world.cert();
  await cert.submits([item]);
  await world.settled();
  const { data } = await cert.ask(
    '{ cases(first: 1) { edges { node { parties { role name claimKind unclaimed } } } } }',
  );
  return data.cases.edges[0].node.parties;
}
