import { FALLEN } from '../intake/indicator.states.ts';
import { dropResponsibilities, responsibilityDrafts } from '../intake/responsibility.flow.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { CasesEnded } from '../triage/case.facts.ts';
import { closeChildren } from './delegation.queries.ts';
import type { ClosedBasis } from './inbox-item.states.ts';
import { CLOSED_CASES } from '../triage/case.states.ts';
import { ItemsClosed, ReferralsClosed } from './referral.facts.ts';

interface Ended {
  id: string;
  basis: ClosedBasis;
}

/** Indicators were withdrawn: a case in which nothing stands any more ends, and with it what was asked because of it. */
export async function endWithdrawn(clock: Clock, tx: Tx, entries: readonly Recorded[]): Promise<Outcome> {
  const ids = entries.flatMap(({ rows }) => rows.map(({ id }) => id));
  const at = clock.now();
  const ended = await endCases(tx, ids);
  const drafts: Draft[] = [
    ...(await draftsOf(tx, CasesEnded, ended)),
    ...(await closeReferrals(
      tx,
      ended.map(({ id }) => id),
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
  return tx.query<{ id: string; version: number; state: string; basis: string | null }>(
    `UPDATE triage_case c SET state = 'WITHDRAWN', version = version + 1
      WHERE c.id = ANY ($1) AND NOT EXISTS (SELECT FROM indicator i WHERE i.case_id = c.id AND i.outcome NOT IN ${FALLEN})
     RETURNING c.id, c.version, c.state, c.basis`,
    [locked.map(({ id }) => id)],
  );
}

/** What was asked because of these cases is asked no more; also when they end otherwise. */
export async function closeReferrals(tx: Tx, cases: readonly string[]): Promise<Draft[]> {
  const items = await tx.query<{ id: string }>(
    `SELECT b.id FROM inbox_item b WHERE b.id IN (SELECT item_id FROM referral WHERE case_id = ANY ($1) AND state <> 'CLOSED') ORDER BY b.id FOR UPDATE`,
    [cases],
  );
  const referrals = await tx.query<Ended>(
    `UPDATE referral SET state = 'CLOSED', basis = 'CASE_ENDED', version = version + 1
      WHERE case_id = ANY ($1) AND state <> 'CLOSED' RETURNING id, basis`,
    [cases],
  );
  const closed = await tx.query<Ended>(
    `UPDATE inbox_item b SET state = 'CLOSED', basis = 'CASE_ENDED', next_at = NULL, version = version + 1 WHERE b.id = ANY ($1) AND b.state <> 'CLOSED'
        AND NOT EXISTS (SELECT FROM referral f WHERE f.item_id = b.id AND f.state <> 'CLOSED') RETURNING b.id, b.basis`,
    [items.map(({ id }) => id)],
  );
  const children = await closeChildren(
    tx,
    closed.map(({ id }) => id),
    'CASE_ENDED',
  );
  return [
    ...(await draftsOf(tx, ReferralsClosed, referrals)),
    ...(await draftsOf(tx, ItemsClosed, [...closed, ...children])),
  ];
}
