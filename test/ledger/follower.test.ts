import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import {
  Follower,
  MAX_ATTEMPTS,
  on,
  onEach,
  type Lane,
  type Outcome,
  type Reaction,
  type Recorded,
} from '../../src/ledger/follower.ts';
import { Signals } from '../../src/ledger/signals.ts';
import type { Tx } from '../../src/platform/database/tx.ts';
import { Work } from '../../src/platform/database/work.ts';
import { ClientCreated } from '../../src/tenancy/organisation.facts.ts';
import { heardByOne, holder, LedgerWorld } from './ledger-world.ts';

let world: LedgerWorld;
let id: string;
const signals = new Signals();
const started: Follower[] = [];
beforeAll(async () => {
  world = await LedgerWorld.create();
  [id = ''] = await world.organisations(1);
  await world.numbered();
  // What the reactions did, kept by their own transactions.
  await world.database.admin('CREATE TABLE done (name text NOT NULL, node text)');
  await world.database.admin('GRANT SELECT, INSERT ON done TO tocsin_system');
});
beforeEach(async () => {
  await world.database.admin('TRUNCATE done, follower, follower_failure');
  await world.database.admin(
    `INSERT INTO follower SELECT lane, size - 1 FROM ledger_head, unnest('{INTERACTIVE,BULK}'::text[]) AS lane`,
  );
});
afterEach(() => Promise.all(started.splice(0).map((follower) => follower.stop())));
afterAll(() => world[Symbol.asyncDispose]());

type Named = Recorded<{ id: string; clientId: string; name: string }>;
interface Setting {
  readonly run: (tx: Tx, entries: readonly Named[]) => Promise<Outcome>;
  readonly lane?: Lane;
  readonly work?: Work;
  readonly onQuarantine?: (tx: Tx, entry: Recorded) => Promise<void>;
  readonly reaction?: Reaction;
}

function follows({ run, lane = 'INTERACTIVE', work = world.work, ...setting }: Setting): Follower {
  const { onQuarantine, reaction = on(ClientCreated, run) } = setting;
  const quarantined = onQuarantine ?? (() => Promise.reject(new Error('Nothing should be set aside.')));
  const follower = new Follower(lane, [reaction], work, signals, { log: world.told, onQuarantine: quarantined });
  started.push(follower);
  follower.start();
  return follower;
}

async function does(tx: Tx, entries: readonly Named[], node = ''): Promise<'done'> {
  for (const { rows } of entries) {
    await tx.query('INSERT INTO done VALUES ($1, $2)', [rows[0]?.name, node]);
  }
  return 'done';
}

/** Entries with these names, each a transaction of its own, numbered. */
async function happen(...names: readonly string[]): Promise<void> {
  for (const name of names) await world.appends([heardByOne(id, name)]);
  await world.numbered();
  signals.grown('all');
}

const named = (count: number, prefix = 'e'): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);
const namesOf = (entries: readonly Named[]): string[] => entries.map(({ rows }) => rows[0]?.name ?? '');

async function done(): Promise<string[]> {
  const rows = await world.database.admin<{ name: string }>('SELECT name FROM done ORDER BY ctid');
  return rows.map(({ name }) => name);
}

const PATIENCE = { timeout: 15_000, interval: 20 };
const eventually = (expected: readonly string[]): Promise<void> =>
  vi.waitFor(async () => expect(await done()).toEqual(expected), PATIENCE);

test('an entry whose reaction dies with its connection is done once, when it is back', async () => {
  let deaths = 0;
  follows({
    run: async (tx, entries) => {
      await does(tx, entries);
      if ((deaths += 1) <= 2) await tx.query('SELECT pg_terminate_backend(pg_backend_pid())');
      return 'done';
    },
  });
  await happen(...named(3));
  await eventually(named(3));
  expect(deaths).toBeGreaterThan(2);
});

/** A node that hears of some of its commits that they failed, as when the connection breaks before the answer. */
class Deaf extends Work {
  failures = 0;

  constructor(private readonly real: Work) {
    super(undefined as never, undefined as never);
  }

  override async asSystem<Result>(change: (tx: Tx) => Promise<Result>): Promise<Result> {
    const result = await this.real.asSystem(change);
    if (result === true && (this.failures += 1) % 2 === 1) throw new Error('Connection terminated unexpectedly');
    return result;
  }
}

test('an entry whose commit was done and not answered is not done again', async () => {
  const work = new Deaf(world.work);
  follows({ run: does, work });
  for (const name of named(5)) {
    await happen(name);
    await vi.waitFor(async () => expect(await done()).toContain(name), PATIENCE);
  }
  await eventually(named(5));
  expect(work.failures).toBeGreaterThanOrEqual(5);
});

test('an entry that always fails is found among others, tried five times and set aside; the rest is done once', async () => {
  const alone = vi.fn();
  const aside: string[] = [];
  await happen(...named(40), 'poison', ...named(40, 'f'));
  follows({
    run: async (tx, entries) => {
      await does(tx, entries);
      const names = namesOf(entries);
      if (names.includes('poison') && names.length === 1) alone();
      if (names.includes('poison')) throw new Error('I cannot stand it');
      return 'done';
    },
    onQuarantine: async (tx, entry) => {
      await tx.query('INSERT INTO done VALUES ($1)', ['aside']);
      aside.push(entry.entryId);
    },
  });
  await eventually([...named(40), 'aside', ...named(40, 'f')]);
  expect(alone).toHaveBeenCalledTimes(MAX_ATTEMPTS);
  const failures = await world.database.admin('SELECT attempts, error, quarantined_at FROM follower_failure');
  expect(failures).toEqual([
    { attempts: MAX_ATTEMPTS, error: 'Error: I cannot stand it', quarantined_at: expect.any(Date) },
  ]);
  expect(aside.length).toBe(1);
});

test('an entry whose body says something else than its kind is set aside like any other that fails', async () => {
  const aside = vi.fn(() => Promise.resolve());
  await happen('before');
  const [odd = '', broken = ''] = await world.appends([heardByOne(id, 'odd'), heardByOne(id, 'broken')]);
  await happen('after');
  await world.database.admin(
    `UPDATE ledger_payload SET body = '{"at":"x","actor":null,"rows":[{"id":5}]}' WHERE entry_id = $1`,
    [odd],
  );
  await world.database.admin(`UPDATE ledger_payload SET body = 'not JSON' WHERE entry_id = $1`, [broken]);
  follows({ run: does, onQuarantine: aside });
  await eventually(['before', 'after']);
  const set = aside.mock.calls.map(([, entry]: unknown[]) => (entry as Recorded).entryId);
  expect(set).toEqual([odd, broken]);
});

test('erased entries, however many stand in a row, hide nothing that comes after them', async () => {
  await world.appends(named(150).map((name) => heardByOne(id, name)));
  await happen('after');
  await world.database.admin(
    `UPDATE ledger_payload SET salt = NULL, body = NULL WHERE position(convert_to('"e', 'UTF8') IN body) > 0`,
  );
  follows({ run: does });
  await eventually(['after']);
});

test('a lost race is run again, as often as it takes, and is nobody’s failure', async () => {
  let races = 0;
  follows({
    run: async (tx, entries) => {
      await does(tx, entries);
      if ((races += 1) <= 2) await tx.query(`DO $$ BEGIN RAISE 'deadlock detected' USING ERRCODE = '40P01'; END $$`);
      return 'done';
    },
  });
  await happen('raced');
  await eventually(['raced']);
  expect(await world.database.admin('SELECT FROM follower_failure')).toEqual([]);
});

test('a reaction that wants more is run again on the same entries until it is done', async () => {
  let parts = 0;
  follows({
    run: async (tx, entries) => {
      await does(tx, entries);
      return (parts += 1) < 4 ? 'more' : 'done';
    },
  });
  await happen('large');
  await eventually(['large', 'large', 'large', 'large']);
  await happen('next');
  await eventually(['large', 'large', 'large', 'large', 'next']);
});

test('two nodes that follow one lane do each entry once, in order', async () => {
  const nodes = [world.work, await world.node()].map((work, node) => {
    const reaction = onEach(ClientCreated, (tx, entry) => does(tx, [entry], String(node)));
    return follows({ run: does, work, reaction });
  });
  // Both are always awake, and try for each entry.
  const ringing = setInterval(() => signals.grown('all'), 1);
  await happen(...named(60));
  await eventually(named(60));
  clearInterval(ringing);
  const shares = await world.database.admin('SELECT DISTINCT node FROM done');
  expect(shares.length).toBe(nodes.length);
});

test('a node that gives an entry up after another has done it does not turn the cursor back', async () => {
  const aside = vi.fn(() => Promise.resolve());
  let attempts = 0;
  const rival = await holder(world.database);
  follows({
    run: async () => {
      // The last failure waits to be counted while the other node does the entry and the next.
      if ((attempts += 1) === MAX_ATTEMPTS) await lockFailures();
      throw new Error('only here');
    },
    onQuarantine: aside,
  });
  const lockFailures = async () => {
    await rival.query('BEGIN');
    await rival.query('LOCK TABLE follower_failure IN EXCLUSIVE MODE');
  };
  await happen('one');
  await vi.waitFor(() => expect(attempts).toBe(MAX_ATTEMPTS), PATIENCE);
  const other = follows({ run: does, work: await world.node() });
  await happen('two', 'three');
  await eventually(['one', 'two', 'three']);
  await rival.query('ROLLBACK');
  await rival.end();
  await vi.waitFor(async () => {
    expect(await world.database.admin('SELECT attempts FROM follower_failure')).toEqual([{ attempts: MAX_ATTEMPTS }]);
  }, PATIENCE);
  await happen('four');
  await vi.waitFor(async () => expect(await done()).toContain('four'), PATIENCE);
  await other.stop();
  expect(await done()).toEqual(['one', 'two', 'three', 'four']);
  expect(aside).not.toHaveBeenCalled();
});

test('bulk work that takes long does not hold up what a person did', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const bulk = vi.fn();
  follows({ run: does });
  follows({
    lane: 'BULK',
    run: async (tx, entries) => {
      bulk();
      await held;
      return does(tx, entries.slice(0, 1));
    },
  });
  await world.appends(named(201, 'bulk').map((name) => heardByOne(id, name)));
  await world.numbered();
  await vi.waitFor(() => expect(bulk).toHaveBeenCalled(), PATIENCE);
  await happen('small');
  await eventually(['small']);
  release();
  await vi.waitFor(async () => expect(await done()).toContain('bulk0'), PATIENCE);
});
