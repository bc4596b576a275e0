import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { silentLog } from '../../src/platform/log.ts';
import { startHub, type Hub } from '../../src/server/hub.ts';
import { testProof } from '../support/proof.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { headOf, Listener, PATIENCE } from './listener.ts';

let world: World;
let cert: Party;
let vendor: Party;
beforeAll(async () => {
  world = await createWorld();
  cert = await world.cert();
  vendor = await world.vendor(cert);
});
afterAll(() => world[Symbol.asyncDispose]());

const anotherHub = (port = 0): Promise<Hub> =>
  startHub({
    ...{ database: world.database.address, documentation: true, log: silentLog, host: '127.0.0.1', port },
    proof: testProof(),
  });

let reports = 0;
const submits = (): Promise<unknown> => vendor.submits([`resume${(reports += 1)}.example`]);

test('a client that is cut again and again hears everything once, in order', async () => {
  const from = await headOf(cert);
  const listener = new Listener(() => world.hub.wsUrl, cert.key, from, { first: 3 });
  let over = false;
  const cutting = (async () => {
    while (!over) {
      await pause(10 + Math.random() * 60);
      listener.cut();
    }
  })();
  for (let n = 0; n < 25 || listener.connections <= 5 || listener.events.length < 50; n += 1) await submits();
  await world.settled();
  over = true;
  await cutting;
  await listener.heardAllOf(cert, from);
  await listener.stop();
  expect(listener.connections).toBeGreaterThan(5);
  for (const { events } of listener.pages) expect(events.length).toBeLessThanOrEqual(3);
});

test('a hub that restarts in the middle is resumed as if it had not', async () => {
  const from = await headOf(cert);
  const listener = new Listener(() => world.hub.wsUrl, cert.key, from);
  await submits();
  await vi.waitFor(() => expect(listener.events).not.toEqual([]), PATIENCE);
  for (let restart = 0; restart < 2; restart += 1) {
    const submitting = submits();
    await Promise.all([submitting, world.hub.stop()]).catch(() => undefined);
    Object.assign(world, { hub: await anotherHub() });
    await submits();
  }
  await world.settled();
  await listener.heardAllOf(cert, from);
  await listener.stop();
  expect(listener.closes.filter((code) => code === 1012).length).toBe(2);
});

/** Ends every connection of the hub that goes by this name. */
const kill = (name: string) =>
  world.database.admin<{ pid: number }>(
    `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()`,
    [name],
  );
const living = (name: string) =>
  world.database.admin<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database() ORDER BY pid',
    [name],
  );

test('a hub whose connections break, kind after kind, goes on and tells everything', async () => {
  const from = await headOf(cert);
  const listener = new Listener(() => world.hub.wsUrl, cert.key, from);
  for (const name of ['tocsin_app', 'tocsin_system', 'tocsin_sequencer', 'tocsin_wakes']) {
    await vi.waitFor(async () => expect((await kill(name)).length).toBeGreaterThan(0), PATIENCE);
    await vi.waitFor(submits, PATIENCE);
  }
  await world.settled();
  await listener.heardAllOf(cert, from);
  await listener.stop();
});

test('two nodes on one database tell each other’s events, whoever numbers them', async () => {
  const second = await anotherHub();
  const from = await headOf(cert);
  const here = new Listener(() => world.hub.wsUrl, cert.key, from);
  const there = new Listener(() => second.wsUrl, cert.key, from);
  await submits();
  await world.settled();
  await Promise.all([here.heardAllOf(cert, from), there.heardAllOf(cert, from)]);

  const first = world.hub;
  Object.assign(world, { hub: second });
  await submits();
  await world.settled();
  await Promise.all([here.heardAllOf(cert, from), there.heardAllOf(cert, from)]);

  // The wake-ups of both end. Each comes back once, and what happened meanwhile is found.
  await vi.waitFor(async () => expect((await living('tocsin_wakes')).length).toBe(2), PATIENCE);
  const killed = await kill('tocsin_wakes');
  expect(killed.length).toBe(2);
  await submits();
  await vi.waitFor(async () => expect((await living('tocsin_wakes')).length).toBe(2), PATIENCE);
  await Promise.all([here.heardAllOf(cert, from), there.heardAllOf(cert, from)]);
  await submits();
  await world.settled();
  await Promise.all([here.heardAllOf(cert, from), there.heardAllOf(cert, from)]);
  expect((await living('tocsin_wakes')).length).toBe(2);

  // The first began to lead, and ends: the second numbers what follows.
  await here.stop();
  await first.stop();
  await submits();
  await world.settled();
  await there.heardAllOf(cert, from);
  await there.stop();
  expect((await living('tocsin_wakes')).length).toBe(1);
  expect((await living('tocsin_sequencer')).length).toBe(1);
});
