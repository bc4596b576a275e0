import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import type { Actor } from '../../src/ledger/entry.ts';
import { EMPTY_CHAIN, leafHash, nextInChain } from '../../src/ledger/entry.ts';
import type { Draft } from '../../src/ledger/fact.ts';
import { Fenced, sequenceBatch } from '../../src/ledger/sequence.ts';
import type { Sequencer } from '../../src/ledger/sequencer.ts';
import { sha256 } from '../../src/platform/ids.ts';
import { appendOn, heardByOne, heardByTwo, holder, LedgerWorld } from './ledger-world.ts';

let world: LedgerWorld;
beforeAll(async () => void (world = await LedgerWorld.create()));
afterAll(() => world[Symbol.asyncDispose]());

/** What a writer knows of its own transaction; instants are ticks of one counter of the test. */
interface Written {
  readonly entries: readonly string[];
  readonly drafts: readonly Draft[];
  readonly appending: number;
  readonly committed: number;
}

let ticks = 0;
const tick = (): number => (ticks += 1);

const PATIENCE = { timeout: 20_000, interval: 25 };

/** Appends, waits, and commits; every tenth is rolled back and answers null. */
async function write(
  client: pg.Client,
  actor: Actor | null,
  drafts: readonly Draft[],
  nth: number,
): Promise<Written | null> {
  await client.query('BEGIN');
  if (nth % 2 === 0) await client.query('SELECT pg_sleep(random() * 0.004)');
  const appending = tick();
  const entries = await appendOn(client, { actor, at: new Date() }, drafts);
  await pause(Math.random() * 10);
  if (nth % 10 === 9) {
    await client.query('ROLLBACK');
    return null;
  }
  await client.query('COMMIT');
  return { entries, drafts, appending, committed: tick() };
}

/** A tenant that writes of itself, or the flow that writes of several in one transaction. */
async function writer(n: number, organisations: readonly string[], transactions: number): Promise<Written[]> {
  const tenant = n % 2 === 0;
  const client = await world.database.connect(tenant ? 'tocsin_app' : 'tocsin_system');
  const written: Written[] = [];
  const own = organisations[n] ?? '';
  if (tenant) await client.query("SELECT set_config('tocsin.org', $1, false)", [own]);
  for (let nth = 0; nth < transactions; nth += 1) {
    const others = [0, 1, 2].map((step) => organisations[(n + nth + step) % organisations.length] ?? own);
    const drafts = tenant
      ? [heardByOne(own), heardByOne(own)]
      : others.map((id, at) => (at ? heardByOne : heardByTwo)(id));
    const done = await write(client, tenant ? { id: own, name: 'a tenant' } : null, drafts, nth + n);
    if (done) written.push(done);
  }
  await client.end();
  return written;
}

interface Numbered {
  position: string;
  entry_id: string;
  batch: string;
}

const ledger = (): Promise<Numbered[]> =>
  world.database.admin<Numbered & object>(
    'SELECT position, entry_id, xmin::text AS batch FROM ledger ORDER BY position',
  );

async function everythingNumbered(): Promise<void> {
  await vi.waitFor(async () => {
    expect(await world.database.admin('SELECT ticket FROM ledger_inbox')).toEqual([]);
  }, PATIENCE);
}

function expectDense(numbered: readonly Numbered[], from: number): void {
  expect(numbered.map(({ position }) => Number(position))).toEqual(numbered.map((_, index) => from + index));
}

/** Each transaction in one batch, and whatever committed before another appended, before it. */
function expectCausal(numbered: readonly Numbered[], written: readonly Written[]): void {
  const placeOf = new Map(numbered.map((row) => [row.entry_id, row]));
  const placed = written.map(({ entries, ...one }) => ({ ...one, at: entries.map((id) => placeOf.get(id)) }));
  for (const { at } of placed) expect(new Set(at.map((row) => row?.batch)).size).toBe(1);
  const positions = placed.map(({ at, ...one }) => ({ ...one, at: at.map((row) => Number(row?.position)) }));
  for (const first of positions) {
    const later = positions.filter(({ appending }) => first.committed < appending);
    const inverted = later.filter(({ at }) => Math.min(...at) < Math.max(...first.at));
    expect(inverted).toEqual([]);
  }
}

/** Numbers of each feed, and its chain computed again from nothing but salts and bodies. */
async function expectFeeds(written: readonly Written[], operatorId: string): Promise<void> {
  const rows = await world.database.admin<{
    organisation_id: string;
    seq: string;
    entry_id: string;
    hash: Buffer;
    salt: Buffer;
    body: Buffer;
  }>('SELECT f.*, p.salt, p.body FROM feed f JOIN ledger_payload p USING (entry_id) ORDER BY organisation_id, seq');
  const heard = new Set(rows.map(({ organisation_id, entry_id }) => `${organisation_id} ${entry_id}`));
  for (const { entries, drafts } of written) {
    drafts.forEach(({ fact, rows: [row] }, index) => {
      expect(heard).toContain(`${row?.id} ${entries[index]}`);
      expect(heard.has(`${operatorId} ${entries[index]}`)).toBe(fact.kind === 'ORGANISATION_SUSPENDED');
    });
  }
  for (const feed of Map.groupBy(rows, ({ organisation_id }) => organisation_id).values()) {
    expect(feed.map(({ seq }) => Number(seq))).toEqual(feed.map((_, index) => index + 1));
    let chain: Buffer = EMPTY_CHAIN;
    for (const { salt, body, hash } of feed) {
      chain = nextInChain(chain, leafHash(sha256(salt, body)));
      expect(hash.equals(chain)).toBe(true);
    }
  }
}

test('eight writers, rollbacks and two changes of leader leave no gap, no repeat and no inversion', async () => {
  const organisations = await world.organisations(8);
  await everyoneIsNumbered(async (leaders) => {
    const before = (await ledger()).length;
    const writers = organisations.map((_, n) => writer(n, organisations, 30));
    await vi.waitFor(async () => expect((await ledger()).length).toBeGreaterThan(before + 100), PATIENCE);
    // What a new leader does first; the old one still has its lock and believes that it leads.
    await world.database.admin('UPDATE ledger_head SET epoch = epoch + 1');
    await vi.waitFor(() => expect(world.told.messages).toContain('another leader took over'), PATIENCE);
    await vi.waitFor(() => expect(leaders.some(({ leads }) => leads)).toBe(true), PATIENCE);
    await world.database.admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'tocsin_sequencer' AND datname = current_database() AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')`);
    const written = (await Promise.all(writers)).flat();
    await everythingNumbered();

    const numbered = await ledger();
    expectDense(numbered, 0);
    expect(written.length).toBe(8 * 27);
    const committed = written.flatMap(({ entries }) => entries);
    expect(new Set(numbered.slice(before).map(({ entry_id }) => entry_id))).toEqual(new Set(committed));
    expect(numbered.length).toBe(before + committed.length);
    expectCausal(numbered, written);
    await expectFeeds(written, world.operatorId);
    // The writers may be done before anybody took the lead from the one whose session was ended.
    await vi.waitFor(async () => {
      const [head] = await world.database.admin<{ size: string; epoch: string }>('SELECT size, epoch FROM ledger_head');
      expect(Number(head?.size)).toBe(numbered.length);
      expect(Number(head?.epoch)).toBeGreaterThanOrEqual(4);
    }, PATIENCE);
  });
});

async function everyoneIsNumbered(act: (leaders: readonly Sequencer[]) => Promise<void>): Promise<void> {
  const leaders = [world.sequencer(), world.sequencer()];
  for (const leader of leaders) leader.start();
  try {
    await everythingNumbered();
    await act(leaders);
  } finally {
    await Promise.all(leaders.map((leader) => leader.stop()));
  }
}

test('a transaction is numbered whole, also where it reaches beyond the size of a batch', async () => {
  const [id = ''] = await world.organisations(1);
  await world.numbered();
  const written: string[][] = [];
  for (let nth = 0; nth < 5; nth += 1) {
    written.push(await world.appends(Array.from({ length: 300 }, () => heardByOne(id))));
  }
  await world.numbered();
  const batchOf = new Map((await ledger()).map(({ entry_id, batch }) => [entry_id, batch]));
  const batches = written.map((entries) => new Set(entries.map((entry) => batchOf.get(entry))));
  for (const batch of batches) expect(batch.size).toBe(1);
  expect(new Set(batches.flatMap((batch) => [...batch])).size).toBe(2);
});

const inbox = () => world.database.admin('SELECT ticket, entry_id FROM ledger_inbox ORDER BY ticket');

test('a leader whose epoch is over writes nothing, and takes nothing', async () => {
  const [id = ''] = await world.organisations(1);
  const old = await world.leader();
  const epoch = await world.epoch();
  await world.appends([heardByOne(id)]);
  await world.database.admin('UPDATE ledger_head SET epoch = epoch + 1');
  const before = [await inbox(), await ledger()];
  await expect(sequenceBatch(old, epoch)).rejects.toThrow(Fenced);
  expect([await inbox(), await ledger()]).toEqual(before);
  await old.end();
  await world.numbered();
  expect(await inbox()).toEqual([]);
});

test('a leader that waits for the head while another takes the lead is fenced when it goes on', async () => {
  const [id = ''] = await world.organisations(1);
  await world.appends([heardByOne(id)]);
  const [old, rival] = [await world.leader(), await holder(world.database)];
  await rival.query('BEGIN');
  await rival.query('UPDATE ledger_head SET epoch = epoch + 1');
  const batch = sequenceBatch(old, await world.epoch());
  const refused = expect(batch).rejects.toThrow(Fenced);
  await waiting('tocsin_ledger');
  const before = [await inbox(), await ledger()];
  await rival.query('COMMIT');
  await refused;
  expect([await inbox(), await ledger()]).toEqual(before);
  await Promise.all([old.end(), rival.end()]);
});

/** Until a backend of this login waits for a lock. */
async function waiting(login: string): Promise<void> {
  await vi.waitFor(async () => {
    const found = await world.database.admin(
      `SELECT pid FROM pg_stat_activity WHERE usename = $1 AND datname = current_database() AND wait_event_type = 'Lock'`,
      [login],
    );
    expect(found).not.toEqual([]);
  }, PATIENCE);
}

test('a leader that dies between taking and committing loses nothing', async () => {
  const [id = ''] = await world.organisations(1);
  const [dying, rival] = [await world.leader(), await holder(world.database)];
  await world.numbered();
  const before = (await ledger()).length;
  const entries = await world.appends([heardByOne(id), heardByTwo(id)]);
  // Taken and numbered, the batch waits to write the feeds.
  await rival.query('BEGIN');
  await rival.query('LOCK TABLE feed IN EXCLUSIVE MODE');
  const batch = expect(sequenceBatch(dying, await world.epoch())).rejects.toThrow();
  await waiting('tocsin_ledger');
  await world.database.admin(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE usename = 'tocsin_ledger' AND datname = current_database() AND wait_event_type = 'Lock'`,
  );
  await batch;
  await rival.query('ROLLBACK');
  await world.numbered();
  await rival.end();
  const numbered = await ledger();
  expectDense(numbered, 0);
  expect(numbered.slice(before).map(({ entry_id }) => entry_id)).toEqual(entries);
});

test('a leader that stands still while its connection lives gives the lead to the next', async () => {
  const [first, second] = [world.sequencer(undefined, '500ms'), world.sequencer()];
  first.start();
  await vi.waitFor(() => expect(first.leads).toBe(true), PATIENCE);
  // Its next pause never ends: the process stands still, and PostgreSQL sees nothing but an idle session.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  await until(() => vi.getTimerCount() > 0);
  vi.useRealTimers();
  second.start();
  await vi.waitFor(() => expect(second.leads).toBe(true), PATIENCE);
  await Promise.all([first.stop(), second.stop()]);
  expect(first.leads).toBe(false);
});

/** Polls without a timer: those may be stopped. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await world.database.admin('SELECT');
}
