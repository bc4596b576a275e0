import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { askOverSocket } from '../access/answers.ts';
import { headOf, Listener, PATIENCE } from '../feed/listener.ts';
import { countLooks, PATIENT, startPair, untilLooksAre, worldOn, type Pair } from '../support/replicated.ts';
import type { Party, World } from '../support/world.ts';

const REPORT = 'query ($id: ID!) { node(id: $id) { id ... on Report { title } } }';

let pair: Pair;
let world: World;
let cert: Party;
let vendor: Party;
/** Of a hub that waits no longer than hubs do. */
let hastyCert: Party;
let hasty: Party;
beforeAll(async () => {
  pair = await startPair();
  world = await worldOn(pair, pair.standby, PATIENT);
  cert = await world.cert();
  vendor = await world.vendor(cert);
  const other = await worldOn(pair, pair.standby, { metrics: { host: '127.0.0.1', port: 0 } });
  hastyCert = await other.cert();
  hasty = await other.vendor(hastyCert);
  await untilLooksAre('level', vendor);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await hasty.world[Symbol.asyncDispose]();
  await pair.stop();
});

const name = (): string => new URL(world.database.address.adminUrl).pathname.slice(1);

/** While the standby receives and replays nothing. */
async function whilePaused(act: () => Promise<void>): Promise<void> {
  await pair.standby.pause();
  try {
    await act();
  } finally {
    await pair.standby.resume();
  }
}

test('what is only looked at is answered by the replica, and the primary hears nothing of it but how far it is', async () => {
  const { report } = await vendor.submits(['looked-at.example']);
  await untilLooksAre('level', vendor);
  await world.settled();
  const calls = () =>
    world.database.admin<{ pid: number; query: string; at: Date }>(
      `SELECT pid, query, query_start AS at FROM pg_stat_activity WHERE datname = $1 AND usename = 'tocsin_app' AND application_name = 'tocsin_app'`,
      [name()],
    );
  const [{ now } = { now: new Date() }] = await world.database.admin<{ now: Date }>('SELECT clock_timestamp() AS now');
  const looks = countLooks(world);
  for (let n = 0; n < 5; n += 1) expect((await vendor.ask(REPORT, { id: report.id })).data.node.id).toBe(report.id);
  expect(looks('level')).toBe(5);
  const ended = (await calls()).filter(({ at, query }) => at > now && query === 'ROLLBACK');
  expect(ended).toEqual([]);
  const there = await pair.standby.backends(name());
  expect(there.map(({ query }) => query)).toContain('ROLLBACK');
});

test('what was just changed is there at once, however far behind the replica is', async () => {
  const looks = countLooks(hasty.world);
  await whilePaused(async () => {
    for (let n = 0; n < 10; n += 1) {
      const { report } = await hasty.submits([`read-back-${n}.example`], { title: `number ${n}` });
      const { data } = await hasty.ask(REPORT, { id: report.id });
      expect(data.node?.title).toBe(`number ${n}`);
      const other = await askOverSocket(hasty.world.hub.wsUrl, hasty.key, REPORT, { id: report.id });
      expect((other.data as { node: { title: string } | null }).node?.title).toBe(`number ${n}`);
    }
  });
  expect(looks('level')).toBe(0);
  expect(looks('behind') + looks('away')).toBe(20);
  await untilLooksAre('level', hasty);
});

test('what was changed is there at once also while nobody numbers it, when only the log says that it was', async () => {
  await hasty.world.settled();
  await untilLooksAre('level', hasty);
  const rival = await hasty.world.database.connect('tocsin_ledger');
  await rival.query('BEGIN');
  await rival.query('SELECT FROM ledger_head FOR UPDATE');
  const looks = countLooks(hasty.world);
  try {
    await whilePaused(async () => {
      const { report } = await hasty.submits(['not-numbered.example']);
      expect((await hasty.ask(REPORT, { id: report.id })).data.node?.id).toBe(report.id);
    });
    expect(looks('level')).toBe(0);
  } finally {
    await rival.query('ROLLBACK');
    await rival.end();
  }
});

test('an event that was heard can be asked about, whoever is paused', async () => {
  await hasty.world.settled();
  const from = await headOf(hastyCert);
  const listener = new Listener(() => hasty.world.hub.wsUrl, hastyCert.key, from);
  try {
    await vi.waitFor(() => expect(listener.connections).toBe(1), PATIENCE);
    await whilePaused(async () => {
      for (let n = 1; n <= 5; n += 1) {
        await hasty.submits([`heard-${n}.example`]);
        await vi.waitFor(
          () => expect(listener.events.filter(({ kind }) => kind === 'CASES_OPENED').length).toBe(n),
          PATIENCE,
        );
        expect((await hastyCert.cases()).map(({ resource }) => resource)).toContain(`heard-${n}.example`);
      }
    });
    await listener.heardAllOf(hastyCert, from);
  } finally {
    await listener.stop();
  }
});

test('pages of a feed come from the replica, each event once and in order', async () => {
  await untilLooksAre('level', cert);
  const from = await headOf(cert);
  const listener = new Listener(() => world.hub.wsUrl, cert.key, from);
  try {
    await vi.waitFor(() => expect(listener.connections).toBe(1), PATIENCE);
    const looks = countLooks(world);
    for (let n = 0; n < 10; n += 1) await vendor.submits([`paged-${n}.example`]);
    await world.settled();
    await listener.heardAllOf(cert, from);
    expect(looks('level')).toBeGreaterThan(0);
  } finally {
    await listener.stop();
  }
});

test('a change looks at the primary, before it and after it', async () => {
  const looks = countLooks(world);
  const { report } = await vendor.submits(['changed.example']);
  expect(report.state).toBeDefined();
  expect([looks('level'), looks('change')]).toEqual([0, 1]);
});

test('another tenant sees nothing through the replica either', async () => {
  const stranger = await world.vendor(await world.cert());
  const { report } = await vendor.submits(['secret.example']);
  await untilLooksAre('level', stranger);
  const looks = countLooks(world);
  expect((await stranger.ask(REPORT, { id: report.id })).data.node).toBeNull();
  expect((await stranger.ask('{ reports(first: 9) { edges { node { id } } } }')).data.reports.edges).toEqual([]);
  expect((await vendor.ask(REPORT, { id: report.id })).data.node.id).toBe(report.id);
  expect(looks('level')).toBe(3);
});

test('the figures say who answered and why, and how far the replica is behind', async () => {
  const scrape = async (): Promise<string> => (await fetch(hasty.world.hub.metricsUrl ?? '')).text();
  await untilLooksAre('level', hasty);
  await hasty.world.settled();
  await vi.waitFor(async () => {
    expect(await scrape()).toContain('\ntocsin_replica_lag_bytes 0\n');
    expect(await scrape()).toContain('\ntocsin_replica_lag_seconds 0\n');
  }, PATIENCE);
  await whilePaused(async () => {
    await hasty.submits(['lagging.example']);
    expect(await scrape()).toMatch(/\ntocsin_replica_lag_bytes [1-9]\d*\n/);
    await hasty.events();
  });
  const text = await scrape();
  expect(text).toMatch(/\ntocsin_looks_total\{by="replica",reason="level"\} [1-9]/);
  expect(text).toMatch(/\ntocsin_looks_total\{by="primary",reason="behind"\} [1-9]/);
});
