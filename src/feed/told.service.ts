import { parseBody } from '../ledger/entry.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { FeedCursor } from './cursor.ts';
import { feedPage, feedState } from './events.queries.ts';

/** An event as a folder that says it in another form needs it. */
export interface Told {
  readonly seq: bigint;
  readonly kind: string;
  readonly rows: readonly { readonly id: string }[];
}

const MOST = 1000;

/** Where the viewer's feed ends. */
export async function feedHead(tx: Tx): Promise<FeedCursor> {
  const { generation, seq } = await feedState(tx);
  return { generation, seq: BigInt(seq) };
}

/**
 * What the viewer's feed tells after a place, in these kinds, and up to where this is all of it. What was erased is
 * left out. In one snapshot the same again, as far as it went.
 */
export async function toldAfter(
  tx: Tx,
  after: bigint,
  head: FeedCursor,
  kinds: readonly string[],
): Promise<{ told: Told[]; upTo: bigint }> {
  const { rows, more } = await feedPage(tx, after, MOST, kinds);
  const told = rows.flatMap(({ seq, kind, body }) =>
    body ? [{ seq: BigInt(seq), kind, rows: parseBody(body).rows }] : [],
  );
  return { told, upTo: more ? BigInt(rows.at(-1)?.seq ?? head.seq) : head.seq };
}
