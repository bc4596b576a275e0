import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { PATIENCE } from '../feed/listener.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { numbered } from '../support/rivals.ts';
import { withoutConnections } from '../support/no-connections.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

const SECRET = 'whisper-7104.example';

let world: World;
let cert: Party;
let vendor: Party;
beforeAll(async () => {
  world = await createWorld({ metrics: { host: '127.0.0.1', port: 0 } });
  cert = await world.cert();
  vendor = await world.vendor(cert);
});
afterAll(() => world[Symbol.asyncDispose]());

const scrape = async (): Promise<string> => (await fetch(world.hub.metricsUrl ?? '')).text();

/** The value of a line: `tocsin_pool_size{pool="requests"}`. */
async function figure(line: string): Promise<number> {
  const found = (await scrape()).split('\n').find((each) => each.startsWith(`${line} `));
  return found === undefined ? 0 : Number(found.slice(line.length + 1));
}

/** While a rival transaction holds these rows, as another node would. */
async function whileHeld(rows: string, act: () => Promise<void>): Promise<void> {
  const rival = await world.database.connect(rows.includes('ledger_head') ? 'tocsin_ledger' : 'tocsin_system');
  await rival.query('BEGIN');
  await rival.query(`SELECT FROM ${rows} FOR UPDATE`);
  try {
    await act();
  } finally {
    await rival.query('ROLLBACK');
    await rival.end();
  }
}

test('figures are served on their own listener on loopback, and not where the public asks', async () => {
  const answer = await fetch(world.hub.metricsUrl ?? '');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(new URL(world.hub.metricsUrl ?? '').hostname).toBe('127.0.0.1');
  expect((await fetch(new URL('/metrics', world.hub.url))).status).toBe(404);
  expect((await fetch(new URL('/graphql', world.hub.metricsUrl ?? ''))).status).toBe(404);
});

test('where their port is taken the hub does not begin, and says so at once, however long it would drain', async () => {
  const metrics = { host: '127.0.0.1', port: Number(new URL(world.hub.metricsUrl ?? '').port) };
  await expect(createWorld({ metrics, drainMs: 600_000 })).rejects.toThrow('Metrics cannot be served');
});

test('what was committed and is not numbered is counted, and how old it is', async () => {
  await world.settled();
  await whileHeld('ledger_head', async () => {
    await vendor.submits(['waits.example']);
    const entries = await figure('tocsin_inbox_entries');
    expect(entries).toBeGreaterThanOrEqual(3);
    const age = await figure('tocsin_sequencing_lag_seconds');
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThan(60);
  });
  await world.settled();
  expect(await figure('tocsin_inbox_entries')).toBe(0);
  expect(await figure('tocsin_sequencing_lag_seconds')).toBe(0);
});

test('each consumer of the ledger says how many entries it has before it', async () => {
  await world.settled();
  const of = (consumer: string) => figure(`tocsin_consumer_lag_entries{consumer="${consumer}"}`);
  const before = await of('bulk');
  await whileHeld('follower', async () => {
    await vendor.submits(['small.example']);
    await vendor.submits(Array.from({ length: 201 }, (_, n) => `large-${n}.example`));
    await numbered(world);
    expect(await of('interactive')).toBe(1);
    expect(await of('bulk')).toBe(before + 1);
  });
  await world.settled();
  expect([await of('interactive'), await of('bulk')]).toEqual([0, 0]);
  await vi.waitFor(async () => expect([await of('tree'), await of('checkpoint')]).toEqual([0, 0]), PATIENCE);
  expect(await figure('tocsin_checkpoint_age_seconds')).toBeGreaterThanOrEqual(0);
});

test('refusals are counted by their code, whichever way they went out, and points as they are paid', async () => {
  const refused = (code: string) => figure(`tocsin_refusals_total{code="${code}"}`);
  const codes = ['UNAUTHENTICATED', 'GRAPHQL_VALIDATION_FAILED', 'FORBIDDEN', 'BAD_INPUT', 'IDEMPOTENCY_MISMATCH'];
  const before = await Promise.all(codes.map(refused));
  const points = await figure('tocsin_cost_points_total');
  await fetch(world.hub.url, { method: 'POST', headers: { authorization: 'Bearer tocsin_nobody' } });
  await vendor.ask('{ nonsense }');
  await vendor.ask('{ cases(first: 1) { edges { node { id } } } }');
  await vendor.submits(['once.example'], { idempotencyKey: 'the same' });
  await vendor.submits(['twice.example'], { idempotencyKey: 'the same' });
  const after = await Promise.all(codes.map(refused));
  expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([1, 1, 1, 0, 1]);
  expect(await figure('tocsin_cost_points_total')).toBeGreaterThan(points);
});

test('open sockets and subscriptions are counted, and no more when they have ended', async () => {
  const open = async () => [await figure('tocsin_sockets'), await figure('tocsin_subscriptions')];
  const socket = await RawSocket.signedIn(world.hub.wsUrl, vendor.key);
  const leaving = await RawSocket.signedIn(world.hub.wsUrl, vendor.key);
  for (const each of [socket, leaving]) {
    each.asks('live', 'subscription { events(first: 10) { cursor } }');
  }
  await vi.waitFor(async () => expect(await open()).toEqual([2, 2]), PATIENCE);
  socket.socket.send(JSON.stringify({ id: 'live', type: 'complete' }));
  leaving.socket.terminate();
  await vi.waitFor(async () => expect(await open()).toEqual([1, 0]), PATIENCE);
  socket.socket.terminate();
  await vi.waitFor(async () => expect(await open()).toEqual([0, 0]), PATIENCE);
});

test('a pool says how many of its connections are in use, and how many wait for one', async () => {
  expect(await figure('tocsin_pool_size{pool="requests"}')).toBe(10);
  await world.database.admin('BEGIN');
  await world.database.admin('LOCK TABLE report IN ACCESS EXCLUSIVE MODE');
  const asked = Array.from({ length: 13 }, () => vendor.ask('{ reports(first: 1) { edges { node { id } } } }'));
  try {
    await vi.waitFor(async () => {
      expect(await figure('tocsin_pool_connections{pool="requests",state="in_use"}')).toBe(10);
      expect(await figure('tocsin_pool_waiting{pool="requests"}')).toBe(3);
    }, PATIENCE);
  } finally {
    await world.database.admin('ROLLBACK');
  }
  await Promise.all(asked);
  expect(await figure('tocsin_pool_waiting{pool="requests"}')).toBe(0);
});

test('nothing of a tenant is in the figures: no name, no id, no value that was reported', async () => {
  const provider = await world.provider({ REGISTRAR: [SECRET] });
  await vendor.submits([SECRET]);
  await world.settled();
  await cert.confirms(await cert.cases());
  await vendor.ask(`{ node(id: "${SECRET}") { id } }`);
  const text = await scrape();
  const ids = await world.database.admin<{ id: string }>('SELECT id FROM organisation UNION SELECT id FROM client');
  const names = await world.database.admin<{ name: string }>(
    'SELECT name FROM organisation UNION SELECT name FROM client',
  );
  expect(ids.length).toBeGreaterThan(6);
  for (const told of [...ids.map(({ id }) => id), ...names.map(({ name }) => name), provider.id, vendor.key, SECRET])
    expect(text).not.toContain(told);
  expect(text).not.toContain('.example');
  // Every label is of a list that this file could write down.
  const labels = [...text.matchAll(/^tocsin_\w+\{(.+)\}/gm)].flatMap(([, inside = '']) => inside.split(','));
  for (const label of labels) expect(label).toMatch(/^(consumer|pool|state)="[a-z_]+"$|^code="[A-Z_]+"$/);
});

test('without a database the figures say that it is down, and which of them nobody knows', async () => {
  await withoutConnections(world, async () => {
    await vi.waitFor(async () => expect(await scrape()).toContain('\ntocsin_database_up 0\n'), PATIENCE);
    expect(await scrape()).toContain('\ntocsin_inbox_entries Nan\n');
  });
  await vi.waitFor(async () => expect(await figure('tocsin_database_up')).toBe(1), PATIENCE);
});
