import type { Prefix } from './prefix.ts';

/** A node is a run of cells: two edges to longer prefixes, the value, the length in bits, and the words. */
const VALUE = 2;
const LENGTH = 3;
const WORDS = 4;
/**
 * The first cells are edges: one to all that is shorter than 16 bits, then one for each 16 bits with which a prefix may
 * begin, then for IPv4 one for each 20, since a walk costs a miss of the cache for each node.
 */
const SHORT = 0;
const OF_16 = 1;
const OF_20 = OF_16 + 0x1_0000;
const END_OF_ROOTS = { 1: OF_20 + 0x10_0000, 4: OF_20 } as const;

/**
 * Prefixes of one family, each with a number other than 0, as a path-compressed binary trie in one typed array: 20 bytes
 * a node for IPv4 and 32 for IPv6, at most two nodes a prefix. An edge is the place of the cell that holds it, so what
 * hangs on a root, or on a node, is changed alike.
 */
export class PrefixTrie {
  private cells: Int32Array;
  private end: number;
  /** Nodes given back, each pointing to the next by its first cell. */
  private free = 0;
  private readonly size: number;

  constructor(private readonly words: 1 | 4) {
    this.size = WORDS + words;
    this.end = END_OF_ROOTS[words];
    this.cells = new Int32Array(this.end + 64 * this.size);
  }

  /** The number of exactly this prefix; 0 where it is not in. */
  get(prefix: Prefix): number {
    let node = this.cell(this.rootOf(prefix));
    while (node !== 0 && this.holds(node, prefix)) {
      if (this.cell(node + LENGTH) === prefix.bits) return this.cell(node + VALUE);
      node = this.cell(node + bitOf(prefix.words, this.cell(node + LENGTH)));
    }
    return 0;
  }

  /** Adds the numbers of all prefixes that hold this address or network, itself among them, the widest first. */
  collect(prefix: Prefix, into: number[]): void {
    this.walk(this.cell(SHORT), prefix, into);
    if (prefix.bits >= 16) this.walk(this.cell(rootOf16(prefix)), prefix, into);
    if (prefix.bits >= 20 && this.words === 1) this.walk(this.cell(rootOf20(prefix)), prefix, into);
  }

  get bytes(): number {
    return this.cells.byteLength;
  }

  /** Written out, since this is where the time goes: the first word decides on most nodes. */
  private walk(from: number, prefix: Prefix, into: number[]): void {
    const { cells } = this;
    const { words, bits } = prefix;
    const first = words[0] ?? 0;
    for (let node = from; node !== 0;) {
      const length = cells[node + LENGTH] ?? 0;
      const differing = (cells[node + WORDS] ?? 0) ^ first;
      if (length > bits || Math.clz32(differing) < Math.min(length, 32)) return;
      if (length > 32 && !this.holds(node, prefix)) return;
      const value = cells[node + VALUE] ?? 0;
      if (value !== 0) into.push(value);
      if (length === bits) return;
      node = cells[node + bitOf(words, length)] ?? 0;
    }
  }

  /** Puts a prefix in, or gives it another number. */
  set(prefix: Prefix, value: number): void {
    const { words, bits } = prefix;
    let edge = this.rootOf(prefix);
    for (let node = this.cell(edge); node !== 0; node = this.cell(edge)) {
      const length = this.cell(node + LENGTH);
      const shared = this.shared(node, words, Math.min(length, bits));
      if (shared === length) {
        if (length === bits) return void (this.cells[node + VALUE] = value);
        edge = node + bitOf(words, length);
        continue;
      }
      // It parts from this node on the way, where a node of its own has to stand: the prefix itself, or a fork.
      const above = this.node(words, shared, shared === bits ? value : 0);
      this.cells[above + bitOf(this.cells, shared, node + WORDS)] = node;
      this.cells[edge] = above;
      if (shared === bits) return;
      edge = above + bitOf(words, shared);
    }
    const leaf = this.node(words, bits, value);
    this.cells[edge] = leaf;
  }

  /** Takes a prefix out, and the fork above it where that joins nothing any more; nothing where it is not in. */
  delete(prefix: Prefix): void {
    let above = 0;
    let aboveEdge = 0;
    let edge = this.rootOf(prefix);
    let node = this.cell(edge);
    while (node !== 0 && this.holds(node, prefix) && this.cell(node + LENGTH) !== prefix.bits) {
      [above, aboveEdge] = [node, edge];
      edge = node + bitOf(prefix.words, this.cell(node + LENGTH));
      node = this.cell(edge);
    }
    if (node === 0 || !this.holds(node, prefix)) return;
    this.cells[node + VALUE] = 0;
    if (this.shrink(node, edge) && above !== 0) this.shrink(above, aboveEdge);
  }

  /** Takes out a node that has no number and joins nothing; whether it did. */
  private shrink(node: number, edge: number): boolean {
    const [left, right] = [this.cell(node), this.cell(node + 1)];
    if (this.cell(node + VALUE) !== 0 || (left !== 0 && right !== 0)) return false;
    this.cells[edge] = left === 0 ? right : left;
    this.cells[node] = this.free;
    this.free = node;
    return true;
  }

  private node(words: Int32Array, bits: number, value: number): number {
    const node = this.free === 0 ? this.end : this.free;
    if (this.free !== 0) this.free = this.cell(node);
    else this.end += this.size;
    if (this.end > this.cells.length) this.cells = grown(this.cells, this.end);
    this.cells.fill(0, node, node + WORDS);
    this.cells[node + VALUE] = value;
    this.cells[node + LENGTH] = bits;
    for (let at = 0; at < this.words; at += 1) this.cells[node + WORDS + at] = words[at] ?? 0;
    return node;
  }

  /** Whether what is asked for lies in the node's prefix. */
  private holds(node: number, { words, bits }: Prefix): boolean {
    const length = this.cell(node + LENGTH);
    return length <= bits && this.shared(node, words, length) === length;
  }

  /** How many bits the node and these words have in common, at most `limit`. */
  private shared(node: number, words: Int32Array, limit: number): number {
    for (let at = 0; at < this.words && at * 32 < limit; at += 1) {
      const differing = this.cell(node + WORDS + at) ^ (words[at] ?? 0);
      if (differing !== 0) return Math.min(limit, at * 32 + Math.clz32(differing));
    }
    return limit;
  }

  /** Where what is as long as this prefix begins. */
  private rootOf(prefix: Prefix): number {
    if (prefix.bits < 16) return SHORT;
    return prefix.bits >= 20 && this.words === 1 ? rootOf20(prefix) : rootOf16(prefix);
  }

  private cell(at: number): number {
    return this.cells[at] ?? 0;
  }
}

const rootOf16 = ({ words }: Prefix): number => OF_16 + ((words[0] ?? 0) >>> 16);
const rootOf20 = ({ words }: Prefix): number => OF_20 + ((words[0] ?? 0) >>> 12);

const bitOf = (words: Int32Array, bit: number, from = 0): 0 | 1 =>
  (((words[from + (bit >> 5)] ?? 0) >>> (31 - (bit & 31))) & 1) as 0 | 1;

/** The same array, longer by half and at least as long as asked for. */
export function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(Math.max(length, Math.ceil(array.length * 1.5)));
  longer.set(array);
  return longer;
}
