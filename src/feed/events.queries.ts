import type { Tx } from '../platform/database/tx.ts';
import type { Viewer } from '../platform/viewer.ts';

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

/**
 * An entry may list a thousand rows: a thousand of those in one message would cost the hub hundreds of megabytes, and
 * a slow reader would never get it down. A page ends early here, though never before its first event.
 */
const PAGE_BYTES = 1_000_000;

/** Up to `first` events of the viewer's feed; `more` when others may follow, whether by number or by size. */
export async function feedPage(
  tx: Tx,
  after: bigint,
  first: number,
  kinds: readonly string[] | null,
): Promise<{ rows: FeedRow[]; more: boolean }> {
  const rows = await tx.query<FeedRow & { found: number }>(
    `SELECT seq, entry_id, kind, body, found FROM (
        SELECT f.*, (count(*) OVER ())::int AS found,
            coalesce(sum(octet_length(f.body)) OVER (ORDER BY f.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
          FROM feed_page($1, $2, $3) f) p
      WHERE before < $4 ORDER BY seq`,
    [after, first, kinds, PAGE_BYTES],
  );
  const found = rows[0]?.found ?? 0;
  return { rows, more: found === first || rows.length < found };
}

/**
 * Of clients of one organisation those whose credential holds in this very snapshot: what `authenticate` asks of a key,
 * asked of the client. Whoever reads an event that came after the end of its credential would see that end too.
 */
export async function clientsHolding(tx: Tx, viewers: readonly Viewer[], at: Date): Promise<string[]> {
  const [organisation] = viewers.map(({ organisationId }) => organisationId);
  const found = await tx.query<{ id: string }>(
    `SELECT c.id FROM client c JOIN organisation o ON o.id = c.organisation_id
         LEFT JOIN member m ON m.organisation_id = c.organisation_id AND m.id = c.member_id
       WHERE c.id = ANY ($1) AND c.organisation_id = $2 AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > $3)
         AND o.state = 'ACTIVE' AND coalesce(m.state, 'ACTIVE') = 'ACTIVE'`,
    [viewers.map(({ clientId }) => clientId), organisation, at],
  );
  return found.map(({ id }) => id);
}

/** The viewer's events about one row, oldest first. */
export function trailPage(tx: Tx, subject: string, after: bigint, first: number): Promise<FeedRow[]> {
  return tx.query<FeedRow & object>('SELECT seq, entry_id, kind, body FROM trail_page($1, $2, $3)', [
    subject,
    after,
    first,
  ]);
}
