import { expect, test } from 'vitest';

import { growTiles, nodesIn, rootAt, type ReadTiles } from '../../src/ledger/tiles.ts';
import { sha256 } from '../../src/platform/ids.ts';
import { proveConsistency, proveInclusion, verifyConsistency, verifyInclusion } from '../../src/verifier/proof.ts';
import { EMPTY_ROOT, Frontier, rootOf } from '../../src/verifier/tree.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const leavesOf = (count: number) => Array.from({ length: count }, (_, n) => sha256(`leaf ${n}`));

/** Tiles in memory, grown in steps of this many leaves. */
class Tiles {
  readonly stored = new Map<string, Uint8Array>();
  readonly frontier = new Frontier();

  constructor(leaves: readonly Uint8Array[], step: number) {
    for (let from = 0; from < leaves.length; from += step) {
      for (const { level, idx, hashes } of growTiles(this.frontier, leaves.slice(from, from + step))) {
        const name = `${level} ${idx}`;
        this.stored.set(name, Buffer.concat([this.stored.get(name) ?? Buffer.alloc(0), ...hashes]));
      }
    }
  }

  readonly read: ReadTiles = (tiles) =>
    Promise.resolve(
      tiles.flatMap((tile) => {
        const hashes = this.stored.get(`${tile.level} ${tile.idx}`);
        return hashes ? [{ ...tile, hashes }] : [];
      }),
    );

  widths(level: number): number[] {
    return [...this.stored].flatMap(([name, hashes]) => (name.startsWith(`${level} `) ? [hashes.length / 32] : []));
  }
}

test('a log of 70,000 entries has the tiles that tlog-tiles says', () => {
  const tiles = new Tiles(leavesOf(70_000), 4096);
  expect(tiles.widths(0)).toEqual([...Array<number>(273).fill(256), 112]);
  expect(tiles.widths(1)).toEqual([256, 17]);
  expect(tiles.widths(2)).toEqual([1]);
  expect(tiles.widths(3)).toEqual([]);
});

test('a log of exactly one full tile has a tile of one hash above it', () => {
  const tiles = new Tiles(leavesOf(256), 100);
  expect([tiles.widths(0), tiles.widths(1)]).toEqual([[256], [1]]);
});

test.each([1, 7, 256, 1000])('tiles grown %i leaves at a time tell the root of every earlier size', async (step) => {
  const leaves = leavesOf(1300);
  const tiles = new Tiles(leaves, step);
  const read = nodesIn(tiles.read);
  expect(hex(await rootAt(0, read))).toBe(hex(EMPTY_ROOT));
  for (const size of [1, 2, 3, 255, 256, 257, 511, 512, 513, 1024, 1299, 1300]) {
    expect([size, hex(await rootAt(size, read))]).toEqual([size, hex(rootOf(leaves.slice(0, size)))]);
  }
  expect(hex(tiles.frontier.root())).toBe(hex(rootOf(leaves)));
});

test('proofs out of tiles are right at every size, also of a tree that has grown since', async () => {
  const leaves = leavesOf(70_000);
  const read = nodesIn(new Tiles(leaves, 4096).read);
  for (const size of [1, 255, 256, 257, 65_536, 65_537, 70_000]) {
    const tree = { size, root: rootOf(leaves.slice(0, size)) };
    for (const index of [0, Math.floor(size / 3), size - 1]) {
      const leaf = leaves[index] ?? EMPTY_ROOT;
      expect(verifyInclusion(leaf, index, tree, await proveInclusion(index, size, read))).toBe(true);
    }
    const later = { size: 70_000, root: rootOf(leaves) };
    expect(verifyConsistency(tree, later, await proveConsistency(size, 70_000, read))).toBe(true);
  }
});

test('a hash that the tree does not have is said, not made up', async () => {
  const read = nodesIn(new Tiles(leavesOf(10), 10).read);
  await expect(rootAt(11, read)).rejects.toThrow('The tree has no hash 10 on level 0.');
});
