import { ReportShared } from '../intake/report.facts.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { CasesJoined } from '../triage/case.facts.ts';
import { DECIDE_WITHIN_MS } from '../triage/case.ts';
import { lapseQuestions } from '../triage/lapsing.service.ts';
import { CasesKept, CasesTaken, IndicatorsTaken, ResourcesTaken } from '../triage/sharing.facts.ts';
import { ReferralsClosed } from './referral.facts.ts';
import { ReferralsTaken } from './transfer.facts.ts';
import { findMoving, keepBack, lockMoving, moveCoordinator, type Moving } from './transfer.queries.ts';

/**
 * Cases were handed over: the old coordinator has heard its last of them, and all that hangs under them moves at once.
 * Where the new one has an open case on the resource, what comes joins it; the old one cannot tell whether it did.
 */
export async function handOver(clock: Clock, tx: Tx, entries: readonly Recorded[]): Promise<Outcome> {
  const at = clock.now();
  const ids = entries.flatMap(({ rows }) => rows.map(({ id }) => id));
  await lockMoving(tx, ids);
  const kept = await draftsOf(tx, CasesKept, await keepBack(tx, ids));
  const moving = await findMoving(tx, ids);
  const lapsed = await lapseQuestions(tx, moving);
  const moved = await moveCoordinator(tx, moving, new Date(at.getTime() + DECIDE_WITHIN_MS));
  await append(tx, theHub(at), [...kept, ...lapsed, ...(await saidOf(tx, moving, moved))]);
  return 'done';
}

async function saidOf(
  tx: Tx,
  moving: readonly Moving[],
  moved: Awaited<ReturnType<typeof moveCoordinator>>,
): Promise<Draft[]> {
  const { cases, joined, referrals, responsibilities, indicators } = moved;
  const moveOf = new Map(moving.map((one) => [one.id, one]));
  const taken = cases.flatMap(({ id, version }) => {
    const one = moveOf.get(id);
    if (!one) return [];
    return [{ id, version, kind: one.kind, resource: one.resource, from: one.fromName, joined: one.joined }];
  });
  const closed = referrals.filter(({ ended }) => ended).map(({ id }) => ({ id, basis: 'CASE_ENDED' }));
  return [
    ...(await draftsOf(tx, CasesTaken, taken)),
    ...(await draftsOf(tx, CasesJoined, joined)),
    ...(await draftsOf(tx, IndicatorsTaken, indicators)),
    ...(await draftsOf(tx, ReferralsTaken, referrals)),
    ...(await draftsOf(tx, ReferralsClosed, closed)),
    ...(await draftsOf(tx, ReportShared, responsibilities.shared)),
    ...(await draftsOf(tx, ResourcesTaken, responsibilities.resources)),
  ];
}
