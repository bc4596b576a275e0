import { afterAll, beforeAll, expect, test } from 'vitest';

import { forwards, coordinatorOn, onlyItem, referralsOf, says } from '../support/answering.ts';
import { waitingForLocks, whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

async function handedOn(name: string) {
  const registrar = await world.provider({ REGISTRAR: [name] });
  const reseller = await world.provider();
  const side = await coordinatorOn(world, name);
  await forwards(side);
  const item = await onlyItem(registrar);
  await says(registrar, 'delegateItems', [item], { delegate: reseller.id });
  await world.settled();
  return { registrar, reseller, ...side, item, child: await onlyItem(reseller) };
}

const uuidOf = ({ id }: { id: string }): string => Buffer.from(id, 'base64url').toString().split(':')[1] ?? '';

test.each(['delegator', 'delegate'])(
  'when both answer at once and the %s is first, the delegator’s own word stands',
  async (first) => {
    const { registrar, reseller, cert, item, child } = await handedOn(`${first}-first.example`);
    await whileFlowWaits(world, async () => {
      const answers = [
        () => registrar.acts([item], { action: 'DOMAIN_CLIENT_HOLD', note: 'ourselves' }),
        () => reseller.acts([child], { action: 'CONTENT_REMOVED' }),
      ];
      for (const answer of first === 'delegator' ? answers : answers.reverse()) {
        expect((await answer()).results).toMatchObject([{ error: null }]);
      }
    });
    await world.settled();
    const own = { state: 'ACTIONED', action: 'DOMAIN_CLIENT_HOLD' };
    expect(await onlyItem(registrar)).toMatchObject({ ...own, note: 'ourselves' });
    expect(await onlyItem(reseller)).toMatchObject({ state: 'CLOSED', basis: 'WITHDRAWN', action: 'CONTENT_REMOVED' });
    expect(await referralsOf(cert)).toMatchObject([{ ...own, answerNote: 'ourselves', delegatedTo: null }]);
  },
);

test('a delegate’s answer that waits for its delegator’s own comes after it, and does not change it', async () => {
  const { registrar, reseller, cert, item, child } = await handedOn('held.example');
  const rival = await world.database.connect('tocsin_system');
  await rival.query('BEGIN');
  await rival.query('SELECT FROM inbox_item WHERE id = $1 FOR UPDATE', [uuidOf(item)]);
  const own = registrar.acts([item], { action: 'DOMAIN_CLIENT_HOLD' });
  await waitingForLocks(world, 1);
  await reseller.acts([child], { action: 'CONTENT_REMOVED' });
  // The flow stands behind the delegator in the queue for its item.
  await waitingForLocks(world, 2);
  await rival.query('ROLLBACK');
  await rival.end();
  expect((await own).results).toMatchObject([{ item: { state: 'ACTIONED' } }]);
  await world.settled();
  expect(await onlyItem(registrar)).toMatchObject({ state: 'ACTIONED', action: 'DOMAIN_CLIENT_HOLD' });
  expect(await onlyItem(reseller)).toMatchObject({ state: 'CLOSED', basis: 'WITHDRAWN' });
  expect(await referralsOf(cert)).toMatchObject([{ action: 'DOMAIN_CLIENT_HOLD' }]);
});

test('what was taken back before it arrived never arrives', async () => {
  const registrar = await world.provider({ REGISTRAR: ['never.example'] });
  const [reseller, another] = [await world.provider(), await world.provider()];
  await forwards(await coordinatorOn(world, 'never.example'));
  const item = await onlyItem(registrar);
  await whileFlowWaits(world, async () => {
    await says(registrar, 'delegateItems', [item], { delegate: reseller.id });
    await says(registrar, 'revokeDelegation', [item]);
    await says(registrar, 'delegateItems', [item], { delegate: another.id });
  });
  await world.settled();
  expect([await reseller.inbox(), await reseller.events()]).toMatchObject([[], [{}]]);
  expect(await onlyItem(another)).toMatchObject({ state: 'SENT' });
  expect(await onlyItem(registrar)).toMatchObject({ state: 'DELEGATED', delegation: { delegate: another.name } });
});

test('a delegate that answers while its delegator takes the item back has answered for nobody', async () => {
  const { registrar, reseller, cert, item, child } = await handedOn('crossed.example');
  await whileFlowWaits(world, async () => {
    await says(registrar, 'revokeDelegation', [item]);
    expect((await reseller.acts([child])).results).toMatchObject([{ item: { state: 'ACTIONED' } }]);
  });
  await world.settled();
  expect(await onlyItem(registrar)).toMatchObject({ state: 'ACKNOWLEDGED', action: null });
  expect(await onlyItem(reseller)).toMatchObject({ state: 'CLOSED', basis: 'WITHDRAWN' });
  expect(await referralsOf(cert)).toMatchObject([{ state: 'ACKNOWLEDGED', action: null }]);
});
