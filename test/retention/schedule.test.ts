import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { forget, tick } from '../../src/app/tick.ts';
import { before, BY_DEFAULT, firstIdAt, SCHEDULE } from '../../src/retention/schedule.ts';
import { tableUnder } from '../docs/documents.ts';
import { placesOf } from '../support/canary.ts';
import { decides } from '../support/coordinator.ts';
import { contentsOf } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const inDays = (days: number): Date => before(new Date(), -days);
async function passes(days: number, keeping = BY_DEFAULT): Promise<void> {
  await world.settled();
  await forget(world.hub.app.work, inDays(days), keeping);
  await world.settled();
  await tick(world.hub.app.work, new Date());
  await world.settled();
}
async function reported(name: string): Promise<{ cert: Party; vendor: Party; report: { id: string } }> {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits([name], { externalId: name });
  await world.settled();
  return { cert, vendor, report };
}
const rejects = async ({ cert }: { cert: Party }) =>
  expect(await decides(cert, 'rejectCases', await cert.cases(), { reason: 'NOT_ABUSE' })).toMatchObject({ errors: [] });

describe('a report', () => {
  test('that is over is erased once its time has passed, and everybody hears why', async () => {
    const side = await reported('long-over.example');
    await rejects(side);
    await passes(1094);
    expect(await contentsOf(side.vendor, side.report)).toMatchObject({ indicators: [{ value: 'long-over.example' }] });
    await passes(1096);
    expect(await placesOf(world.database, ['long-over'])).toEqual([]);
    for (const party of [side.vendor, side.cert]) {
      const told = (await party.events()).find(({ kind }) => kind === 'ENTRIES_ERASED');
      expect(told).toMatchObject({ actor: null, details: [{ reason: expect.stringContaining('The time for which') }] });
    }
    const heard = (await world.operator.events()).map(({ kind }) => kind);
    expect(heard).toEqual(expect.arrayContaining(['ERASURE_ORDERED', 'ERASURE_DONE']));
    const length = heard.length;
    await passes(1097);
    expect(await world.operator.events()).toHaveLength(length);
  });

  test('of which a case is open stays, however old it is', async () => {
    const { vendor, report } = await reported('still-open.example');
    await passes(5000);
    expect(await contentsOf(vendor, report)).toMatchObject({ indicators: [{ value: 'still-open.example' }] });
  });

  test('stays for ever where the hub is told so, and for less where it is told that', async () => {
    const side = await reported('kept-longer.example');
    await rejects(side);
    await passes(5000, { reportDays: null });
    expect(await placesOf(world.database, ['kept-longer'])).not.toEqual([]);
    await passes(29, { reportDays: 30 });
    expect(await placesOf(world.database, ['kept-longer'])).not.toEqual([]);
    await passes(31, { reportDays: 30 });
    expect(await placesOf(world.database, ['kept-longer'])).toEqual([]);
  });

  test('of which something was said lately is not over', async () => {
    const side = await reported('said-lately.example');
    await rejects(side);
    await world.settled();
    // As if it had come long ago, and been decided on now.
    await world.database.admin(`SET session_replication_role = replica`);
    await world.database.admin(`UPDATE report SET created_at = created_at - interval '10 years'`);
    await world.database.admin(`RESET session_replication_role`);
    await passes(1);
    expect(await contentsOf(side.vendor, side.report)).toMatchObject({
      indicators: [{ value: 'said-lately.example' }],
    });
  });
});

test('answers to repeated requests are forgotten after their time, and not before', async () => {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const kept = async () => {
    const [row] = await world.database.admin<{ n: string }>(
      'SELECT count(*) AS n FROM idempotency WHERE organisation_id = $1',
      [Buffer.from(vendor.id, 'base64url').toString().split(':')[1]],
    );
    return Number(row?.n);
  };
  await vendor.submits(['answered-twice.example']);
  await passes(29);
  expect(await kept()).toBe(1);
  await passes(31);
  expect(await kept()).toBe(0);
});

test('look-ups that are answered and failures that were set aside go, those that wait do not', async () => {
  const insert = `INSERT INTO lookup (id, case_id, report_id, resource_kind, value, state, next_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'NAME', $1, $2, now())`;
  for (const state of ['WAITING', 'DONE', 'FAILED'])
    await world.database.admin(insert, [`asked-${state}.example`, state]);
  const fail =
    'INSERT INTO follower_failure (name, position, attempts, error, quarantined_at) VALUES ($1, $2, 5, $3, $4)';
  await world.database.admin(fail, ['BULK', 1_000_001, 'set-aside-once', new Date()]);
  await world.database.admin(fail, ['BULK', 1_000_002, 'still-tried', null]);
  await forget(world.hub.app.work, inDays(31), BY_DEFAULT);
  expect(await placesOf(world.database, ['asked-'])).toEqual(['lookup.value']);
  const left = await world.database.admin(`SELECT state FROM lookup WHERE value LIKE 'asked-%'`);
  expect(left).toEqual([{ state: 'WAITING' }]);
  expect(await placesOf(world.database, ['set-aside-once'])).toEqual(['follower_failure.error']);
  await forget(world.hub.app.work, inDays(366), BY_DEFAULT);
  expect(await placesOf(world.database, ['set-aside-once'])).toEqual([]);
  expect(await placesOf(world.database, ['still-tried'])).toEqual(['follower_failure.error']);
  await world.database.admin(`DELETE FROM lookup WHERE value LIKE 'asked-%'`);
});

test('docs/retention.md has the schedule of the code', () => {
  const told = tableUnder('docs/retention.md', '| what').map(([what = '', days]) => [
    what.replaceAll('`', ''),
    Number(days),
  ]);
  expect(told).toEqual(Object.entries(SCHEDULE).map(([what, { days }]) => [what, days]));
});

test('an id says when it was made', () => {
  const at = new Date('2026-11-24T12:00:00.000Z');
  expect(firstIdAt(at)).toBe('01a20d6d-5a00-7000-8000-000000000000');
  expect(firstIdAt(new Date(at.getTime() + 1)) > firstIdAt(at)).toBe(true);
});
