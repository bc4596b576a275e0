import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import type { Lane } from './follower.ts';

/** What was committed and has no number yet. */
export interface Backlog {
  /** Entries; counted to 100,000. */
  readonly entries: number;
  /** Age of the oldest; 0 where there is none. */
  readonly oldestSeconds: number;
}

/** Who reads the ledger on behalf of the hub: the lanes of the flow, the tree, and who signs it. */
export type Consumer = 'interactive' | 'bulk' | 'tree' | 'checkpoint';

/** How far the ledger, and what follows from it, has come. */
export interface Progress {
  readonly backlog: Backlog;
  /** Entries that each still has before it. A lane has those alone to which something reacts. */
  readonly behind: Readonly<Record<Consumer, number>>;
  /** Null: nothing was signed yet. It grows while nothing new is to be signed. */
  readonly checkpointAgeSeconds: number | null;
  /** Entries that were set aside, because their reaction failed. */
  readonly quarantined: number;
}

const COUNTED = 100_000;
const LANES: readonly [Lane, Consumer][] = [
  ['INTERACTIVE', 'interactive'],
  ['BULK', 'bulk'],
];

/** A cheap look: the inbox is short unless the numbering stands. */
export async function readBacklog(tx: Tx): Promise<Backlog> {
  const [row] = await tx.query<{ entries: number; oldest: string | null }>(
    `SELECT (SELECT count(*)::int FROM (SELECT FROM ledger_inbox LIMIT ${COUNTED}) q) AS entries,
            (SELECT entry_id FROM ledger_inbox ORDER BY ticket LIMIT 1) AS oldest`,
  );
  return { entries: row?.entries ?? 0, oldestSeconds: row?.oldest ? ageOf(row.oldest) : 0 };
}

/** Of a UUIDv7, whose first 48 bits are milliseconds (RFC 9562 5.7). PostgreSQL 17 does not read them. */
function ageOf(id: string): number {
  const madeAt = parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  return Math.max(0, (Date.now() - madeAt) / 1_000);
}

/** Looks at the progress of one ledger, for who watches the hub. */
export class ProgressReader {
  /** Of each lane: up to where there was nothing for it when it was looked last, so that no look is a long one. */
  private readonly clear = new Map<Lane, string>();

  constructor(
    private readonly work: Work,
    /** Kinds of entries to which the flow reacts. */
    private readonly kinds: readonly string[],
  ) {}

  read(): Promise<Progress> {
    return this.work.readAsSystem(async (tx) => {
      const [row] = await tx.query<{ size: string; tree: string; signed: string; age: string | null; failed: string }>(
        `SELECT h.size, h.size - t.size AS tree, h.size - coalesce(c.size, 0) AS signed, extract(epoch FROM now() - c.signed_at) AS age,
            (SELECT count(*) FROM follower_failure WHERE quarantined_at IS NOT NULL) AS failed
           FROM ledger_head h JOIN ledger_tree t USING (log_id)
           LEFT JOIN (SELECT size, signed_at FROM ledger_checkpoint ORDER BY size DESC LIMIT 1) c ON true WHERE h.log_id = 1`,
      );
      if (!row) throw new Error('The database holds no ledger.');
      const behind = { interactive: 0, bulk: 0, tree: Number(row.tree), checkpoint: Number(row.signed) };
      for (const [lane, consumer] of LANES) behind[consumer] = await this.before(tx, lane, row.size);
      const checkpointAgeSeconds = row.age === null ? null : Math.max(0, Number(row.age));
      return { backlog: await readBacklog(tx), behind, checkpointAgeSeconds, quarantined: Number(row.failed) };
    });
  }

  private async before(tx: Tx, lane: Lane, size: string): Promise<number> {
    const [row] = await tx.query<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM (SELECT FROM ledger l WHERE l.lane = $1 AND l.kind = ANY ($2)
          AND l.position > greatest($3::bigint, (SELECT position FROM follower WHERE name = $1)) LIMIT ${COUNTED}) q`,
      [lane, this.kinds, this.clear.get(lane) ?? '-1'],
    );
    const waiting = row?.waiting ?? 0;
    if (waiting === 0) this.clear.set(lane, String(BigInt(size) - 1n));
    return waiting;
  }
}
