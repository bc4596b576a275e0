import { coordinatorOn, forwards, onlyItem, referralsOf, replies, says } from '../support/answering.ts';
import { decides } from '../support/coordinator.ts';
import type { Party, World } from '../support/world.ts';

/**
 * Everything else that is said of items: a delegate has one in hand, one was taken back from it, it has acted on one
 * and declined one; a question is answered, a false positive pauses another party until the coordinator decides, and
 * what was asked in error is undone.
 */
export async function talkAtDesks(world: World): Promise<void> {
  const delegate = await world.provider();
  const [kept, revoked, acted, declined] = ['kept', 'revoked', 'acted', 'declined'].map(
    (name) => `${name}-there.example`,
  );
  for (const name of [kept, revoked, acted, declined]) await handOn(world, name ?? '', delegate);
  const items = new Map((await delegate.inbox()).map((item) => [item.resource, item]));
  await says(delegate, 'acknowledgeItems', [items.get(kept ?? '') ?? { id: '' }]);
  await says(delegate, 'reportAction', [items.get(acted ?? '') ?? { id: '' }], { action: 'SITE_CLEANED' });
  await says(delegate, 'declineItems', [items.get(declined ?? '') ?? { id: '' }], { reason: 'DUPLICATE' });
  await world.settled();
  await askAndDoubt(world);
  await undo(world);
}

async function handOn(world: World, name: string, delegate: Party): Promise<void> {
  const registrar = await world.provider({ REGISTRAR: [name] });
  await forwards(await coordinatorOn(world, name));
  const item = await onlyItem(registrar);
  await says(registrar, 'delegateItems', [item], { delegate: delegate.id });
  await world.settled();
  if (name.startsWith('revoked')) await says(registrar, 'revokeDelegation', [item]);
}

async function askAndDoubt(world: World): Promise<void> {
  const registrar = await world.provider({ REGISTRAR: ['doubted.example'] });
  const host = await world.provider({ HOST: ['doubted.example'] });
  const side = await coordinatorOn(world, 'doubted.example');
  await forwards(side);
  await says(registrar, 'askCoordinator', [await onlyItem(registrar)], { question: 'Why?' });
  await world.settled();
  const asked = (await referralsOf(side.cert)).filter(({ state }) => state === 'NEEDS_INFORMATION');
  await replies(side.cert, asked, 'Because.');
  await says(host, 'declineItems', [await onlyItem(host)], { reason: 'FALSE_POSITIVE' });
  await world.settled();
  await side.cert.confirms(await side.cert.cases());
  await world.settled();
}

async function undo(world: World): Promise<void> {
  const registrar = await world.provider({ REGISTRAR: ['undone.example'] });
  const side = await coordinatorOn(world, 'undone.example');
  await forwards(side);
  await decides(side.cert, 'retractCases', await side.cert.cases(), { reason: 'WRONG_PARTY' });
  await world.settled();
  await says(registrar, 'reportRestored', [await onlyItem(registrar)]);
  await world.settled();
}
