import { afterAll, beforeAll, expect, test } from 'vitest';

import {
  cursorOf,
  deskOf,
  forwards,
  heardSince,
  coordinatorOn,
  onlyItem,
  referralsOf,
  says,
} from '../support/answering.ts';
import { decides } from '../support/coordinator.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

/** A registrar that acted on a name which its coordinator then took back. */
async function mistaken(name: string) {
  const registrar = await world.provider({ REGISTRAR: [name] });
  const side = await coordinatorOn(world, name);
  await forwards(side);
  const item = await onlyItem(registrar);
  await registrar.acts([item]);
  await world.settled();
  const { cert } = side;
  await decides(cert, 'retractCases', await cert.cases(), { reason: 'FALSE_POSITIVE' });
  await world.settled();
  return { registrar, cert, item };
}

test('what was undone is said once, closes the item, and its coordinator hears when', async () => {
  const { registrar, cert, item } = await mistaken('undone.example');
  const said = { restoredAt: '2026-01-02T03:04:05Z', note: 'hold removed', providerReference: 'ticket 8' };
  const { results, receipt } = await says(registrar, 'reportRestored', [item], said);
  const restored = { state: 'CLOSED', basis: 'RESTORED', restoredAt: '2026-01-02T03:04:05.000Z' };
  expect(results).toMatchObject([{ item: restored }]);
  expect(receipt.entryId).toEqual(expect.any(String));
  await world.settled();
  expect(await referralsOf(cert)).toMatchObject([
    { ...restored, answerNote: 'hold removed', providerReference: 'ticket 8' },
  ]);
  expect((await says(registrar, 'reportRestored', [item])).results).toMatchObject([{ error: { code: 'WRONG_STATE' } }]);
});

test('only what was retracted can be undone, and it takes nothing else', async () => {
  const { registrar, item } = await mistaken('nothing-else.example');
  const until = new Date(Date.now() + 3_600_000).toISOString();
  for (const [field, input] of [
    ['acknowledgeItems', {}],
    ['reviewUntil', { until }],
    ['askCoordinator', { question: 'Why?' }],
    ['reportAction', { action: 'DOMAIN_DELETED' }],
    ['declineItems', { reason: 'DUPLICATE' }],
    ['delegateItems', { delegate: (await world.provider()).id }],
    ['revokeDelegation', {}],
  ] as const) {
    expect((await says(registrar, field, [item], input)).results).toMatchObject([{ error: { code: 'WRONG_STATE' } }]);
  }
  const other = await world.provider({ REGISTRAR: ['stands.example'] });
  await forwards(await coordinatorOn(world, 'stands.example'));
  expect((await says(other, 'reportRestored', await deskOf(other))).results).toMatchObject([
    { error: { code: 'WRONG_STATE' } },
  ]);
});

test('it lies in the past, is rehearsed without effect, and is nobody else’s to say', async () => {
  const { registrar, cert, item } = await mistaken('limits.example');
  const future = new Date(Date.now() + 60_000).toISOString();
  expect((await says(registrar, 'reportRestored', [item], { restoredAt: future })).errors).toMatchObject([
    { code: 'BAD_INPUT', path: ['restoredAt'] },
  ]);
  const heard = await cursorOf(cert);
  expect(await says(registrar, 'reportRestored', [item], { dryRun: true })).toMatchObject({
    results: [{ item: { state: 'RETRACTED' }, error: null }],
    receipt: null,
  });
  const stranger = await world.provider({ REGISTRAR: ['else.example'] });
  expect((await says(stranger, 'reportRestored', [item])).results).toMatchObject([{ error: { code: 'NOT_FOUND' } }]);
  expect(await heardSince(cert, heard)).toEqual([]);
});

test('a new request on the same resource lies beside what is still to be undone', async () => {
  const { registrar, item } = await mistaken('beside.example');
  await forwards(await coordinatorOn(world, 'beside.example'));
  const desk = await deskOf(registrar);
  expect(desk.map(({ state }) => state).sort()).toEqual(['RETRACTED', 'SENT']);
  await says(registrar, 'reportRestored', [item]);
  await world.settled();
  expect((await deskOf(registrar)).map(({ state }) => state).sort()).toEqual(['CLOSED', 'SENT']);
});

test('a delegate that has acted undoes it for its delegator, and a delegator for its delegate', async () => {
  for (const [name, who] of [
    ['by-delegate.example', 'reseller'],
    ['by-delegator.example', 'registrar'],
  ] as const) {
    const registrar = await world.provider({ REGISTRAR: [name] });
    const reseller = await world.provider();
    const side = await coordinatorOn(world, name);
    await forwards(side);
    await says(registrar, 'delegateItems', [await onlyItem(registrar)], { delegate: reseller.id });
    await world.settled();
    await reseller.acts([await onlyItem(reseller)]);
    await world.settled();
    await decides(side.cert, 'retractCases', await side.cert.cases(), { reason: 'WRONG_PARTY' });
    await world.settled();
    const parties = { registrar, reseller };
    await says(parties[who], 'reportRestored', [await onlyItem(parties[who])]);
    await world.settled();
    for (const party of [registrar, reseller]) {
      expect(await onlyItem(party)).toMatchObject({ state: 'CLOSED', basis: 'RESTORED' });
    }
    expect(await referralsOf(side.cert)).toMatchObject([
      { state: 'CLOSED', basis: 'RESTORED', restoredAt: expect.any(String) },
    ]);
  }
});
