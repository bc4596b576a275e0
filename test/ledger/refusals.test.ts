import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { newKeptKey } from '../../src/ledger/signing-key.ts';
import { PATIENCE } from '../feed/listener.ts';
import { happens } from '../feed/padding.ts';
import { MemoryAnchor, MemoryVault } from '../support/proof.ts';
import { signed } from '../support/proven.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let anchor: MemoryAnchor;
let vault: MemoryVault;
let world: World;
let party: Party;
beforeEach(async () => {
  anchor = new MemoryAnchor();
  vault = new MemoryVault([newKeptKey('LOG'), newKeptKey('RECEIPT')]);
  world = await createWorld({ proof: { vault, anchor, checkpointEveryMs: 0 } });
  party = await world.organisation(['PROVIDER']);
  await signed(world);
});
afterEach(() => world[Symbol.asyncDispose]());

const health = async () => (await fetch(new URL('/readyz', world.hub.url))).json();
const refused = (code: string) =>
  vi.waitFor(async () => expect(await health()).toMatchObject({ ok: true, proof: { code } }), PATIENCE);
const signedSize = async () =>
  (await world.database.admin<{ size: string }>('SELECT max(size) AS size FROM ledger_checkpoint'))[0]?.size;

test('what is signed is in the anchor before', async () => {
  const { write } = anchor;
  anchor.write = async (origin, next) => {
    const [row] = await world.database.admin<{ size: string }>('SELECT max(size) AS size FROM ledger_checkpoint');
    expect(Number(row?.size)).toBeLessThanOrEqual(next.size);
    expect(await world.database.admin('SELECT FROM ledger_checkpoint WHERE size = $1', [next.size])).toHaveLength(
      Number(row?.size) === next.size ? 1 : 0,
    );
    await write.call(anchor, origin, next);
  };
  await happens(party, 3);
  await signed(world);
  expect(String(anchor.anchored?.size)).toBe(await signedSize());
  expect(await health()).toEqual({ ok: true });
});

test('an anchor that cannot be written keeps the hub from signing until it can', async () => {
  const { write } = anchor;
  anchor.write = () => Promise.reject(new Error('EACCES: permission denied'));
  await happens(party, 1);
  await refused('ANCHOR_UNUSABLE');
  const before = await signedSize();
  await happens(party, 1);
  expect(await signedSize()).toBe(before);
  anchor.write = write;
  await signed(world);
  await vi.waitFor(async () => expect(await health()).toEqual({ ok: true }), PATIENCE);
  const alarms = (await world.operator.events()).filter(({ kind }) => kind === 'CHECKPOINT_REFUSED');
  expect(alarms).toHaveLength(1);
});

test('an anchor that has forgotten a log that signed is not taken for a new one', async () => {
  anchor.anchored = null;
  await happens(party, 1);
  await refused('ANCHOR_MISSING');
});

test('entries other than those that were signed are not signed', async () => {
  const { size = 0, generation = 1 } = anchor.anchored ?? {};
  anchor.anchored = { size, generation, root: Buffer.alloc(32, 7) };
  await happens(party, 1);
  await refused('INCONSISTENT');
  const kinds = (await world.operator.events()).map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(['GENERATION_OPENED', 'CHECKPOINT_REFUSED']));
});

test('a tree whose hashes were changed in the database is not signed', async () => {
  await world.database.admin(
    'UPDATE ledger_tile SET hashes = set_byte(hashes, 3, get_byte(hashes, 3) # 1) WHERE level = 0 AND idx = 0',
  );
  await happens(party, 1);
  await refused('LEDGER_CHANGED');
});

test('without its log key the hub signs nothing, and serves', async () => {
  const all = vault.keys;
  vault.keys = all?.filter(({ purpose }) => purpose === 'RECEIPT') ?? null;
  await happens(party, 1);
  await refused('KEY_MISSING');
  vault.keys = all;
  await signed(world);
  await vi.waitFor(async () => expect(await health()).toEqual({ ok: true }), PATIENCE);
});
