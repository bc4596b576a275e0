import { draft, type Draft } from '../ledger/fact.ts';
import type { Tx } from '../platform/database/tx.ts';
import { ResponsibilitiesChanged } from './report.facts.ts';
import { RESOLVE, RETURNED } from './responsibility.queries.ts';
import type { ResponsibilityState } from './responsibility.entity.ts';

/** A responsibility as an entry tells its reporter of it. */
export interface ChangedResponsibility {
  readonly id: string;
  readonly resource: string;
  readonly role: string;
  readonly party: string | null;
  readonly state: string;
  readonly reason: string | null;
}

/**
 * Entries for the reporters; one each, since no reporter may hear of another. In an order of our own: that of the
 * statement follows the ids of cases, and an older case would give away that somebody else had reported it before.
 */
export function responsibilityDrafts(changed: readonly ChangedResponsibility[]): Draft[] {
  const place = ({ id, resource, role }: ChangedResponsibility): string => `${id} ${resource} ${role}`;
  const rows = changed.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((each) => draft(ResponsibilitiesChanged, each));
}

/** A resource of a report, in a case. */
export interface Pair {
  readonly reportId: string;
  readonly resource: Buffer;
  readonly caseId: string;
}

/**
 * Who can act, as verified claims say now: by what these very reports and their look-ups know, and by the coordinator's
 * word, never by what was found for somebody else's. May be asked again at any time: it answers with what changed. What
 * was sent or told stays, whatever became of the claim.
 */
export async function resolveResponsibilities(
  tx: Tx,
  pairs: readonly Pair[],
  at: Date,
): Promise<ChangedResponsibility[]> {
  const distinct = [...new Map(pairs.map((pair) => [`${pair.reportId} ${pair.caseId}`, pair])).values()];
  return tx.query<ChangedResponsibility & object>(RESOLVE, [
    distinct.map(({ reportId }) => reportId),
    distinct.map(({ resource }) => resource),
    distinct.map(({ caseId }) => caseId),
    at,
  ]);
}

/** What became of referrals, for the reporters whose indicators are in them. States only go forward. */
export interface Progress {
  readonly referralId: string;
  readonly state: ResponsibilityState;
  readonly reason: string | null;
}

export function markByReferral(tx: Tx, progress: readonly Progress[], at: Date): Promise<ChangedResponsibility[]> {
  return tx.query<ChangedResponsibility & object>(
    `UPDATE responsibility x SET state = p.state, reason = p.reason, told_at = coalesce(x.told_at, $4), since = $4
       FROM unnest($1::uuid[], $2::text[], $3::text[]) AS p(referral, state, reason)
      WHERE x.referral_id = p.referral AND (x.state, coalesce(x.reason, '')) <> (p.state, coalesce(p.reason, ''))
        AND array_position('{NOT_TOLD,TOLD,ACKNOWLEDGED,ACTED_ON_WORD}'::text[], p.state) >= array_position('{NOT_TOLD,TOLD,ACKNOWLEDGED,ACTED_ON_WORD}'::text[], x.state)
     RETURNING ${RETURNED}`,
    [
      progress.map(({ referralId }) => referralId),
      progress.map(({ state }) => state),
      progress.map(({ reason }) => reason),
      at,
    ],
  );
}
