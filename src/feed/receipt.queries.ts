import type { Tx } from '../platform/database/tx.ts';

/** An entry as its receipt and its proof need it. */
export interface ProvenEntry {
  readonly entry_id: string;
  readonly kind: string;
  readonly commitment: Buffer;
  /** Null once erased, with the body. */
  readonly salt: Buffer | null;
  readonly body: Buffer | null;
  /** Null until it is numbered, as is `pos`. */
  readonly seq: string | null;
  readonly pos: string | null;
}

export interface StoredCheckpoint {
  readonly size: string;
  readonly root: Buffer;
  readonly note: string;
  readonly signed_at: Date;
}

const COLUMNS = 'entry_id, kind, commitment, salt, body, seq, pos';

/** Of these entries those that the viewer hears. */
export function myEntries(tx: Tx, ids: readonly string[]): Promise<ProvenEntry[]> {
  return tx.query<ProvenEntry & object>(`SELECT ${COLUMNS} FROM my_entries($1)`, [ids]);
}

/** A page ends early at about this many bytes of content, as pages of events do, though never before its first entry. */
const PAGE_BYTES = 1_000_000;

/** The viewer's feed as it must be held to be proven: every number, also of what was erased. */
export async function myFeed(tx: Tx, after: bigint, first: number): Promise<ProvenEntry[]> {
  return tx.query<ProvenEntry & object>(
    `SELECT ${COLUMNS} FROM (
        SELECT f.*, coalesce(sum(octet_length(f.body)) OVER (ORDER BY f.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
          FROM my_feed($1, $2) f) p
      WHERE before < $3 ORDER BY seq`,
    [after, first, PAGE_BYTES],
  );
}

export async function newestCheckpoint(tx: Tx): Promise<StoredCheckpoint | null> {
  const [checkpoint] = await tx.query<StoredCheckpoint & object>(
    'SELECT size, root, note, signed_at FROM newest_checkpoint()',
  );
  return checkpoint ?? null;
}

export interface FeedHead {
  readonly generation: number;
  readonly seq: string;
  readonly hash: Buffer;
  /** Of the whole ledger, at the same moment. */
  readonly size: string;
}

export async function myFeedHead(tx: Tx): Promise<FeedHead> {
  const [head] = await tx.query<FeedHead & object>('SELECT generation, seq, hash, size FROM my_feed_head()');
  if (!head) throw new Error('The ledger has no head.');
  return head;
}
