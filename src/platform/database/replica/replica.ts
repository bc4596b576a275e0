import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';
import type { DataSource } from 'typeorm';

import type { Log } from '../../log.ts';
import { within } from '../../within.ts';
import type { Looking } from './looking.ts';
import type { Mark, PrimaryMark } from './primary-mark.ts';
import { ReplicaLook } from './replica-look.ts';
import { sentTogether } from '../sent-together.ts';
import { Transaction, type Opening } from '../transaction.ts';

/** `behind`: not there in time; `severed`: no standby of this primary any more; `away`: did not answer. */
type Absence = 'behind' | 'severed' | 'away';
/** `level` was answered by the replica, everything else by the primary: also what belongs to a change, or was lost. */
export type LookReason = 'level' | Absence | 'change' | 'lost';

class Absent extends Error {
  constructor(
    readonly why: Absence,
    message = `The replica is ${why}.`,
  ) {
    super(message);
  }
}

/** What a look waits for the replica to have come as far as the primary; what that takes is a few milliseconds. */
const PATIENCE_MS = 30;
/** However busy this node is, so that its own haste is not taken for the replica's lag. */
const LEAST_ASKED = 4;
/** For any answer of the replica, beyond that. */
const GRACE_MS = 500;
/** How long nobody asks a replica that was absent: so that not each look waits for nothing. Then one look tries. */
const REST_MS: Readonly<Record<Absence, number>> = { behind: 250, severed: 1_000, away: 1_000 };
const LONGEST_PAUSE_MS = 8;
const HUNG_MS = 5_000;

const STANDING = { name: 'replica_standing', text: 'SELECT replica_standing($1, $2, $3, $4) AS standing' };
const WHAT_TO_DO: Readonly<Record<string, string>> = {
  BLIND:
    'Nobody may say which timeline it follows: as a superuser, GRANT pg_read_all_stats TO tocsin_definer WITH INHERIT TRUE.',
  SEVERED: 'It is promoted, does not follow the primary, follows another timeline, or is of another hub.',
};

export interface ReplicaParts {
  /** Its pool of connections, once it can be reached. */
  readonly connect: () => Promise<DataSource>;
  readonly primary: PrimaryMark;
  readonly log: Log;
  /** Milliseconds; else 30. */
  readonly patienceMs?: number | undefined;
}

/**
 * A standby that looks are sent to, where it holds all that anybody can have been told: all that the primary has flushed
 * when the look begins. Where it does not within some milliseconds, the primary is asked.
 */
export class Replica {
  private pool: Promise<DataSource> | null = null;
  private resting: { readonly why: Absence; readonly until: number } | null = null;
  private readonly counts = new Map<LookReason, number>();
  private readonly patienceMs: number;

  constructor(private readonly parts: ReplicaParts) {
    this.patienceMs = parts.patienceMs ?? PATIENCE_MS;
  }

  /** Who answered looks, and why, since the node began. */
  get looks(): ReadonlyMap<LookReason, number> {
    return this.counts;
  }

  /** Null: the primary is to be asked. */
  async open(opening: Opening, looking: Looking): Promise<ReplicaLook | null> {
    const why = looking.onPrimary ?? this.restsFor();
    if (why !== null) return this.leaves(why);
    try {
      const look = await inTime(this.begin(opening), this.patienceMs + GRACE_MS);
      this.rises();
      this.count('level');
      return new ReplicaLook(look, looking);
    } catch (error) {
      return this.leaves(this.rests(error));
    }
  }

  /** Bytes of the primary's log that it has not replayed, and how old what it shows is. Throws while it is not there. */
  async lag(): Promise<{ readonly bytes: number; readonly seconds: number }> {
    const { lsn } = await this.parts.primary.get();
    const [row] = await (
      await this.connected()
    ).query<{ bytes: string; seconds: number | null }[]>(
      `SELECT greatest(pg_wal_lsn_diff($1, pg_last_wal_replay_lsn()), 0) AS bytes,
          extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS seconds`,
      [lsn],
    );
    const bytes = Number(row?.bytes ?? NaN);
    return { bytes, seconds: bytes === 0 ? 0 : (row?.seconds ?? NaN) };
  }

  /** Connects, so that the first look need not. */
  start(): void {
    this.connected().catch(() => undefined);
  }

  async stop(): Promise<void> {
    const pool = await this.pool?.catch(() => null);
    await pool?.destroy();
    await this.parts.primary.stop();
  }

  private async begin(opening: Opening): Promise<Transaction> {
    const deadline = performance.now() + this.patienceMs;
    const [mark, source] = await Promise.all([this.parts.primary.get(), this.connected()]);
    return Transaction.open(source, { ...opening, before: (client) => this.isLevel(client, mark, deadline) });
  }

  /** Once it is, what BEGIN shows is no older: it is asked on the same connection. */
  private async isLevel(client: pg.PoolClient, mark: Mark, deadline: number): Promise<void> {
    for (let asked = 1; ; asked += 1) {
      const standing = await standingOf(client, mark);
      if (standing === 'LEVEL') return;
      if (standing !== 'BEHIND') throw new Absent('severed', WHAT_TO_DO[standing]);
      const wait = Math.min(2 ** (asked - 1), LONGEST_PAUSE_MS);
      if (asked >= LEAST_ASKED && performance.now() + wait > deadline) throw new Absent('behind');
      await pause(wait);
    }
  }

  private connected(): Promise<DataSource> {
    const pool = (this.pool ??= this.parts.connect());
    pool.catch(() => {
      if (this.pool === pool) this.pool = null;
    });
    return pool;
  }

  private restsFor(): Absence | null {
    if (!this.resting) return null;
    const { why, until } = this.resting;
    if (performance.now() < until) return why;
    // This one tries; the others rest on until it knows.
    this.resting = { why, until: performance.now() + REST_MS[why] };
    return null;
  }

  private rests(error: unknown): Absence {
    const why = error instanceof Absent ? error.why : 'away';
    if (this.resting?.why !== why)
      this.parts.log.warn({ why, error: String(error) }, 'looks go to the primary: the replica is not there for them');
    this.resting = { why, until: performance.now() + REST_MS[why] };
    return why;
  }

  private rises(): void {
    if (!this.resting) return;
    this.resting = null;
    this.parts.log.info({}, 'looks go to the replica again');
  }

  private leaves(why: LookReason): null {
    this.count(why);
    return null;
  }

  private count(reason: LookReason): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }
}

/** The look, where it is open in time; one that opens later is closed again. */
async function inTime(opening: Promise<Transaction>, ms: number): Promise<Transaction> {
  const timer = new AbortController();
  const late = pause(ms, null, { signal: timer.signal }).catch(() => null);
  const look = await Promise.race([opening.finally(() => timer.abort()), late]);
  if (look) return look;
  opening.then(discard, () => undefined);
  throw new Absent('away');
}

async function discard(look: Transaction): Promise<void> {
  await look.rollback().catch(() => undefined);
  await look.release();
}

/** A connection that does not answer is destroyed (TypeORM does it when the client fails): nobody else is to wait for it. */
async function standingOf(client: pg.PoolClient, { lsn, timeline, size, leaf }: Mark): Promise<string> {
  const asked = sentTogether<{ standing: string }>(client, { ...STANDING, values: [lsn, timeline, size, leaf] });
  const { rows } = await within(HUNG_MS, asked, () => client.emit('error', new Error('The replica stands still.')));
  return rows[0]?.standing ?? '';
}
