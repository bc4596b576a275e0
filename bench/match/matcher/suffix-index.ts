/** An entry is four cells: the hash of the name, where its letters begin, how many, and the value; without one it is empty. */
const ENTRY = 4;
const BEGIN = 1;
const LENGTH = 2;
const VALUE = 3;
const DOT = 46;

/**
 * Names, each with a number other than 0, found from any name at or below them. One table holds every name under the
 * hash of its letters from the last to the first. So the hashes of all suffixes of a name come out of one pass over it,
 * label by label from the right, without cutting it up. ASCII only, as names in normal form are.
 */
export class SuffixIndex {
  private table = new Int32Array(64 * ENTRY);
  private letters = new Uint8Array(1024);
  private lettersEnd = 0;
  private lettersLive = 0;
  private count = 0;

  /** The number of exactly this name; 0 where it is not in. RangeError as in `set`. */
  get(name: string): number {
    check(name);
    return this.valueAt(this.find(name, 0, hashOf(name)));
  }

  /** Adds the numbers of the name and of all names above it, the shortest first. */
  collect(name: string, into: number[]): void {
    let hash = 0;
    for (let at = name.length - 1; at >= 0; at -= 1) {
      const letter = name.charCodeAt(at);
      if (letter === DOT) this.push(name, at + 1, hash, into);
      hash = step(hash, letter);
    }
    this.push(name, 0, hash, into);
  }

  private push(name: string, from: number, hash: number, into: number[]): void {
    const value = this.valueAt(this.find(name, from, hash));
    if (value !== 0) into.push(value);
  }

  /** Puts a name in, or gives it another number. RangeError where it is empty or not in ASCII: no such name is ever asked for. */
  set(name: string, value: number): void {
    check(name);
    const hash = hashOf(name);
    const there = this.find(name, 0, hash);
    if (this.valueAt(there) !== 0) return void (this.table[there + VALUE] = value);
    const isFull = (this.count + 1) * ENTRY * 4 > this.table.length * 3;
    if (isFull || this.lettersEnd + name.length > this.letters.length) this.rebuild(isFull, name.length);
    this.write(this.find(name, 0, hash), hash, this.lettersEnd, name.length, value);
    for (let at = 0; at < name.length; at += 1) this.letters[this.lettersEnd + at] = name.charCodeAt(at);
    this.lettersEnd += name.length;
    this.lettersLive += name.length;
    this.count += 1;
  }

  /** Takes a name out; nothing where it is not in. What was pushed aside by it moves back, so no entry is out of reach. */
  delete(name: string): void {
    const mask = this.table.length - 1;
    let hole = this.find(name, 0, hashOf(name));
    if (this.valueAt(hole) === 0) return;
    this.count -= 1;
    this.lettersLive -= name.length;
    for (let at = (hole + ENTRY) & mask; this.valueAt(at) !== 0; at = (at + ENTRY) & mask) {
      const home = this.home(this.table[at] ?? 0);
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.table.copyWithin(hole, at, at + ENTRY);
      hole = at;
    }
    this.table[hole + VALUE] = 0;
  }

  get bytes(): number {
    return this.table.byteLength + this.letters.byteLength;
  }

  /** A new table, twice as large where it is full, and the letters of names that are gone left behind. */
  private rebuild(isFull: boolean, more: number): void {
    const [table, letters] = [this.table, this.letters];
    this.table = new Int32Array(table.length * (isFull ? 2 : 1));
    this.letters = new Uint8Array(Math.ceil((this.lettersLive + more) * 1.5));
    this.lettersEnd = 0;
    for (let at = 0; at < table.length; at += ENTRY) {
      const [hash = 0, begin = 0, length = 0, value = 0] = table.subarray(at, at + ENTRY);
      if (value === 0) continue;
      this.letters.set(letters.subarray(begin, begin + length), this.lettersEnd);
      let to = this.home(hash);
      while (this.valueAt(to) !== 0) to = (to + ENTRY) & (this.table.length - 1);
      this.write(to, hash, this.lettersEnd, length, value);
      this.lettersEnd += length;
    }
  }

  private write(at: number, hash: number, begin: number, length: number, value: number): void {
    this.table[at] = hash;
    this.table[at + BEGIN] = begin;
    this.table[at + LENGTH] = length;
    this.table[at + VALUE] = value;
  }

  /** Where the end of the name from there on stands, or the empty entry where it would. */
  private find(name: string, from: number, hash: number): number {
    const { table } = this;
    let at = this.home(hash);
    while (table[at + VALUE] !== 0 && !(table[at] === hash && this.spells(at, name, from)))
      at = (at + ENTRY) & (table.length - 1);
    return at;
  }

  private spells(at: number, name: string, from: number): boolean {
    const begin = this.table[at + BEGIN] ?? 0;
    const length = name.length - from;
    if (this.table[at + LENGTH] !== length) return false;
    for (let n = 0; n < length; n += 1) if (this.letters[begin + n] !== name.charCodeAt(from + n)) return false;
    return true;
  }

  /** Names that differ in their first letters alone have hashes close to each other; one round of MurmurHash3’s end parts them. */
  private home(hash: number): number {
    const mixed = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
    return (Math.imul(mixed ^ (mixed >>> 13), ENTRY) & (this.table.length - 1)) >>> 0;
  }

  private valueAt(at: number): number {
    return this.table[at + VALUE] ?? 0;
  }
}

function check(name: string): void {
  if (!/^[\x21-\x7e]+$/.test(name)) throw new RangeError(`${JSON.stringify(name)} is no name in normal form.`);
}

/** FNV-1a, begun at 0 and with the letters from the last to the first. */
const step = (hash: number, letter: number): number => Math.imul(hash ^ letter, 0x0100_0193);

function hashOf(name: string): number {
  let hash = 0;
  for (let at = name.length - 1; at >= 0; at -= 1) hash = step(hash, name.charCodeAt(at));
  return hash;
}
