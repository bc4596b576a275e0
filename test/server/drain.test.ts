import { afterEach, expect, test, vi } from 'vitest';

import { PATIENCE } from '../feed/listener.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { holder } from '../ledger/ledger-world.ts';
import { whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world[Symbol.asyncDispose]());

async function ready(): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(new URL('/readyz', world.hub.url));
  return { status: answer.status, body: await answer.json() };
}

const waiting = (login: string) =>
  world.database.admin(
    `SELECT pid FROM pg_stat_activity WHERE usename = '${login}' AND wait_event_type = 'Lock' AND datname = current_database()`,
  );

test('a node that is told to stop is not ready at once, serves on for its time, and then sends its sockets away to resume', async () => {
  world = await createWorld({ drainMs: 1_500 });
  const party = await world.organisation(['PROVIDER']);
  const socket = await RawSocket.signedIn(world.hub.wsUrl, party.key);
  expect(await ready()).toEqual({ status: 200, body: { ok: true } });
  const stopping = world.hub.stop();
  expect(await ready()).toEqual({ status: 503, body: { ok: false, reason: 'DRAINING' } });
  expect((await fetch(new URL('/healthz', world.hub.url))).status).toBe(200);
  expect((await party.ask('{ viewer { organisation { name } } }')).errors).toEqual([]);
  expect(socket.socket.readyState).toBe(socket.socket.OPEN);
  await stopping;
  expect(await socket.closed).toMatchObject({ code: 1012 });
  await expect(ready()).rejects.toThrow();
});

test('a node that stops ends the request and the reaction that are under way, and nothing of either is lost', async () => {
  world = await createWorld();
  const vendor = await world.vendor(await world.cert());
  await world.settled();
  const rival = await holder(world.database);
  await rival.query('BEGIN');
  await whileFlowWaits(world, async () => {
    await vendor.submits(['reaction.example']);
    await rival.query('LOCK TABLE triage_case IN EXCLUSIVE MODE');
  });
  await vi.waitFor(async () => expect(await waiting('tocsin_system')).toHaveLength(1), PATIENCE);
  await rival.query('LOCK TABLE idempotency IN EXCLUSIVE MODE');
  const request = vendor.submits(['request.example']);
  await vi.waitFor(async () => expect(await waiting('tocsin_app')).toHaveLength(1), PATIENCE);
  const stopping = world.hub.stop();
  await vi.waitFor(() => expect(fetch(new URL('/healthz', world.hub.url))).rejects.toThrow(), PATIENCE);
  await rival.query('ROLLBACK');
  await rival.end();
  expect(await request).toMatchObject({ errors: [], report: { state: 'SEALED' } });
  await stopping;
  const opened = await world.database.admin(`SELECT outcome FROM indicator WHERE value = 'reaction.example'`);
  expect(opened).toEqual([{ outcome: 'IN_TRIAGE' }]);
});

test.each([
  ['SCHEMA_NEWER', `INSERT INTO migration (timestamp, name) VALUES (9999999999999, 'FromTomorrow9999999999999')`],
  ['SCHEMA_OLDER', 'DELETE FROM migration WHERE id = (SELECT max(id) FROM migration)'],
])('a node beside a schema that is not its own is not ready: %s', async (reason, change) => {
  world = await createWorld();
  expect((await ready()).status).toBe(200);
  await world.database.admin(change);
  await vi.waitFor(async () => expect(await ready()).toEqual({ status: 503, body: { ok: false, reason } }), PATIENCE);
});

test('a node whose database does not answer says so in time, instead of waiting with it', async () => {
  world = await createWorld();
  const rival = await holder(world.database);
  await rival.query('BEGIN');
  await rival.query('LOCK TABLE ledger_tree IN ACCESS EXCLUSIVE MODE');
  try {
    expect(await ready()).toEqual({ status: 503, body: { ok: false, reason: 'DATABASE_UNAVAILABLE' } });
  } finally {
    await rival.query('ROLLBACK');
    await rival.end();
  }
  await vi.waitFor(async () => expect((await ready()).status).toBe(200), PATIENCE);
});
