import { appendOne, theHub } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { Signals } from '../ledger/signals.ts';
import type { ResourceKind } from '../observable/observable.ts';
import { Alarm } from '../platform/alarm.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import type { Log } from '../platform/log.ts';
import { readFound, type FoundFact, type Lookup } from './lookup.ts';
import { PartiesResolved } from './party.facts.ts';

interface Due {
  id: string;
  case_id: string;
  report_id: string;
  resource_kind: ResourceKind;
  value: string;
  host: string | null;
  attempts: number;
}

const AT_ONCE = 20;
const POLL_MS = 500;
const GIVE_UP_AFTER_MS = 10_000;
/** Longer than an answer may take: nobody else asks meanwhile. */
const LEASE_MS = 30_000;
const MOST_ATTEMPTS = 3;

export interface LookupOptions {
  readonly documentation: boolean;
  readonly signals: Signals;
  readonly log: Log;
}

/**
 * Asks the world, outside of every transaction: takes what is due, asks, and writes down the answer with a fact of its
 * own, by which the flow goes on. A node that dies in between leaves a lease that runs out.
 */
export class Lookups {
  private readonly alarm = new Alarm();
  private stopped = false;
  private loop: Promise<void> = Promise.resolve();
  private ignore: () => void = () => undefined;
  private readonly ending = new AbortController();

  constructor(
    private readonly lookup: Lookup,
    private readonly work: Work,
    private readonly clock: Clock,
    private readonly options: LookupOptions,
  ) {}

  start(): void {
    this.ignore = this.options.signals.onLedger(() => this.alarm.ring());
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.ignore();
    this.ending.abort();
    this.alarm.ring();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        const due = await this.work.asSystem((tx) => this.take(tx));
        await Promise.all(due.map((one) => this.answer(one)));
        if (due.length === 0) await this.alarm.wait(POLL_MS);
      } catch (error) {
        this.options.log.error({ error: String(error) }, 'look-ups could not go on, and are tried again');
        await this.alarm.wait(POLL_MS);
      }
    }
  }

  private take(tx: Tx): Promise<Due[]> {
    const now = this.clock.now();
    return tx.query<Due & object>(
      `UPDATE lookup SET attempts = attempts + 1, next_at = $2 WHERE id IN (
          SELECT id FROM lookup WHERE state = 'WAITING' AND next_at <= $1 ORDER BY next_at LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED)
       RETURNING id, case_id, report_id, resource_kind, value, host, attempts`,
      [now, new Date(now.getTime() + LEASE_MS)],
    );
  }

  private async answer(due: Due): Promise<void> {
    const facts = await this.ask(due);
    if (this.stopped || (facts === null && due.attempts < MOST_ATTEMPTS)) return;
    await this.work.asSystem((tx) => this.writeDown(tx, due, facts));
  }

  /** Null: there was no answer. It is asked again when the lease has run out. */
  private async ask({ id, resource_kind: kind, value, host, attempts }: Due): Promise<FoundFact[] | null> {
    const signal = AbortSignal.any([this.ending.signal, AbortSignal.timeout(GIVE_UP_AFTER_MS)]);
    try {
      const found = await this.lookup.find({ kind, value, host }, signal);
      return found === null ? [] : readFound(found, { kind, value }, this.options);
    } catch (error) {
      // The error may hold what a reporter sent, which no line of the log ever does.
      const name = error instanceof Error ? error.name : 'unknown';
      this.options.log.warn({ lookup: id, attempts, error: name }, 'a look-up failed');
      return null;
    }
  }

  /** Under the lock of the case: whoever is made a reader of it hears the entry, or reads the row. */
  private async writeDown(tx: Tx, { id, case_id, report_id }: Due, facts: readonly FoundFact[] | null): Promise<void> {
    await tx.query('SELECT FROM triage_case WHERE id = $1 FOR UPDATE', [case_id]);
    const [open] = await tx.query("UPDATE lookup SET state = $2 WHERE id = $1 AND state = 'WAITING' RETURNING id", [
      id,
      facts === null ? 'FAILED' : 'DONE',
    ]);
    if (!open) return;
    const at = this.clock.now();
    const known = facts ?? [];
    await tx.query(
      `INSERT INTO party_fact (id, object_id, report_id, source, kind, role, value, seen_at, noted_at)
       SELECT gen_random_uuid(), $1, $2, 'LOOKUP', f.kind, f.role, f.value, coalesce(f.seen_at, $3), $3
         FROM unnest($4::text[], $5::text[], $6::text[], $7::timestamptz[]) AS f(kind, role, value, seen_at) ON CONFLICT DO NOTHING`,
      [
        case_id,
        report_id,
        at,
        known.map(({ kind }) => kind),
        known.map(({ role }) => role),
        known.map(({ value }) => value),
        known.map(({ seenAt }) => seenAt),
      ],
    );
    await appendOne(tx, theHub(at), draft(PartiesResolved, [{ id: case_id, facts: known.length }]));
  }
}
