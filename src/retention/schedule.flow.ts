import { append, theHub } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { Outcome } from '../ledger/follower.ts';
import type { Tx } from '../platform/database/tx.ts';
import { newId } from '../platform/ids.ts';
import { ErasureOrdered } from './erasure.facts.ts';
import {
  forgetAnswersOf,
  forgetFailures,
  forgetLookups,
  forgetSessions,
  PART,
  reportsOver,
  type Overdue,
} from './schedule.queries.ts';
import { before, firstIdAt, SCHEDULE, type Keeping, type Kept } from './schedule.ts';

const AGED = 'The time for which this hub keeps reports that are over has passed.';

/** What is due by age, in parts. What no entry is about is deleted; of what entries are about, words are erased. */
export async function forgetWhatIsOver(tx: Tx, now: Date, { reportDays }: Keeping): Promise<Outcome> {
  const due = (what: Kept): Date => before(now, SCHEDULE[what].days);
  const forgotten = [
    await forgetAnswersOf(tx, due('idempotency')),
    await forgetLookups(tx, due('lookup')),
    await forgetSessions(tx, due('session')),
    await forgetFailures(tx, due('follower_failure')),
  ];
  const at = reportDays === null ? null : before(now, reportDays);
  const reports = at ? await reportsOver(tx, at, firstIdAt(at)) : [];
  await orderErasures(tx, now, reports);
  return reports.length > 0 || forgotten.includes(PART) ? 'more' : 'done';
}

/** As an operator's own order would be, and heard like one: that it was age is the reason that everybody reads. */
async function orderErasures(tx: Tx, now: Date, reports: readonly Overdue[]): Promise<void> {
  if (reports.length === 0) return;
  const orders = reports.map(({ operator, entry }) => ({ id: newId(), operator, entry }));
  await tx.query(
    `INSERT INTO erasure (id, organisation_id, entry_id, reason, ordered_at) SELECT x.id, x.operator, x.entry, $4, $5
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS x(id, operator, entry)`,
    [orders.map(({ id }) => id), orders.map(({ operator }) => operator), orders.map(({ entry }) => entry), AGED, now],
  );
  const rows = orders.map(({ id, operator, entry }) => ({ id: operator, erasure: id, entry, reason: AGED }));
  await append(
    tx,
    theHub(now),
    [...Map.groupBy(rows, ({ id }) => id).values()].map((of) => draft(ErasureOrdered, of)),
  );
}
