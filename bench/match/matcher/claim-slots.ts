import { CLAIM_KINDS, CLAIM_ROLES, type ClaimKind, type ClaimRole } from '../../../src/routing/claim.ts';
import { grown } from './prefix-trie.ts';

/** A slot is six cells: the next claim to the same asset, kind and role in one, and the id in four words. */
const SLOT = 6;
const WHAT = 1;
const ID = 2;

/** The claims themselves, 24 bytes each, in chains: those to one value hang on each other, and an index knows the first. */
export class ClaimSlots {
  private cells = new Int32Array(64 * SLOT);
  /** Slot 0 is nobody's: 0 ends a chain. */
  private end = SLOT;
  private free = 0;

  /** Puts a claim before a chain; the chain's new beginning. */
  insert(id: Int32Array, kind: ClaimKind, role: ClaimRole, next: number): number {
    const slot = this.free === 0 ? this.end : this.free;
    if (this.free !== 0) this.free = this.next(slot);
    else this.end += SLOT;
    if (this.end > this.cells.length) this.cells = grown(this.cells, this.end);
    this.cells[slot] = next;
    this.cells[slot + WHAT] = whatOf(kind, role);
    this.cells.set(id, slot + ID);
    return slot;
  }

  /** The claim with this id and role in a chain; 0 where there is none. */
  find(first: number, id: Int32Array, kind: ClaimKind, role: ClaimRole): number {
    const what = whatOf(kind, role);
    let slot = first;
    while (
      slot !== 0 &&
      !(this.cells[slot + WHAT] === what && id.every((word, at) => word === this.cells[slot + ID + at]))
    )
      slot = this.next(slot);
    return slot;
  }

  /** Takes a claim out of its chain; the chain's beginning then, 0 where nothing is left of it. */
  remove(first: number, slot: number): number {
    const after = this.next(slot);
    let before = first;
    while (before !== slot && this.next(before) !== slot) before = this.next(before);
    if (before !== slot) this.cells[before] = after;
    this.cells[slot] = this.free;
    this.free = slot;
    return before === slot ? after : first;
  }

  get bytes(): number {
    return this.cells.byteLength;
  }

  next(slot: number): number {
    return this.cells[slot] ?? 0;
  }

  kindOf(slot: number): ClaimKind {
    return CLAIM_KINDS[(this.cells[slot + WHAT] ?? 0) >> 8] ?? 'CONTACT_FOR';
  }

  roleOf(slot: number): ClaimRole {
    return CLAIM_ROLES[(this.cells[slot + WHAT] ?? 0) & 0xff] ?? 'HOST';
  }

  idOf(slot: number): string {
    let id = '';
    for (let at = 0; at < 16; at += 1) {
      if (at === 4 || at === 6 || at === 8 || at === 10) id += '-';
      id += HEX[((this.cells[slot + ID + (at >> 2)] ?? 0) >>> (24 - (at & 3) * 8)) & 0xff] ?? '';
    }
    return id;
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const whatOf = (kind: ClaimKind, role: ClaimRole): number =>
  (CLAIM_KINDS.indexOf(kind) << 8) | CLAIM_ROLES.indexOf(role);

/** The four words of a UUID as PostgreSQL writes it. RangeError for anything else. */
export function wordsOfId(id: string): Int32Array {
  const digits = id.replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/.test(digits)) throw new RangeError(`${JSON.stringify(id)} is no UUID.`);
  return Int32Array.from({ length: 4 }, (_, at) => parseInt(digits.slice(at * 8, at * 8 + 8), 16) | 0);
}
