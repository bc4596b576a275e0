import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { ReferralsResumed } from '../referral/referral.facts.ts';

/**
 * One party holds it to be a false positive: the other referrals of the same case wait for their coordinator. The other
 * parties see that they wait, and not why. What was done is done, and what another coordinator asks is its own affair.
 */
export async function pauseOthers(tx: Tx, declined: readonly string[], at: Date): Promise<{ id: string }[]> {
  if (declined.length === 0) return [];
  const cases = await lockCases(tx, 'SELECT case_id FROM referral WHERE id = ANY ($1)', declined);
  return tx.query<{ id: string }>(
    `UPDATE referral SET paused_at = $3, version = version + 1
      WHERE case_id = ANY ($1) AND id <> ALL ($2) AND paused_at IS NULL AND state NOT IN ('ACTIONED', 'DECLINED', 'RETRACTED', 'CLOSED') RETURNING id`,
    [cases, declined, at],
  );
}

/** The coordinator has confirmed again, having heard of it: what it asks stands. */
export async function liftPauses(clock: Clock, tx: Tx, entries: readonly Recorded[]): Promise<Outcome> {
  const confirmed = new Map(entries.flatMap(({ rows, at }) => rows.map(({ id }) => [id, at])));
  const cases = await lockCases(tx, 'SELECT unnest($1::uuid[])', [...confirmed.keys()]);
  const resumed = await tx.query<{ id: string }>(
    `UPDATE referral f SET paused_at = NULL, version = version + 1 FROM unnest($1::uuid[], $2::timestamptz[]) AS c(id, at)
      WHERE f.case_id = c.id AND f.paused_at <= c.at RETURNING f.id`,
    [cases, cases.map((id) => confirmed.get(id))],
  );
  await append(tx, theHub(clock.now()), await draftsOf(tx, ReferralsResumed, resumed));
  return 'done';
}

/** Two lanes may bring a decision and a doubt about one case at once. */
async function lockCases(tx: Tx, which: string, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM triage_case WHERE id IN (${which}) ORDER BY id FOR UPDATE`,
    [ids],
  );
  return rows.map(({ id }) => id);
}
