import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { askOverSocket } from '../access/answers.ts';
import { PATIENCE } from '../feed/listener.ts';
import { countLooks, PATIENT, startPair, untilLooksAre, worldOn, type Pair } from '../support/replicated.ts';
import { freePort } from '../faults/postgres-server.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

/** A report is looked at first, and then its indicators. */
const DEEP = `{ reports(first: 100) { edges { node { title indicators(first: 1) { edges { node { value } } } } } } }`;
const PAGE = 'subscription { events(after: null, first: 1000) { events { sequence } } }';

let pair: Pair;
let world: World;
let vendor: Party;
beforeAll(async () => {
  pair = await startPair();
  world = await worldOn(pair, pair.standby, PATIENT);
  vendor = await world.vendor(await world.cert());
  await vendor.submits(['deep.example']);
  await world.settled();
  await untilLooksAre('level', vendor);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await pair.stop();
});

const name = (of = world): string => new URL(of.database.address.adminUrl).pathname.slice(1);

/** As who changes the form of a table; the log of it goes to the disk, and to the standby. */
async function lock(table: string): Promise<void> {
  await world.database.admin(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  await world.database.admin('SELECT pg_log_standby_snapshot()');
}

const LOCKED = "SELECT count(*) > 0 AS so FROM pg_locks WHERE mode = 'AccessExclusiveLock'";

/** While whoever looks at a table waits, here as there. */
async function whileChanged(table: string, act: () => Promise<void>): Promise<void> {
  await world.database.admin('BEGIN');
  await lock(table);
  await pair.standby.until(LOCKED);
  try {
    await act();
  } finally {
    await world.database.admin('ROLLBACK');
    await world.database.admin('SELECT pg_log_standby_snapshot()');
    await pair.standby.until(LOCKED.replace('>', '='));
  }
}

/** Until a look waits at the standby half-way. */
const halfWay = () =>
  vi.waitFor(async () => {
    const waiting = (await pair.standby.backends(name())).filter(({ waits }) => waits === 'Lock');
    expect(waiting.length).toBe(1);
  }, PATIENCE);

const endBackends = () =>
  pair.standby.ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [name()]);

const CANARY_VALUE = 'deep.example';

test.each([
  ['over HTTP', async () => (await vendor.ask(DEEP)) as { data: unknown; errors: readonly unknown[] }],
  ['over a socket', () => askOverSocket(world.hub.wsUrl, vendor.key, DEEP)],
])('a look that is ended half-way is answered by the primary, and the asker sees nothing of it, %s', async (_, ask) => {
  await untilLooksAre('level', vendor);
  const looks = countLooks(world);
  const refused = () => [...world.hub.app.counters.refusals.values()].reduce((sum, each) => sum + each, 0);
  const before = refused();
  let asked: Promise<{ data: unknown; errors: readonly unknown[] }> | undefined;
  await whileChanged('indicator', async () => {
    asked = ask();
    await halfWay();
    await endBackends();
  });
  const { data, errors } = (await asked) ?? {};
  expect(errors).toEqual([]);
  expect(JSON.stringify(data)).toContain(CANARY_VALUE);
  expect([looks('level'), looks('lost'), refused() - before]).toEqual([1, 1, 0]);
});

test('a look that is cancelled for the recovery of the replica (40001) is answered by the primary', async () => {
  await untilLooksAre('level', vendor);
  const looks = countLooks(world);
  let asked: ReturnType<Party['ask']> | undefined;
  await whileChanged('indicator', async () => {
    asked = vendor.ask(DEEP);
    await halfWay();
    // What the look has a lock on already is changed now: the standby must replay that, and ends the look.
    await lock('report');
    await vi.waitFor(() => expect(looks('lost')).toBe(1), PATIENCE);
  });
  const { data, errors } = (await asked) ?? {};
  expect(errors).toEqual([]);
  expect(JSON.stringify(data)).toContain(CANARY_VALUE);
});

test('a page of a feed that is ended half-way is read at the primary', async () => {
  await untilLooksAre('level', vendor);
  const looks = countLooks(world);
  let asked: ReturnType<typeof askOverSocket> | undefined;
  await whileChanged('feed', async () => {
    asked = askOverSocket(world.hub.wsUrl, vendor.key, PAGE.replace('after: null', 'after: "1.0"'));
    await halfWay();
    await endBackends();
  });
  const { data, errors } = (await asked) ?? {};
  expect(errors).toEqual([]);
  expect((data as { events: { events: unknown[] } }).events.events.length).toBeGreaterThan(0);
  expect(looks('lost')).toBe(1);
});

test('a replica that stands still does not hold anybody up', async () => {
  await using hasty = await worldOn(pair, pair.standby);
  const reader = await hasty.vendor(await hasty.cert());
  await untilLooksAre('level', reader);
  const pids = (await pair.standby.backends(name(hasty))).map(({ pid }) => pid);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    const looks = countLooks(hasty);
    for (let n = 0; n < 5; n += 1) expect((await reader.ask(DEEP)).errors).toEqual([]);
    expect([looks('level'), looks('away') + looks('behind')]).toEqual([0, 5]);
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  await untilLooksAre('level', reader);
});

test('a hub begins without its replica', async () => {
  const port = await freePort();
  await using alone = await createWorld(
    { replica: (database) => `postgres://127.0.0.1:${port}/${database}` },
    pair.server,
  );
  const reader = await alone.vendor(await alone.cert());
  const looks = countLooks(alone);
  expect((await reader.ask(DEEP)).errors).toEqual([]);
  expect(looks('away')).toBe(1);
});

test('a standby of another database is not asked, though it knows the logins and is as far', async () => {
  await using other = await worldOn(pair, { url: () => pair.standby.url(name()) });
  const reader = await other.vendor(await other.cert());
  const looks = countLooks(other);
  await untilLooksAre('severed', reader);
  await reader.submits(['elsewhere.example']);
  expect((await reader.ask(DEEP)).data.reports.edges.length).toBe(1);
  expect(looks('level')).toBe(0);
});

test('where nobody may say which timeline it follows, it is not asked', async () => {
  await world.database.admin('REVOKE pg_read_all_stats FROM tocsin_definer');
  try {
    await untilLooksAre('severed', vendor);
  } finally {
    await world.database.admin('GRANT pg_read_all_stats TO tocsin_definer WITH INHERIT TRUE');
  }
  await untilLooksAre('level', vendor);
});

test('the replica goes away under load, and every answer is right', async () => {
  await untilLooksAre('level', vendor);
  const looks = countLooks(world);
  let going = true;
  const answers: Awaited<ReturnType<Party['ask']>>[] = [];
  const asker = async () => {
    while (going) answers.push(await vendor.ask(DEEP));
  };
  const askers = [asker(), asker(), asker()];
  await vi.waitFor(() => expect(looks('level')).toBeGreaterThan(20), PATIENCE);
  await pair.standby.stop();
  const count = answers.length;
  await vi.waitFor(() => expect(answers.length).toBeGreaterThan(count + 30), PATIENCE);
  going = false;
  await Promise.all(askers);
  for (const { data, errors } of answers) {
    expect(errors).toEqual([]);
    expect(data.reports.edges.length).toBe(1);
  }
  expect(looks('away')).toBeGreaterThan(0);
});
