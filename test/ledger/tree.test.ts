import { afterAll, beforeAll, expect, test } from 'vitest';

import { Fenced } from '../../src/ledger/sequence.ts';
import { nodesIn, rootAt } from '../../src/ledger/tiles.ts';
import { integrate, tilesBy, treeState } from '../../src/ledger/tree.ts';
import { Frontier, rootOf } from '../../src/verifier/tree.ts';
import { heardByOne, holder, LedgerWorld } from './ledger-world.ts';

let world: LedgerWorld;
let organisation: string;
beforeAll(async () => {
  world = await LedgerWorld.create();
  [organisation = ''] = await world.organisations(1);
});
afterAll(() => world[Symbol.asyncDispose]());

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const leaves = async () =>
  (await world.database.admin<{ leaf_hash: Buffer }>('SELECT leaf_hash FROM ledger ORDER BY position')).map(
    ({ leaf_hash }) => leaf_hash,
  );

async function happens(count: number): Promise<void> {
  await world.appends(Array.from({ length: count }, () => heardByOne(organisation)));
  await world.numbered();
}

async function everythingIntegrated(): Promise<void> {
  const client = await world.leader();
  while ((await integrate(client, await world.epoch())) > 0);
  await client.end();
}

const readTree = async () => {
  const client = await world.leader();
  const state = await treeState(client);
  await client.end();
  return { size: state.size, root: hex(new Frontier(state.size, state.peaks).root()) };
};
const read = () => nodesIn(tilesBy((text, values) => world.database.admin(text, values)));

test('the tree is that of all leaves, whether it was built in one step or in many', async () => {
  for (const count of [1, 300, 2, 256, 4500]) {
    await happens(count);
    await everythingIntegrated();
    const all = await leaves();
    expect(await readTree()).toEqual({ size: all.length, root: hex(rootOf(all)) });
    expect(hex(await rootAt(all.length, read()))).toBe(hex(rootOf(all)));
  }
  const all = await leaves();
  for (const size of [1, 2, 257, 1000, all.length - 1]) {
    expect([size, hex(await rootAt(size, read()))]).toEqual([size, hex(rootOf(all.slice(0, size)))]);
  }
});

test('building when nothing is new changes nothing', async () => {
  const before = await world.database.admin('SELECT a.xmin, a.*, b.xmin, b.* FROM ledger_tile a, ledger_tree b');
  await everythingIntegrated();
  expect(await world.database.admin('SELECT a.xmin, a.*, b.xmin, b.* FROM ledger_tile a, ledger_tree b')).toEqual(
    before,
  );
});

test('a leader whose epoch is over builds nothing', async () => {
  await happens(3);
  const [old, epoch, before] = [await world.leader(), await world.epoch(), await readTree()];
  await world.database.admin('UPDATE ledger_head SET epoch = epoch + 1');
  await expect(integrate(old, epoch)).rejects.toThrow(Fenced);
  expect(await readTree()).toEqual(before);
  await old.end();
  await everythingIntegrated();
});

test('two leaders that build at once build each entry in once', async () => {
  await happens(700);
  const [rival, one, other] = [await holder(world.database), await world.leader(), await world.leader()];
  await rival.query('BEGIN');
  await rival.query('SELECT FROM ledger_tree FOR UPDATE');
  const epoch = await world.epoch();
  const both = Promise.all([integrate(one, epoch), integrate(other, epoch)]);
  for (let waiting = 0; waiting < 2;) {
    const [row] = await world.database.admin<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    waiting = row?.n ?? 0;
  }
  await rival.query('COMMIT');
  expect((await both).toSorted((a, b) => a - b)).toEqual([0, 700]);
  const all = await leaves();
  expect(await readTree()).toEqual({ size: all.length, root: hex(rootOf(all)) });
  expect(hex(await rootAt(all.length, read()))).toBe(hex(rootOf(all)));
  await Promise.all([rival.end(), one.end(), other.end()]);
});

test('numbering does not wait for a tree that is being built', async () => {
  const rival = await holder(world.database);
  await rival.query('BEGIN');
  await rival.query('SELECT FROM ledger_tree FOR UPDATE');
  const before = (await leaves()).length;
  await happens(1);
  expect((await leaves()).length).toBe(before + 1);
  await rival.query('ROLLBACK');
  await rival.end();
});
