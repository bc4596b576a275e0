import { randomBytes } from 'node:crypto';

import canonicalize from 'canonicalize';

import { newId, sha256 } from '../platform/ids.ts';
import type { Draft } from './fact.ts';

/** Who acted, as the entry's readers may know it: the organisation, never the person. Null: the hub itself. */
export interface Actor {
  readonly id: string;
  readonly name: string;
}

/** An entry as it is kept: its body is the RFC 8785 (JCS) form of this, and the bytes are never made again. */
export interface EntryBody {
  readonly v: 1;
  readonly id: string;
  readonly kind: string;
  /** When the hub says it happened, RFC 3339 UTC. A claim of the hub's clock; the order is the ledger's. */
  readonly at: string;
  readonly actor: Actor | null;
  readonly rows: readonly { readonly id: string }[];
}

/** What goes to `ledger_append` for one entry. */
export interface SealedEntry {
  readonly id: string;
  readonly kind: string;
  readonly salt: Buffer;
  readonly body: Buffer;
  readonly subjects: readonly string[];
}

/** An entry lists at most this many rows: the unit in which the flow works. */
const MAX_ROWS = 1000;

/**
 * Entries of a draft, split so that none lists more than `MAX_ROWS`. They say what the fact's schema says and nothing
 * else: a column too many in a row would be read by everybody who hears the entry.
 */
export function sealEntries({ fact, rows }: Draft, actor: Actor | null, at: Date): SealedEntry[] {
  const sealed: SealedEntry[] = [];
  for (let start = 0; start < rows.length; start += MAX_ROWS) {
    const part = rows.slice(start, start + MAX_ROWS).map((row) => fact.row.parse(row));
    const body: EntryBody = { v: 1, id: newId(), kind: fact.kind, at: at.toISOString(), actor, rows: part };
    sealed.push({
      id: body.id,
      kind: fact.kind,
      salt: randomBytes(32),
      body: Buffer.from(canonical(body)),
      subjects: [...new Set(part.map(({ id }) => id))],
    });
  }
  return sealed;
}

export function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('Only JSON values have a canonical form.');
  return text;
}

export function parseBody(body: Buffer | string): EntryBody {
  return JSON.parse(body.toString()) as EntryBody;
}

/** Hash of the leaf `0x01 || SHA-256(salt || body)` in the tree of RFC 6962 2.1. `commitment`: 32 bytes. */
export function leafHash(commitment: Uint8Array): Buffer {
  return sha256(Uint8Array.of(0x00, 0x01), commitment);
}

/** The chain of a feed: h(0) is 32 zero bytes, h(n) = SHA-256(h(n-1) || leaf hash of entry n). */
export const EMPTY_CHAIN: Buffer = Buffer.alloc(32);
export const nextInChain = (previous: Uint8Array, leaf: Uint8Array): Buffer => sha256(previous, leaf);
