import { sha256 } from './sha256.ts';

/** 32 bytes. */
export type Hash = Uint8Array;

const LEAF = Uint8Array.of(0x00);
const NODE = Uint8Array.of(0x01);
const HASH_BYTES = 32;

/** The hash of a leaf (RFC 9162 2.1.1). */
export const leafHash = (data: Uint8Array): Hash => sha256(LEAF, data);

export const nodeHash = (left: Hash, right: Hash): Hash => sha256(NODE, left, right);

/** The root of a log without entries. */
export const EMPTY_ROOT: Hash = sha256();

export const isHash = (bytes: Uint8Array): boolean => bytes.length === HASH_BYTES;

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

/** A whole subtree: of 2^level leaves, the first of which is leaf `index * 2^level`. Level 0: a leaf. */
export interface Node {
  readonly level: number;
  readonly index: number;
}

/**
 * The whole subtrees that a log of some size is made of, largest first: all that is needed to go on from there, and to
 * know the root. A tree that grows is followed in the memory of one hash a level.
 */
export class Frontier {
  private readonly hashes: Hash[];

  /** `peaks`: as `peaks` of an earlier frontier of this size, to go on from there. */
  constructor(
    private count = 0,
    peaks: readonly Hash[] = [],
  ) {
    checkSize(count);
    this.hashes = [...peaks];
    if (this.hashes.length !== peakCount(count)) throw new Error(`A tree of ${count} leaves has other peaks.`);
  }

  get size(): number {
    return this.count;
  }

  get peaks(): readonly Hash[] {
    return this.hashes;
  }

  /** Adds a leaf by its hash; `completed` is told each subtree that is whole now, the leaf first. */
  append(leaf: Hash, completed: (node: Node, hash: Hash) => void = () => undefined): void {
    let hash = leaf;
    let [level, index] = [0, this.count];
    completed({ level, index }, hash);
    for (; index % 2 === 1; index = Math.floor(index / 2)) {
      const left = this.hashes.pop();
      if (!left) throw new Error('The frontier has lost a peak.');
      hash = nodeHash(left, hash);
      level += 1;
      completed({ level, index: Math.floor(index / 2) }, hash);
    }
    this.hashes.push(hash);
    this.count += 1;
  }

  root(): Hash {
    return bagged(this.hashes);
  }
}

/** The root of these leaves, given by their hashes. */
export function rootOf(leaves: Iterable<Hash>): Hash {
  const frontier = new Frontier();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}

/** The whole subtrees that the leaves from `start` up to but not including `end` are made of, largest first. */
export function nodesOf({ start, end }: Range): Node[] {
  const nodes: Node[] = [];
  for (let from = start; from < end;) {
    let [width, level] = [1, 0];
    while (width * 2 <= end - from) [width, level] = [width * 2, level + 1];
    nodes.push({ level, index: from / width });
    from += width;
  }
  return nodes;
}

/** Leaves `start` to `end - 1`, where a tree of their number would stand in the larger one. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The hash of a subtree made of these whole ones, largest first. */
export function bagged(hashes: readonly Hash[]): Hash {
  return hashes.reduceRight<Hash | null>((right, left) => (right ? nodeHash(left, right) : left), null) ?? EMPTY_ROOT;
}

/** Refuses what is no number of leaves; numbers are exact below 2^53, which no log will reach. */
export function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${size} is not the size of a tree.`);
}

function peakCount(size: number): number {
  let peaks = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) peaks += rest % 2;
  return peaks;
}
