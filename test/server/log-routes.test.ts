import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { openCheckpoint } from '../../src/verifier/checkpoint.ts';
import { readKeys, type Keys } from '../../src/verifier/keys.ts';
import { hashesOf, leavesOf, tilesOf, tilePath, bundlePath } from '../../src/verifier/tiles.ts';
import { leafHash, rootOf } from '../../src/verifier/tree.ts';
import { happens } from '../feed/padding.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
let party: Party;
let keys: Keys;
beforeAll(async () => {
  world = await createWorld();
  party = await world.organisation(['PROVIDER']);
  await happens(party, 300);
  await covered();
  keys = await readKeys(await (await get('/keys')).text(), null);
});
afterAll(() => world[Symbol.asyncDispose]());

const PATIENCE = { timeout: 20_000, interval: 20 };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const get = (path: string): Promise<Response> => fetch(new URL(path, world.hub.url));
const bytesOf = async (path: string) => new Uint8Array(await (await get(path)).arrayBuffer());
const newest = async () => openCheckpoint(await (await get('/checkpoint')).text(), keys, 'checkpoint');
const statusOf = async (path: string) => (await get(path)).status;

/** Until a checkpoint covers all that is numbered, and the note of keys is there. */
async function covered(): Promise<void> {
  await world.settled();
  await vi.waitFor(async () => {
    const [row] = await world.database.admin<{ covered: boolean }>(
      `SELECT t.keys_note IS NOT NULL AND (SELECT max(size) FROM ledger_checkpoint) = (SELECT size FROM ledger_head) AS covered FROM ledger_tree t`,
    );
    expect(row?.covered).toBe(true);
  }, PATIENCE);
}

test('whoever knows nothing but these paths computes the root that the checkpoint signs', async () => {
  const { size, root } = await newest();
  expect(size).toBeGreaterThan(300);
  const hashes = [];
  for (const tile of tilesOf(0, size)) {
    const leaves = [...leavesOf(await bytesOf(`/${bundlePath(tile)}`))];
    expect(leaves.map(leafHash).map(hex)).toEqual(hashesOf(await bytesOf(`/${tilePath(tile)}`)).map(hex));
    hashes.push(...leaves.map(leafHash));
  }
  expect(hashes.length).toBe(size);
  expect(hex(rootOf(hashes))).toBe(hex(root));
  for (const [upper] of [[...tilesOf(1, size)]]) {
    const [full] = hashesOf(await bytesOf(`/${tilePath(upper ?? { level: 1, index: 0, width: 1 })}`));
    expect(hex(full ?? new Uint8Array())).toBe(hex(rootOf(hashes.slice(0, 256))));
  }
});

test('a full tile may be kept for ever, everything else for a second', async () => {
  const cachingOf = async (path: string) => (await get(path)).headers.get('cache-control');
  expect(await cachingOf('/tile/0/000')).toBe('public, max-age=31536000, immutable');
  expect(await cachingOf('/tile/entries/000')).toBe('public, max-age=31536000, immutable');
  for (const path of ['/tile/0/001.p/5', '/tile/0/000.p/5', '/checkpoint', '/keys', '/.well-known/jwks.json']) {
    expect([path, await cachingOf(path)]).toEqual([path, 'public, max-age=1']);
  }
  expect(await bytesOf('/tile/0/000.p/5')).toEqual((await bytesOf('/tile/0/000')).slice(0, 5 * 32));
});

test('what the newest checkpoint does not cover is not there', async () => {
  const { size } = await newest();
  for (const path of [
    'tile/0/001',
    'tile/entries/001',
    `tile/0/001.p/${size - 255}`,
    `tile/entries/001.p/${size - 255}`,
    'tile/1/000',
    'tile/1/000.p/2',
    'tile/63/000',
    'tile/0/x001/000',
  ]) {
    expect([path, await statusOf(`/${path}`)]).toEqual([path, 404]);
  }
  expect(await statusOf(`/tile/0/001.p/${size - 256}`)).toBe(200);
});

test.each([
  'tile/0/0',
  'tile/0/0000',
  'tile/00/000',
  'tile/0/000.p/0',
  'tile/0/000.p/256',
  'tile/0/000.p/07',
  'tile/0/x000/000',
  'tile/0/000/',
  'tile/x/000',
  'tile/0/000.p/',
  'tile/-1/000',
  'tile/',
])('another way to write an address (%s) is no address', async (path) => {
  expect(await statusOf(`/${path}`)).toBe(404);
});

test('the keys of receipts are published in the form of JOSE as well', async () => {
  const { keys: published } = (await (await get('/.well-known/jwks.json')).json()) as {
    keys: { kid: string; x: string }[];
  };
  expect(published).toEqual(
    [...keys.receipt.values()].map(({ kid, publicKey }) => ({
      ...{ kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'Ed25519', kid },
      x: Buffer.from(publicKey).toString('base64url'),
    })),
  );
});

test('the log grows, and the tree of every checkpoint that was signed is the beginning of it', async () => {
  const before = await newest();
  await happens(party, 20);
  await covered();
  const notes = await world.database.admin<{ note: string }>('SELECT note FROM ledger_checkpoint ORDER BY size');
  const all = await world.database.admin<{ leaf_hash: Buffer }>('SELECT leaf_hash FROM ledger ORDER BY position');
  expect((await newest()).size).toBeGreaterThan(before.size);
  for (const { note } of notes) {
    const { size, root } = await openCheckpoint(note, keys, 'checkpoint');
    expect([size, hex(root)]).toEqual([size, hex(rootOf(all.slice(0, size).map(({ leaf_hash }) => leaf_hash)))]);
  }
});
