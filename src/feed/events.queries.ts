import type { Tx } from '../platform/database/tx.ts';

export interface FeedRow {
  readonly seq: string;
  readonly entry_id: string;
  readonly kind: string;
  /** Null once erased. */
  readonly body: Buffer | null;
}

export interface FeedState {
  readonly generation: number;
  readonly seq: string;
}

/** Where the viewer's feed ends now. */
export async function feedState(tx: Tx): Promise<FeedState> {
  const [state] = await tx.query<{ generation: number; seq: string }>('SELECT generation, seq FROM feed_state()');
  if (!state) throw new Error('The ledger has no head.');
  return state;
}

export function feedPage(tx: Tx, after: bigint, first: number, kinds: readonly string[] | null): Promise<FeedRow[]> {
  return tx.query<FeedRow & object>('SELECT seq, entry_id, kind, body FROM feed_page($1, $2, $3)', [
    after,
    first,
    kinds,
  ]);
}

/** The viewer's events about one row, oldest first. */
export function trailPage(tx: Tx, subject: string, after: bigint, first: number): Promise<FeedRow[]> {
  return tx.query<FeedRow & object>('SELECT seq, entry_id, kind, body FROM trail_page($1, $2, $3)', [
    subject,
    after,
    first,
  ]);
}
