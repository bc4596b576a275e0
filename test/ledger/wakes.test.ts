import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { Signals } from '../../src/ledger/signals.ts';
import { Wakes } from '../../src/ledger/wakes.ts';
import { urlOf } from '../../src/platform/database/logins.ts';
import { holder, LedgerWorld } from './ledger-world.ts';

let world: LedgerWorld;
beforeAll(async () => void (world = await LedgerWorld.create()));
afterAll(() => world[Symbol.asyncDispose]());

const PATIENCE = { timeout: 9_000, interval: 10 };

async function listening(own?: () => number | null) {
  const signals = new Signals();
  const [ledger, feed, hint] = [vi.fn(), vi.fn(), vi.fn()];
  signals.onLedger(ledger);
  signals.onFeed('mine', feed);
  const wakes = new Wakes(urlOf('tocsin_app', world.database.address), signals, hint, world.told, own);
  await wakes.start();
  return { wakes, ledger, feed, hint };
}

const connections = async (): Promise<number[]> => {
  const rows = await world.database.admin<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'tocsin_wakes' AND datname = current_database()`,
  );
  return rows.map(({ pid }) => pid);
};
const cut = () =>
  world.database.admin(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tocsin_wakes' AND datname = current_database()`,
  );

test('who grew is heard by whom it concerns, and a hint by the node', async () => {
  const { wakes, ledger, feed, hint } = await listening();
  feed.mockClear();
  ledger.mockClear();
  await world.database.admin(`SELECT pg_notify('tocsin_grown', 'other,another')`);
  await vi.waitFor(() => expect(ledger).toHaveBeenCalledTimes(1), PATIENCE);
  expect(feed).not.toHaveBeenCalled();
  await world.database.admin(`SELECT pg_notify('tocsin_grown', 'other,mine')`);
  await vi.waitFor(() => expect(feed).toHaveBeenCalledTimes(1), PATIENCE);
  await world.database.admin(`SELECT pg_notify('tocsin_grown', 'all')`);
  await vi.waitFor(() => expect(feed).toHaveBeenCalledTimes(2), PATIENCE);
  wakes.hint();
  await vi.waitFor(() => expect(hint).toHaveBeenCalledTimes(1), PATIENCE);
  await wakes.stop();
});

test('what the node’s own sequencer has said is not heard again, and what another’s says is', async () => {
  const [own, other] = [await holder(world.database), await holder(world.database)];
  const { rows } = await own.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const { wakes, feed } = await listening(() => rows[0]?.pid ?? null);
  feed.mockClear();
  await own.query("NOTIFY tocsin_grown, 'mine'");
  await other.query("NOTIFY tocsin_grown, 'mine'");
  // Notifications come in the order of their commits.
  await vi.waitFor(() => expect(feed).toHaveBeenCalled(), PATIENCE);
  expect(feed).toHaveBeenCalledTimes(1);
  await Promise.all([own.end(), other.end(), wakes.stop()]);
});

test('a connection that broke comes back once, wakes everybody, and hears again', async () => {
  const { wakes, feed } = await listening();
  for (let nth = 0; nth < 2; nth += 1) {
    const before = await connections();
    feed.mockClear();
    await cut();
    await vi.waitFor(() => expect(feed).toHaveBeenCalled(), PATIENCE);
    feed.mockClear();
    await world.database.admin(`SELECT pg_notify('tocsin_grown', 'mine')`);
    await vi.waitFor(() => expect(feed).toHaveBeenCalledTimes(1), PATIENCE);
    const after = await connections();
    expect(after.length).toBe(1);
    expect(after).not.toEqual(before);
  }
  await wakes.stop();
  await vi.waitFor(async () => expect(await connections()).toEqual([]), PATIENCE);
});

test('a database that refuses for a while is asked again, by one and not by ever more', async () => {
  const { wakes, feed } = await listening();
  const name = new URL(world.database.address.adminUrl).pathname.slice(1);
  await world.database.admin(`REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`);
  await cut();
  const refused = 'the connection for wake-ups could not be made again yet';
  await vi.waitFor(() => expect(world.told.messages.filter((message) => message === refused).length).toBe(2), PATIENCE);
  feed.mockClear();
  await world.database.admin(`GRANT CONNECT ON DATABASE ${name} TO PUBLIC`);
  await vi.waitFor(() => expect(feed).toHaveBeenCalled(), PATIENCE);
  expect((await connections()).length).toBe(1);
  await wakes.stop();
});

test('a node that stops while its connection is away does not come back', async () => {
  const { wakes } = await listening();
  await cut();
  await vi.waitFor(() => expect(world.told.messages.at(-1)).toContain('was lost'), PATIENCE);
  await wakes.stop();
  // Longer than it waits before it connects again.
  await pause(700);
  expect(await connections()).toEqual([]);
});
