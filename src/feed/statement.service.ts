import { appendOne, authorOf } from '../ledger/append.ts';
import { parseBody } from '../ledger/entry.ts';
import { draft } from '../ledger/fact.ts';
import { readLogKeys } from '../ledger/log-keys.ts';
import { Receipt } from '../platform/api/payload.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import type { Viewer } from '../platform/viewer.ts';
import { once } from '../tenancy/idempotency.service.ts';
import { FeedStated } from './feed.facts.ts';
import { myEntries, myFeedHead } from './receipt.queries.ts';
import type { FeedStatement } from './receipt.type.ts';
import type { IssueFeedStatementInput } from './statement.inputs.ts';
import type { TokenService } from './token.service.ts';

/** Says of a feed how long it is, so that its holder can show what is not in it. */
export class StatementService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
    private readonly tokens: TokenService,
  ) {}

  /**
   * Records what the viewer's feed is now. Where nothing has come since the last statement but statements, that one is
   * answered: each is an event itself, and would otherwise call for the next.
   */
  issue(
    viewer: Viewer,
    { idempotencyKey: key }: IssueFeedStatementInput,
  ): Promise<{ entryId: string; isNew: boolean }> {
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key, operation: 'issueFeedStatement', input: {} }, async () => {
        const last = await lockLast(tx, viewer);
        if (last && !(await holdsNews(tx, viewer, last.seq))) return { entryId: last.entry, isNew: false };
        const { generation: gen, seq, hash, size } = await myFeedHead(tx);
        const h = hash.toString('base64url');
        const row = { id: viewer.organisationId, gen, n: Number(seq), h, size: Number(size) };
        const entryId = await appendOne(tx, authorOf(viewer, this.clock.now()), draft(FeedStated, [row]));
        await tx.query(
          `INSERT INTO feed_statement (organisation_id, entry, seq) VALUES ($1, $2, $3)
           ON CONFLICT (organisation_id) DO UPDATE SET entry = excluded.entry, seq = excluded.seq`,
          [viewer.organisationId, entryId, seq],
        );
        return { entryId, isNew: true };
      }),
    );
  }

  /** The last one that was recorded; null when there is none. */
  async last(tx: Tx, viewer: Viewer): Promise<FeedStatement | null> {
    const [row] = await tx.query<{ entry: string }>('SELECT entry FROM feed_statement WHERE organisation_id = $1', [
      viewer.organisationId,
    ]);
    return row ? this.recordedIn(tx, row.entry) : null;
  }

  /** The statement that an entry of the viewer's feed records. */
  async recordedIn(tx: Tx, entryId: string): Promise<FeedStatement | null> {
    const [[entry], keys] = await Promise.all([myEntries(tx, [entryId]), readLogKeys(tx)]);
    if (!entry?.body) return null;
    const { at: said, rows } = parseBody(entry.body);
    const at = new Date(said);
    const [stated] = rows.map((row) => FeedStated.row.parse(row));
    if (!stated) return null;
    const { gen: generation, n, h: hash, size } = stated;
    const token = await this.tokens.statement(stated, at, keys);
    return { token, generation, n: String(n), hash, treeSize: String(size), at, receipt: new Receipt(entryId) };
  }
}

/** Serialises the statements of one organisation, also its first. */
async function lockLast(tx: Tx, { organisationId }: Viewer): Promise<{ entry: string; seq: string } | undefined> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 2))', [organisationId]);
  const [row] = await tx.query<{ entry: string; seq: string }>(
    'SELECT entry, seq FROM feed_statement WHERE organisation_id = $1',
    [organisationId],
  );
  return row;
}

async function holdsNews(tx: Tx, { organisationId }: Viewer, after: string): Promise<boolean> {
  const [news] = await tx.query<{ found: boolean }>(
    'SELECT EXISTS (SELECT FROM feed WHERE organisation_id = $1 AND seq > $2 AND kind <> $3) AS found',
    [organisationId, after, FeedStated.kind],
  );
  return news?.found ?? false;
}
