import { afterAll, beforeAll, expect, test } from 'vitest';

import { tick } from '../../src/app/tick.ts';
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
import { waitingForLocks } from '../support/rivals.ts';
import { createWorld, type World } from '../support/world.ts';

const FRIDAY_AFTERNOON = new Date('2026-03-06T15:00:00Z');

let now = FRIDAY_AFTERNOON;
let world: World;
beforeAll(async () => void (world = await createWorld({ clock: { now: () => now } })));
afterAll(() => world[Symbol.asyncDispose]());

/** A registrar whose item a reseller was given on a Friday afternoon. */
async function handedOn(name: string) {
  now = FRIDAY_AFTERNOON;
  const registrar = await world.provider({ REGISTRAR: [name] });
  const reseller = await world.provider();
  const side = await coordinatorOn(world, name);
  await forwards(side, { dueAt: '2026-04-01T00:00:00Z' });
  const item = await onlyItem(registrar);
  await says(registrar, 'delegateItems', [item], { delegate: reseller.id });
  await world.settled();
  return { registrar, reseller, ...side, item, child: await onlyItem(reseller) };
}

async function ticksAt(instant: string): Promise<void> {
  now = new Date(instant);
  await tick(world.hub.app.work, now);
  await world.settled();
}

test('what a delegate does not take up within 8 business hours is its delegator’s again', async () => {
  const { registrar, reseller, cert } = await handedOn('silent.example');
  const heard = [await cursorOf(registrar), await cursorOf(reseller), await cursorOf(cert)] as const;
  await ticksAt('2026-03-09T14:59:59.999Z');
  expect(await onlyItem(reseller)).toMatchObject({ state: 'SENT' });

  await ticksAt('2026-03-09T15:00:00Z');
  expect(await onlyItem(reseller)).toMatchObject({ state: 'CLOSED', basis: 'RETURNED' });
  expect(await onlyItem(registrar)).toMatchObject({
    state: 'ACKNOWLEDGED',
    delegatedTo: null,
    dueAt: '2026-04-01T00:00:00.000Z',
  });
  expect(await referralsOf(cert)).toMatchObject([{ state: 'ACKNOWLEDGED', delegatedTo: null }]);
  const told = (await registrar.events(heard[0])).map(({ kind, details }) => [kind, details]);
  expect(told).toContainEqual(['ITEMS_RESUMED', [expect.objectContaining({ reason: 'NOT_ACCEPTED' })]]);
  expect(await heardSince(reseller, heard[1])).toEqual(['ITEMS_CLOSED']);
  expect(await heardSince(cert, heard[2])).toEqual(['REFERRALS_ANSWERED']);
});

test.each([
  ['acknowledged', 'acknowledgeItems', {}],
  ['looked into', 'reviewUntil', { until: '2026-03-20T00:00:00Z' }],
])('what a delegate has %s stays with it', async (_, field, input) => {
  const { registrar, reseller, child } = await handedOn(`${field.toLowerCase()}.example`);
  await says(reseller, field, [child], input);
  await ticksAt('2026-03-12T12:00:00Z');
  expect(await onlyItem(registrar)).toMatchObject({ state: 'DELEGATED' });
  expect((await onlyItem(reseller)).state).not.toBe('CLOSED');
});

test('a delegate’s review that is over is its turn again, not its delegator’s', async () => {
  const { registrar, reseller, child } = await handedOn('review-over.example');
  await says(reseller, 'reviewUntil', [child], { until: '2026-03-10T00:00:00Z' });
  await ticksAt('2026-03-10T00:00:00Z');
  expect(await onlyItem(reseller)).toMatchObject({ state: 'ACKNOWLEDGED' });
  expect(await onlyItem(registrar)).toMatchObject({ state: 'DELEGATED' });
});

test('a delegator that took it back or acted has nothing come back to it', async () => {
  const revoked = await handedOn('taken-back.example');
  await says(revoked.registrar, 'revokeDelegation', [revoked.item]);
  const acted = await handedOn('acted.example');
  await acted.registrar.acts([acted.item]);
  await world.settled();
  const before = [await deskOf(revoked.registrar), await deskOf(acted.registrar)];
  await ticksAt('2026-03-12T12:00:00Z');
  expect([await deskOf(revoked.registrar), await deskOf(acted.registrar)]).toEqual(before);
});

test('a delegate that takes it up while it is being returned has it', async () => {
  const { registrar, reseller, child } = await handedOn('just-in-time.example');
  const uuid = Buffer.from(child.id, 'base64url').toString().split(':')[1];
  const rival = await world.database.connect('tocsin_system');
  await rival.query('BEGIN');
  await rival.query('SELECT FROM inbox_item WHERE id = $1 FOR UPDATE', [uuid]);
  // Queued for the row first, so that it is taken up before it can be returned.
  const taken = reseller.acknowledges([child]);
  await waitingForLocks(world, 1);
  now = new Date('2026-03-09T15:00:00Z');
  const returned = tick(world.hub.app.work, now);
  await waitingForLocks(world, 2);
  await rival.query('ROLLBACK');
  await rival.end();
  expect((await taken).results).toMatchObject([{ item: { state: 'ACKNOWLEDGED' } }]);
  await returned;
  await world.settled();
  expect(await onlyItem(reseller)).toMatchObject({ state: 'ACKNOWLEDGED' });
  expect(await onlyItem(registrar)).toMatchObject({ state: 'DELEGATED' });
});

test('an item goes back at once when its delegate was suspended before it got there', async () => {
  now = FRIDAY_AFTERNOON;
  const registrar = await world.provider({ REGISTRAR: ['suspended.example'] });
  const reseller = await world.provider();
  await forwards(await coordinatorOn(world, 'suspended.example'));
  const rival = await world.database.connect('tocsin_system');
  await rival.query('BEGIN');
  await rival.query('SELECT FROM follower FOR UPDATE');
  await says(registrar, 'delegateItems', [await onlyItem(registrar)], { delegate: reseller.id });
  await world.operator.ask('mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code } } }', {
    id: reseller.id,
  });
  await rival.query('ROLLBACK');
  await rival.end();
  await world.settled();
  expect(await onlyItem(registrar)).toMatchObject({ state: 'ACKNOWLEDGED', delegatedTo: null, delegation: null });
});
