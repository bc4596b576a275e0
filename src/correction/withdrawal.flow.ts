import { FALLEN } from '../intake/indicator.states.ts';
import { dropResponsibilities, responsibilityDrafts } from '../intake/responsibility.flow.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { CasesEnded } from '../triage/case.facts.ts';
import { CLOSED_CASES } from '../triage/case.states.ts';
import { LinesWithdrawn } from './correction.facts.ts';
import type { ClosedItem } from '../referral/delegated-item.flow.ts';
import { emptied, lockItems, takeLinesOut } from './lines.queries.ts';
import { ReferralsClosed } from '../referral/referral.facts.ts';
import { settleItems } from './settling.flow.ts';

/**
 * Indicators were withdrawn: a case in which nothing stands any more ends, and with it what was asked because of it.
 * Where something else stands, what was withdrawn goes from what the parties are shown; other reporters hear nothing.
 */
export async function endWithdrawn(clock: Clock, tx: Tx, entries: readonly Recorded[]): Promise<Outcome> {
  const ids = entries.flatMap(({ rows }) => rows.map(({ id }) => id));
  const at = clock.now();
  const { ended, standing } = await endCases(tx, ids);
  const over = ended.map(({ id }) => id);
  const items = await lockItems(tx, [...over, ...standing]);
  const closed = await closeOf(tx, over);
  const lines = await takeLinesOut(tx, ids, 'WITHDRAWN');
  const rest = await closeEmptied(tx, await emptied(tx, ids));
  const touched = await itemsOf(tx, [...closed, ...lines, ...rest]);
  const drafts: Draft[] = [
    ...(await draftsOf(tx, CasesEnded, ended)),
    ...(await draftsOf(tx, ReferralsClosed, [...closed, ...rest])),
    ...(await draftsOf(tx, LinesWithdrawn, lines)),
    ...(await settleItems(
      tx,
      items.filter((id) => touched.has(id)),
      at,
    )),
    ...responsibilityDrafts(await dropResponsibilities(tx, ids, 'WITHDRAWN', at)),
  ];
  await append(tx, theHub(at), drafts);
  return 'done';
}

async function endCases(tx: Tx, indicators: readonly string[]) {
  const locked = await tx.query<{ id: string }>(
    `SELECT c.id FROM triage_case c WHERE c.id IN (SELECT case_id FROM indicator WHERE id = ANY ($1))
        AND c.state NOT IN ${CLOSED_CASES} ORDER BY c.id FOR UPDATE`,
    [indicators],
  );
  // Looked at under the lock: nobody joins a case while it is asked whether anything stands in it.
  const ended = await tx.query<{ id: string; version: number; state: string; basis: string | null }>(
    `UPDATE triage_case c SET state = 'WITHDRAWN', version = version + 1
      WHERE c.id = ANY ($1) AND NOT EXISTS (SELECT FROM indicator i WHERE i.case_id = c.id AND i.outcome NOT IN ${FALLEN})
     RETURNING c.id, c.version, c.state, c.basis`,
    [locked.map(({ id }) => id)],
  );
  const over = new Set(ended.map(({ id }) => id));
  return { ended, standing: locked.map(({ id }) => id).filter((id) => !over.has(id)) };
}

/** What was asked because of these cases is asked no more; also when they end otherwise. What is to be undone stays. */
export async function closeReferrals(tx: Tx, cases: readonly string[], at: Date): Promise<Draft[]> {
  const items = await lockItems(tx, cases);
  const referrals = await closeOf(tx, cases);
  const touched = await itemsOf(tx, referrals);
  return [
    ...(await draftsOf(tx, ReferralsClosed, referrals)),
    ...(await settleItems(
      tx,
      items.filter((id) => touched.has(id)),
      at,
    )),
  ];
}

function closeOf(tx: Tx, cases: readonly string[]): Promise<ClosedItem[]> {
  return tx.query<ClosedItem & object>(
    `UPDATE referral SET state = 'CLOSED', basis = 'CASE_ENDED', version = version + 1
      WHERE case_id = ANY ($1) AND state NOT IN ('RETRACTED', 'CLOSED') RETURNING id, basis`,
    [cases],
  );
}

/** All that they showed was withdrawn, and what else stands in their cases was never shown to these parties. */
function closeEmptied(tx: Tx, referrals: readonly string[]): Promise<ClosedItem[]> {
  return tx.query<ClosedItem & object>(
    `UPDATE referral SET state = 'CLOSED', basis = 'WITHDRAWN', version = version + 1
      WHERE id = ANY ($1) AND state NOT IN ('RETRACTED', 'CLOSED') RETURNING id, basis`,
    [referrals],
  );
}

async function itemsOf(tx: Tx, referrals: readonly { readonly id: string }[]): Promise<Set<string>> {
  const rows = await tx.query<{ item_id: string }>('SELECT DISTINCT item_id FROM referral WHERE id = ANY ($1)', [
    referrals.map(({ id }) => id),
  ]);
  return new Set(rows.map(({ item_id }) => item_id));
}
