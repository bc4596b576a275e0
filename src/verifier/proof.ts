import { bagged, checkSize, EMPTY_ROOT, isHash, nodeHash, nodesOf, sameBytes } from './tree.ts';
import type { Hash, Node, Range } from './tree.ts';

/** Hashes of whole subtrees, in the order asked; one call for a proof, so that a database is asked once. */
export type ReadNodes = (nodes: readonly Node[]) => Promise<readonly Hash[]>;

/** What a proof consists of: the subtrees whose hashes are sent, in their order. */
export function inclusionPath(index: number, size: number): Range[] {
  checkSize(size);
  checkSize(index);
  if (index >= size) throw new RangeError(`A tree of ${size} leaves has no leaf ${index}.`);
  const path: Range[] = [];
  for (let [start, end] = [0, size]; end - start > 1;) {
    const middle = start + leftWidth(end - start);
    if (index < middle) path.push({ start: middle, end });
    else path.push({ start, end: middle });
    if (index < middle) end = middle;
    else start = middle;
  }
  return path.reverse();
}

/** As `inclusionPath`, for the proof that the tree of `second` leaves begins with that of `first` (RFC 9162 2.1.4.1). */
function consistencyPath(first: number, second: number): Range[] {
  checkSize(first);
  checkSize(second);
  if (first > second) throw new RangeError('A tree does not shrink.');
  if (first === 0 || first === second) return [];
  const path: Range[] = [];
  let [start, end] = [0, second];
  while (end !== first) {
    const middle = start + leftWidth(end - start);
    if (first <= middle) path.push({ start: middle, end });
    else path.push({ start, end: middle });
    if (first <= middle) end = middle;
    else start = middle;
  }
  // A part that is the whole first tree: its hash is known to whoever checks.
  if (start > 0) path.push({ start, end });
  return path.reverse();
}

export async function proveInclusion(index: number, size: number, read: ReadNodes): Promise<Hash[]> {
  return hashesOf(inclusionPath(index, size), read);
}

export async function proveConsistency(first: number, second: number, read: ReadNodes): Promise<Hash[]> {
  return hashesOf(consistencyPath(first, second), read);
}

async function hashesOf(path: readonly Range[], read: ReadNodes): Promise<Hash[]> {
  const parts = path.map(nodesOf);
  const hashes = await read(parts.flat());
  let from = 0;
  return parts.map(({ length }) => bagged(hashes.slice(from, (from += length))));
}

/** Whether the leaf is the one at `index` in the tree with this root (RFC 9162 2.1.3.2). */
export function verifyInclusion(
  leaf: Hash,
  index: number,
  tree: { readonly size: number; readonly root: Hash },
  proof: readonly Hash[],
): boolean {
  if (!isIndex(index) || !isIndex(tree.size) || index >= tree.size) return false;
  if (![leaf, tree.root, ...proof].every(isHash)) return false;
  let [at, last, hash] = [index, tree.size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    const isRight = at % 2 === 1 || at === last;
    hash = isRight ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    if (isRight) while (at % 2 === 0 && at > 0) [at, last] = [half(at), half(last)];
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && sameBytes(hash, tree.root);
}

/** Whether the tree of `second` begins with that of `first`: nothing in it was changed since (RFC 9162 2.1.4.2). */
export function verifyConsistency(
  first: { readonly size: number; readonly root: Hash },
  second: { readonly size: number; readonly root: Hash },
  proof: readonly Hash[],
): boolean {
  if (!isIndex(first.size) || !isIndex(second.size) || first.size > second.size) return false;
  if (![first.root, second.root, ...proof].every(isHash)) return false;
  if (first.size === second.size) return proof.length === 0 && sameBytes(first.root, second.root);
  if (first.size === 0) return proof.length === 0 && sameBytes(first.root, EMPTY_ROOT);
  let [at, last] = [first.size - 1, second.size - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  const [seed, ...rest] = at === 0 ? [first.root, ...proof] : proof;
  if (!seed || proof.length === 0) return false;
  let [old, now] = [seed, seed];
  for (const sibling of rest) {
    if (last === 0) return false;
    const isRight = at % 2 === 1 || at === last;
    if (isRight) old = nodeHash(sibling, old);
    now = isRight ? nodeHash(sibling, now) : nodeHash(now, sibling);
    if (isRight) while (at % 2 === 0 && at > 0) [at, last] = [half(at), half(last)];
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && sameBytes(old, first.root) && sameBytes(now, second.root);
}

const half = (n: number): number => Math.floor(n / 2);
const isIndex = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

/** The leaves under a tree's left child: the largest power of two below its size. */
function leftWidth(size: number): number {
  let width = 1;
  while (width * 2 < size) width *= 2;
  return width;
}
