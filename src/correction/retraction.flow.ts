import { TAKEN_BACK } from '../intake/indicator.states.ts';
import { IndicatorsRetracted } from '../intake/report.facts.ts';
import { dropResponsibilities, responsibilityDrafts } from '../intake/responsibility.flow.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { fellTakenBack } from '../triage/decision.flow.ts';
import { LinesRetracted, ReferralsRetracted } from './correction.facts.ts';
import { CORRECTABLE, emptied, lockItems, takeLinesOut } from './lines.queries.ts';
import { restoreBy, settleItems } from './settling.flow.ts';

interface Retracted {
  readonly id: string;
  readonly reason: string;
  readonly correction: string | null;
  /** Null: all of the case. */
  readonly indicators: readonly string[] | null;
}

const MOST = 1000;

/**
 * What was confirmed is taken back: its reporters hear it, and everyone whom a referral reached is corrected at once.
 * A request in which nothing stands any more asks for the opposite until that is done; from the others the lines go.
 * What another coordinator asks under the same item is neither touched nor told.
 */
export async function correctRetracted(
  clock: Clock,
  tx: Tx,
  { rows, at: decided }: Recorded<Retracted>,
): Promise<Outcome> {
  const at = clock.now();
  await tx.query('SELECT FROM triage_case WHERE id = ANY ($1) ORDER BY id FOR UPDATE', [rows.map(({ id }) => id)]);
  const indicators = await retractIndicators(tx, rows);
  const ids = indicators.map(({ id }) => id);
  const more = indicators.length === MOST;
  const drafts = [
    ...(await draftsOf(tx, IndicatorsRetracted, indicators)),
    ...responsibilityDrafts(await dropResponsibilities(tx, ids, 'RETRACTED', at)),
    // Once every indicator says so: what stands in a referral is asked of them.
    ...(more ? [] : await correct(tx, rows, decided)),
    ...(more ? [] : await fellTakenBack(tx, rows)),
  ];
  await append(tx, theHub(at), drafts);
  return more ? 'more' : 'done';
}

function retractIndicators(
  tx: Tx,
  rows: readonly Retracted[],
): Promise<{ id: string; outcome: string; reason: string }[]> {
  const named = rows.flatMap(({ id, indicators }) => (indicators ?? []).map((indicator) => ({ id, indicator })));
  return tx.query<{ id: string; outcome: string; reason: string }>(
    `UPDATE indicator i SET outcome = 'RETRACTED', version = i.version + 1
       FROM (SELECT i.id, c.reason FROM unnest($1::uuid[], $2::text[], $3::boolean[]) AS c(id, reason, whole) JOIN indicator i ON i.case_id = c.id
              WHERE i.outcome NOT IN ${TAKEN_BACK} AND (c.whole OR i.id = ANY ($4)) ORDER BY i.id LIMIT ${MOST} FOR UPDATE OF i) r
      WHERE i.id = r.id RETURNING i.id, i.outcome, r.reason`,
    [
      rows.map(({ id }) => id),
      rows.map(({ reason }) => reason),
      rows.map(({ indicators }) => indicators === null),
      named.map(({ indicator }) => indicator),
    ],
  );
}

async function correct(tx: Tx, rows: readonly Retracted[], at: Date): Promise<Draft[]> {
  const caseOf = new Map(rows.map((row) => [row.id, row]));
  const items = await lockItems(tx, [...caseOf.keys()]);
  const named = rows.flatMap(({ indicators }) => indicators ?? []);
  const lines = await takeLinesOut(tx, named, 'RETRACTED');
  const whole = rows.filter(({ indicators }) => indicators === null).map(({ id }) => id);
  const retracted = await retractReferrals(tx, whole, await emptied(tx, named), rows, at);
  return [
    ...(await draftsOf(
      tx,
      LinesRetracted,
      lines.flatMap(({ id, case_id, observables }) => {
        const row = caseOf.get(case_id);
        return row ? [{ id, observables, reason: row.reason, correction: row.correction }] : [];
      }),
    )),
    ...(await draftsOf(tx, ReferralsRetracted, retracted)),
    ...(await settleItems(tx, items, at)),
  ];
}

/** Not told yet of this: the party's next word of having read its feed is the proof that it knows of its mistake. */
async function retractReferrals(
  tx: Tx,
  cases: readonly string[],
  referrals: readonly string[],
  rows: readonly Retracted[],
  at: Date,
) {
  const dueAt = restoreBy(at);
  const retracted = await tx.query<{ id: string; reason: string; correction: string | null }>(
    `UPDATE referral f SET state = 'RETRACTED', basis = NULL, requested_action = 'RESTORE', due_at = $6, told = false, paused_at = NULL, review_until = NULL,
        retract_reason = c.reason, correction = c.correction, version = f.version + 1
       FROM unnest($3::uuid[], $4::text[], $5::text[]) AS c(id, reason, correction)
      WHERE c.id = f.case_id AND (f.case_id = ANY ($1) OR f.id = ANY ($2)) AND ${CORRECTABLE}
     RETURNING f.id, f.retract_reason AS reason, f.correction`,
    [
      ...[cases, referrals],
      rows.map(({ id }) => id),
      rows.map(({ reason }) => reason),
      rows.map(({ correction }) => correction),
      dueAt,
    ],
  );
  return retracted.map((row) => ({ ...row, requestedAction: 'RESTORE' as const, dueAt: dueAt.toISOString() }));
}
