import { draft, type Draft } from '../ledger/fact.ts';
import type { Tx } from '../platform/database/tx.ts';
import { TAKEN_BACK } from './indicator.states.ts';
import { ResponsibilitiesChanged } from './report.facts.ts';
import { resolveStatement } from './responsibility.queries.ts';
import type { ResponsibilityState } from './responsibility.states.ts';

/** A responsibility as an entry tells its reporter of it. */
export interface ChangedResponsibility {
  readonly id: string;
  readonly kind: string;
  readonly resource: string;
  readonly role: string;
  readonly party: string | null;
  readonly state: string;
  readonly reason: string | null;
}

/** What a statement that changes `responsibility AS x` returns, for its entry. */
export const CHANGED_RESPONSIBILITY =
  'x.report_id AS id, x.resource_kind AS kind, x.resource_value AS resource, x.role, x.party, x.state, x.reason';

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
 * was sent or told stays, whatever became of the claim. What had been given up begins anew when the resource is
 * `reported` again; what is known already is then told as it stands, in the place of the question.
 */
export async function resolveResponsibilities(
  tx: Tx,
  pairs: readonly Pair[],
  at: Date,
  { reported }: { readonly reported: boolean },
): Promise<ChangedResponsibility[]> {
  const distinct = [...new Map(pairs.map((pair) => [`${pair.reportId} ${pair.caseId}`, pair])).values()];
  return tx.query<ChangedResponsibility & object>(RESOLVE, [
    distinct.map(({ reportId }) => reportId),
    distinct.map(({ resource }) => resource),
    distinct.map(({ caseId }) => caseId),
    at,
    reported,
  ]);
}

const RESOLVE = resolveStatement(CHANGED_RESPONSIBILITY);

/** What became of referrals, for the reporters whose indicators are in them. States only go forward. */
export interface Progress {
  readonly referralId: string;
  readonly state: ResponsibilityState;
  readonly reason: string | null;
  readonly answer?: PartyAnswer;
}

/** As much of a party's answer as a reporter may know: its note is for the coordinator. */
export interface PartyAnswer {
  readonly final: boolean;
  readonly action: string | null;
  readonly actedAt: string | null;
  readonly declineReason: string | null;
  readonly providerReference: string | null;
}

export function markByReferral(tx: Tx, progress: readonly Progress[], at: Date): Promise<ChangedResponsibility[]> {
  return tx.query<ChangedResponsibility & object>(
    `UPDATE responsibility x SET state = p.state, reason = p.reason, told_at = coalesce(x.told_at, $4),
        since = CASE WHEN (x.state, coalesce(x.reason, '')) = (p.state, coalesce(p.reason, '')) THEN x.since ELSE $4 END,
        acknowledged_at = CASE WHEN p.state = 'TOLD' THEN x.acknowledged_at ELSE coalesce(x.acknowledged_at, $4) END,
        answered_at = CASE WHEN p.final THEN $4 ELSE x.answered_at END,
        action = coalesce(p.action, x.action), acted_at = coalesce(p.acted, x.acted_at),
        decline_reason = CASE WHEN p.final THEN p.declined ELSE x.decline_reason END,
        provider_reference = coalesce(p.reference, x.provider_reference)
       FROM unnest($1::uuid[], $2::text[], $3::text[], $5::boolean[], $6::text[], $7::timestamptz[], $8::text[], $9::text[])
         AS p(referral, state, reason, final, action, acted, declined, reference)
      WHERE x.referral_id = p.referral
        AND (p.final OR (x.state, coalesce(x.reason, '')) <> (p.state, coalesce(p.reason, '')) OR p.reference <> coalesce(x.provider_reference, ''))
        AND array_position('{NOT_TOLD,TOLD,ACKNOWLEDGED,ACTED_ON_WORD}'::text[], p.state) >= array_position('{NOT_TOLD,TOLD,ACKNOWLEDGED,ACTED_ON_WORD}'::text[], x.state)
     RETURNING ${CHANGED_RESPONSIBILITY}`,
    [
      progress.map(({ referralId }) => referralId),
      progress.map(({ state }) => state),
      progress.map(({ reason }) => reason),
      at,
      progress.map(({ answer }) => answer?.final ?? false),
      progress.map(({ answer }) => answer?.action ?? null),
      progress.map(({ answer }) => answer?.actedAt ?? null),
      progress.map(({ answer }) => answer?.declineReason ?? null),
      progress.map(({ answer }) => answer?.providerReference ?? null),
    ],
  );
}

/** Of these indicators: a resource on which nothing of the report stands any more is nobody's to be told of. */
export function dropResponsibilities(
  tx: Tx,
  indicators: readonly string[],
  reason: 'WITHDRAWN' | 'RETRACTED' | 'REJECTED',
  at: Date,
): Promise<ChangedResponsibility[]> {
  return tx.query<ChangedResponsibility & object>(
    `UPDATE responsibility x SET state = 'NOT_APPLICABLE', reason = $3, since = $2
       FROM (SELECT DISTINCT reporter_id, report_id, resource FROM indicator WHERE id = ANY ($1) AND resource IS NOT NULL) w
      WHERE x.reporter_id = w.reporter_id AND x.report_id = w.report_id AND x.resource = w.resource AND x.state <> 'NOT_APPLICABLE'
        AND NOT EXISTS (SELECT FROM indicator i
          WHERE i.reporter_id = w.reporter_id AND i.report_id = w.report_id AND i.resource = w.resource AND i.outcome NOT IN ${TAKEN_BACK})
     RETURNING ${CHANGED_RESPONSIBILITY}`,
    [indicators, at, reason],
  );
}
