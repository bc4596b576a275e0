import type { Tx } from '../platform/database/tx.ts';
import type { Viewer } from '../platform/viewer.ts';

export interface FeedRow {
  readonly seq: string;
  readonly entry_id: string;
  readonly kind: string;
  /** JSON; null once erased. */
  readonly body: string | null;
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

/** What a page is made of, and where the feed ends, in one statement: it is asked for each cohort in each burst. */
const PAGE = {
  name: 'events',
  text: `
  SELECT s.generation, s.seq AS head, p.seq, p.entry_id, p.kind, convert_from(p.body, 'UTF8') AS body, p.found FROM feed_state() s LEFT JOIN LATERAL (
      SELECT f.*, (count(*) OVER ())::int AS found,
          coalesce(sum(octet_length(f.body)) OVER (ORDER BY f.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
        FROM feed_page($1, $2, $3) f) p ON p.before < $4 ORDER BY p.seq`,
};

const HOLDING = {
  name: 'clients that hold',
  text: `SELECT c.id FROM client c JOIN organisation o ON o.id = c.organisation_id
         LEFT JOIN member m ON m.organisation_id = c.organisation_id AND m.id = c.member_id
       WHERE c.id = ANY ($1) AND c.organisation_id = $2 AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > $3)
         AND o.state = 'ACTIVE' AND coalesce(m.state, 'ACTIVE') = 'ACTIVE'`,
};

/** Nothing of an event where there is none. */
interface PageRow extends Omit<FeedRow, 'seq'> {
  readonly seq: string | null;
  readonly generation: number;
  readonly head: string;
  readonly found: number;
}

export interface FeedPage {
  readonly state: FeedState;
  readonly rows: readonly FeedRow[];
  /** Others may follow, whether by number or by size. */
  readonly more: boolean;
}

/** Up to `first` events of the viewer's feed. */
export async function feedPage(
  tx: Tx,
  after: bigint,
  first: number,
  kinds: readonly string[] | null,
): Promise<FeedPage> {
  const found = await tx.query<PageRow & object>(PAGE, [after, first, kinds, PAGE_BYTES]);
  const [one] = found;
  if (!one) throw new Error('The ledger has no head.');
  // Where there is no event, the state stands in a row of its own.
  const rows = found.filter((row): row is PageRow & FeedRow => row.seq !== null);
  const state = { generation: one.generation, seq: one.head };
  return { state, rows, more: rows.length > 0 && (one.found === first || rows.length < one.found) };
}

/**
 * Of clients of one organisation those whose credential holds in this very snapshot: what `authenticate` asks of a key,
 * asked of the client. Whoever reads an event that came after the end of its credential would see that end too.
 */
export async function clientsHolding(tx: Tx, viewers: readonly Viewer[], at: Date): Promise<string[]> {
  const [organisation] = viewers.map(({ organisationId }) => organisationId);
  const clients = viewers.map(({ clientId }) => clientId);
  const found = await tx.query<{ id: string }>(HOLDING, [clients, organisation, at.toISOString()]);
  return found.map(({ id }) => id);
}

/** The viewer's events about one row, oldest first. */
export function trailPage(tx: Tx, subject: string, after: bigint, first: number): Promise<FeedRow[]> {
  return tx.query<FeedRow & object>(
    "SELECT seq, entry_id, kind, convert_from(body, 'UTF8') AS body FROM trail_page($1, $2, $3)",
    [subject, after, first],
  );
}
