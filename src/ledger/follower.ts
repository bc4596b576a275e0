import { Alarm } from '../platform/alarm.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import type { Log } from '../platform/log.ts';
import { beginSpan, NO_SPAN, tellFailure } from '../platform/spans.ts';
import { parseBody, type Actor, type EntryBody } from './entry.ts';
import { factOf, type Fact } from './fact.ts';
import type { Signals } from './signals.ts';

/** Interactive: what a person or one small act did. Bulk: what a transaction of more than 200 rows did. */
export type Lane = 'INTERACTIVE' | 'BULK';

/** An entry as a reaction receives it; its rows parsed by the fact's schema. */
export interface Recorded<Row = { id: string }> {
  readonly position: string;
  readonly entryId: string;
  readonly kind: string;
  readonly at: Date;
  readonly actor: Actor | null;
  readonly rows: readonly Row[];
}

/** 'more': the reaction did a part and wants another transaction for the same entries. */
export type Outcome = 'done' | 'more';
export interface Reaction {
  readonly kind: string;
  /** Whether several entries may be given at once; not where each has an instant of its own. */
  readonly together: boolean;
  readonly run: (tx: Tx, entries: readonly Recorded[]) => Promise<Outcome>;
}

/** One line of the flow: whenever such a fact is in the ledger, this is done, once, in the follower's transaction. */
export function on<Row extends { id: string }>(
  fact: Fact<Row>,
  run: (tx: Tx, entries: readonly Recorded<Row>[]) => Promise<Outcome>,
): Reaction {
  return { kind: fact.kind, together: true, run: run as unknown as Reaction['run'] };
}

/** As `on`, one entry a transaction: for what depends on the entry's own instant. */
export function onEach<Row extends { id: string }>(
  fact: Fact<Row>,
  run: (tx: Tx, entry: Recorded<Row>) => Promise<Outcome>,
): Reaction {
  const one: Reaction['run'] = async (tx, [entry]) => (entry ? run(tx, entry as unknown as Recorded<Row>) : 'done');
  return { kind: fact.kind, together: false, run: one };
}

interface Stored {
  position: string;
  entry_id: string;
  kind: string;
  body: Buffer;
}

/** One row without an entry where there is none, no row where another node has the cursor. */
const NEXT = `WITH mine AS (SELECT position FROM follower WHERE name = $1 FOR UPDATE SKIP LOCKED)
  SELECT h.size, e.* FROM mine CROSS JOIN ledger_head h LEFT JOIN LATERAL (
    SELECT l.position, l.entry_id, l.kind, p.body FROM ledger l JOIN ledger_payload p USING (entry_id)
     WHERE l.position > greatest(mine.position, $2) AND l.lane = $1 AND l.kind = ANY ($3) AND p.body IS NOT NULL
     ORDER BY l.position LIMIT $4) e ON true
   WHERE h.log_id = 1 ORDER BY e.position`;

const POLL_MS = 500;
const READ_AHEAD = 100;
const MAX_BATCH_ROWS = 1000;
export const MAX_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 40;
/** serialization_failure, deadlock_detected, lock_not_available: a lost race says nothing about the entry. */
const LOST_RACES: ReadonlySet<unknown> = new Set(['40001', '40P01', '55P03']);
const UNREADABLE = { id: '' };

/** Who hears when a reaction fails; `onQuarantine` in the transaction that sets the entry aside. */
export interface Trouble {
  readonly log: Log;
  readonly onQuarantine: (tx: Tx, entry: Recorded, error: string) => Promise<void>;
}

/**
 * Follows the ledger in one lane and reacts to each entry exactly once: the cursor moves in the reaction's own
 * transaction. A batch that fails is halved down to the entry; an entry that fails five times is set aside, with an
 * alarm, and the later ones go on.
 */
export class Follower {
  private readonly alarm = new Alarm();
  /** Rung by the end alone: new entries must not use up the attempts of one that fails. */
  private readonly ending = new Alarm();
  private readonly reactions: ReadonlyMap<string, Reaction>;
  private stopped = false;
  private scanned = -1n;
  private loop: Promise<void> = Promise.resolve();
  private ignore: () => void = () => undefined;

  constructor(
    private readonly lane: Lane,
    reactions: readonly Reaction[],
    private readonly work: Work,
    private readonly signals: Pick<Signals, 'onLedger'>,
    private readonly trouble: Trouble,
  ) {
    this.reactions = new Map(reactions.map((reaction) => [reaction.kind, reaction]));
    if (this.reactions.size !== reactions.length)
      throw new Error('Two reactions to one fact: put them in one function.');
  }

  start(): void {
    this.ignore = this.signals.onLedger(() => this.alarm.ring());
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.ignore();
    this.alarm.ring();
    this.ending.ring();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        if (!(await this.step(READ_AHEAD))) await this.alarm.wait(POLL_MS);
      } catch (error) {
        this.trouble.log.error({ lane: this.lane, error: String(error) }, 'the flow could not go on, and tries again');
        await this.alarm.wait(POLL_MS);
      }
    }
  }

  /** One transaction's worth; false when there was nothing to do, or another node is doing it. */
  private async step(limit: number): Promise<boolean> {
    let batch: Recorded[] = [];
    let span = NO_SPAN;
    try {
      const moved = await this.work.asSystem(async (tx) => {
        const entries = await this.take(tx, limit);
        const reaction = this.reactions.get(entries[0]?.kind ?? '');
        batch = reaction?.together ? firstRun(entries) : entries.slice(0, 1);
        const last = batch.at(-1);
        if (!reaction || !last) return false;
        span = beginSpan('reaction', {
          'tocsin.lane': this.lane,
          'tocsin.kind': last.kind,
          'tocsin.entries': batch.length,
        });
        if ((await reaction.run(tx, batch.map(parsed))) === 'done') this.moveCursor(tx, last.position);
        return true;
      });
      span.end();
      return moved;
    } catch (error) {
      tellFailure(span, error);
      span.end();
      if (batch.length === 0 || isLostRace(error)) throw error;
      await this.failed(batch, String(error));
      return batch.length > 1 ? this.step(Math.ceil(batch.length / 2)) : true;
    }
  }

  /** The entries that come next, the cursor locked; none while another node has it. */
  private async take(tx: Tx, limit: number): Promise<Recorded[]> {
    tx.send('INSERT INTO follower (name) VALUES ($1) ON CONFLICT DO NOTHING', [this.lane]);
    const rows = await tx.query<{ size: string } & (Stored | { position: null })>(NEXT, [
      this.lane,
      this.scanned,
      [...this.reactions.keys()],
      limit,
    ]);
    const stored = rows.flatMap((row) => (row.position === null ? [] : [row]));
    // Of the same snapshot as the look, so nothing up to it can still appear: the next one need not start earlier.
    if (rows[0] && stored.length === 0) this.scanned = BigInt(rows[0].size) - 1n;
    return stored.map(recorded);
  }

  private moveCursor(tx: Tx, position: string): void {
    tx.send('UPDATE follower SET position = $2 WHERE name = $1', [this.lane, position]);
  }

  private async failed(batch: readonly Recorded[], error: string): Promise<void> {
    const [entry] = batch;
    this.trouble.log.warn({ lane: this.lane, kind: entry?.kind, entries: batch.length, error }, 'a reaction failed');
    if (batch.length > 1 || !entry) return;
    const attempts = await this.work.asSystem(async (tx) => {
      const [row] = await tx.query<{ attempts: number }>(
        `INSERT INTO follower_failure AS f (name, position, attempts, error) VALUES ($1, $2, 1, $3)
         ON CONFLICT (name, position) DO UPDATE SET attempts = f.attempts + 1, error = excluded.error RETURNING attempts`,
        [this.lane, entry.position, error],
      );
      return row?.attempts ?? MAX_ATTEMPTS;
    });
    if (attempts < MAX_ATTEMPTS) return this.ending.wait(FIRST_PAUSE_MS * 2 ** (attempts - 1));
    await this.quarantine(entry, error);
  }

  private async quarantine(entry: Recorded, error: string): Promise<void> {
    const passed = await this.work.asSystem(async (tx) => {
      // Another node may have done it by now, and more: the cursor never goes back, or those would be done again.
      const [moved] = await tx.query(
        'UPDATE follower SET position = $2 WHERE name = $1 AND position < $2 RETURNING name',
        [this.lane, entry.position],
      );
      if (!moved) return false;
      await tx.query('UPDATE follower_failure SET quarantined_at = now() WHERE name = $1 AND position = $2', [
        this.lane,
        entry.position,
      ]);
      await this.trouble.onQuarantine(tx, entry, error);
      return true;
    });
    const fields = { lane: this.lane, kind: entry.kind, entry: entry.entryId, error };
    if (passed) this.trouble.log.error(fields, 'an entry was quarantined');
  }
}

const isLostRace = (error: unknown): boolean => error instanceof Error && 'code' in error && LOST_RACES.has(error.code);

/** The entries of one kind that stand first, up to as many rows as one transaction should touch. */
function firstRun(entries: readonly Recorded[]): Recorded[] {
  const kind = entries[0]?.kind;
  const run: Recorded[] = [];
  let rows = 0;
  for (const entry of entries) {
    rows += entry.rows.length;
    if (entry.kind !== kind || (run.length > 0 && rows > MAX_BATCH_ROWS)) break;
    run.push(entry);
  }
  return run;
}

function recorded({ position, entry_id, kind, body }: Stored): Recorded {
  const { at, actor, rows } = readable(body);
  return { position, entryId: entry_id, kind, at: new Date(at), actor, rows };
}

/** A body that nobody can read becomes one whose row no fact accepts: set aside like every entry that fails. */
function readable(body: Buffer): Pick<EntryBody, 'at' | 'actor' | 'rows'> {
  try {
    const said = parseBody(body);
    if (Array.isArray(said.rows)) return said;
  } catch {
    // Told by the reaction, whose failure counts.
  }
  return { at: '', actor: null, rows: [UNREADABLE] };
}

function parsed(entry: Recorded): Recorded {
  if (entry.rows[0] === UNREADABLE) throw new Error('The body of the entry cannot be read.');
  const schema = factOf(entry.kind).row;
  return { ...entry, rows: entry.rows.map((row) => schema.parse(row)) };
}
