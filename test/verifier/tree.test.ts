import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
  type ReadNodes,
} from '../../src/verifier/proof.ts';
import { EMPTY_ROOT, Frontier, leafHash, nodeHash, nodesOf, rootOf, type Hash } from '../../src/verifier/tree.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const ascii = (text: string): Uint8Array => Buffer.from(text);

/** Leaves that transparency logs have been tested with since RFC 6962, and the root for each size. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (text) => leafHash(Buffer.from(text, 'hex')),
);
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('the tree', () => {
  test.each(ROOTS.map((root, size) => ({ size, root })))(
    'has the root of RFC 6962 for $size leaves',
    ({ size, root }) => {
      expect(hex(rootOf(LEAVES.slice(0, size)))).toBe(root);
    },
  );

  test('tells leaves, nodes and the empty log apart', () => {
    expect(hex(EMPTY_ROOT)).toBe(ROOTS[0]);
    expect(hex(leafHash(ascii('L123456')))).toBe('395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56');
    expect(hex(nodeHash(ascii('N123'), ascii('N456')))).toBe(
      'aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb',
    );
  });

  test('grows from the peaks of an earlier size to the same root', () => {
    const leaves = leavesOf(77);
    for (let size = 0; size <= leaves.length; size += 1) {
      const before = new Frontier();
      for (const leaf of leaves.slice(0, size)) before.append(leaf);
      const after = new Frontier(before.size, before.peaks);
      for (const leaf of leaves.slice(size)) after.append(leaf);
      expect(hex(after.root())).toBe(hex(rootOf(leaves)));
      expect(after.size).toBe(77);
    }
  });

  test('does not go on from peaks that are not those of the size', () => {
    expect(() => new Frontier(3, [EMPTY_ROOT])).toThrow('other peaks');
    expect(() => new Frontier(-1)).toThrow(RangeError);
    expect(() => new Frontier(2 ** 53)).toThrow(RangeError);
  });

  test('tells of each subtree once, when it is whole', () => {
    const told: string[] = [];
    const frontier = new Frontier();
    for (const leaf of leavesOf(7)) frontier.append(leaf, ({ level, index }) => told.push(`${level}/${index}`));
    expect(told).toEqual(['0/0', '0/1', '1/0', '0/2', '0/3', '1/1', '2/0', '0/4', '0/5', '1/2', '0/6']);
    expect(nodesOf({ start: 0, end: 7 })).toEqual([
      { level: 2, index: 0 },
      { level: 1, index: 2 },
      { level: 0, index: 6 },
    ]);
  });

  test('counts beyond 32 bits', async () => {
    const size = 2 ** 40 + 5;
    const asked: number[] = [];
    await proveInclusion(2 ** 40 + 1, size, async (nodes) => {
      asked.push(...nodes.map(({ level }) => level));
      return nodes.map(() => EMPTY_ROOT);
    });
    expect(asked).toEqual([0, 1, 0, 40]);
  });
});

describe('proofs', () => {
  const MAX = 300;
  const leaves = leavesOf(MAX);
  const roots = Array.from({ length: MAX + 1 }, (_, size) => rootOf(leaves.slice(0, size)));
  const nodes = new Map<string, Hash>();
  const whole = new Frontier();
  for (const leaf of leaves) whole.append(leaf, ({ level, index }, hash) => nodes.set(`${level}/${index}`, hash));
  const read: ReadNodes = async (asked) =>
    asked.map(({ level, index }) => nodes.get(`${level}/${index}`) ?? expect.fail(`no node ${level}/${index}`));
  const treeOf = (size: number) => ({ size, root: roots[size] ?? EMPTY_ROOT });
  const leafAt = (index: number): Hash => leaves[index] ?? EMPTY_ROOT;

  const place = fc
    .integer({ min: 1, max: MAX })
    .chain((size) => fc.tuple(fc.nat({ max: size - 1 }), fc.constant(size)));
  const growth = fc
    .integer({ min: 0, max: MAX })
    .chain((second) => fc.tuple(fc.nat({ max: second }), fc.constant(second)));

  test('hold for every leaf and size up to 70', async () => {
    for (let size = 1; size <= 70; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const proof = await proveInclusion(index, size, read);
        expect(verifyInclusion(leafAt(index), index, treeOf(size), proof)).toBe(true);
      }
    }
  });

  test('hold for every growth up to 70', async () => {
    for (let second = 0; second <= 70; second += 1) {
      for (let first = 0; first <= second; first += 1) {
        const proof = await proveConsistency(first, second, read);
        expect(verifyConsistency(treeOf(first), treeOf(second), proof)).toBe(true);
      }
    }
  });

  test('of inclusion fail when anything in them is changed', async () => {
    await fc.assert(
      fc.asyncProperty(place, fc.nat(), fc.nat(), async ([index, size], which, bit) => {
        const proof = await proveInclusion(index, size, read);
        const holds = (at: number, tree: ReturnType<typeof treeOf>, changed: readonly Hash[], leaf = leafAt(index)) =>
          verifyInclusion(leaf, at, tree, changed);
        expect(holds(index, treeOf(size), proof)).toBe(true);
        for (const changed of mutations(proof, which, bit)) expect(holds(index, treeOf(size), changed)).toBe(false);
        expect(holds(index, treeOf(size), proof, flipped(leafAt(index), bit))).toBe(false);
        expect(holds(index, { size, root: flipped(treeOf(size).root, bit) }, proof)).toBe(false);
        const elsewhere = which % size;
        if (elsewhere !== index) expect(holds(elsewhere, treeOf(size), proof)).toBe(false);
        expect(holds(size, treeOf(size), proof)).toBe(false);
      }),
    );
  });

  test('of consistency fail when anything in them is changed', async () => {
    await fc.assert(
      fc.asyncProperty(growth, fc.nat(), fc.nat(), async ([first, second], which, bit) => {
        const proof = await proveConsistency(first, second, read);
        const [before, after] = [treeOf(first), treeOf(second)];
        expect(verifyConsistency(before, after, proof)).toBe(true);
        for (const changed of mutations(proof, which, bit))
          expect(verifyConsistency(before, after, changed)).toBe(false);
        expect(verifyConsistency({ ...before, root: flipped(before.root, bit) }, after, proof)).toBe(false);
        // Nothing is known of a tree by its having been empty.
        if (first > 0) {
          expect(verifyConsistency(before, { ...after, root: flipped(after.root, bit) }, proof)).toBe(false);
        }
        if (first < second) expect(verifyConsistency(after, before, proof)).toBe(false);
      }),
    );
  });

  test('are not asked for what is not there', async () => {
    await expect(proveInclusion(3, 3, read)).rejects.toThrow(RangeError);
    await expect(proveConsistency(4, 3, read)).rejects.toThrow(RangeError);
    await expect(proveInclusion(0.5, 3, read)).rejects.toThrow(RangeError);
  });
});

function leavesOf(count: number): Hash[] {
  return Array.from({ length: count }, (_, index) => leafHash(ascii(`leaf ${index}`)));
}

/** A hash more, less, of another length, in another place, and with one bit changed. */
function mutations(proof: readonly Hash[], which: number, bit: number): Hash[][] {
  const extra = [
    [...proof, EMPTY_ROOT],
    [EMPTY_ROOT, ...proof],
  ];
  if (proof.length === 0) return extra;
  const at = which % proof.length;
  return [
    ...extra,
    proof.slice(1),
    proof.slice(0, -1),
    proof.map((hash, index) => (index === at ? flipped(hash, bit) : hash)),
    proof.map((hash, index) => (index === at ? hash.slice(1) : hash)),
    proof.flatMap((hash, index) => (index === at ? [hash, hash] : [hash])),
    ...(proof.length > 1 ? [proof.toReversed()] : []),
  ];
}

function flipped(hash: Hash, bit: number): Hash {
  const changed = Uint8Array.from(hash);
  const at = Math.floor(bit / 8) % hash.length;
  changed[at] = (changed[at] ?? 0) ^ (1 << (bit % 8));
  return changed;
}
