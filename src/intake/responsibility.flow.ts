import { draft, type Draft } from '../ledger/fact.ts';
import type { Tx } from '../platform/database/tx.ts';
import { ResponsibilitiesChanged } from './report.facts.ts';
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

const RETURNED = 'x.report_id AS id, x.resource_value AS resource, x.role, x.party, x.state, x.reason';

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

/** Reasons under which nobody has been told, or is on the way of being told: they follow what is known of the parties. */
const OPEN = "('RESOLVING', 'IN_TRIAGE', 'NO_CLAIM', 'NO_CLAIM_KIND', 'NO_CHANNEL')";

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
  return tx.query<ChangedResponsibility & object>(
    `WITH pair AS (
         SELECT p.*, r.owner_id, c.coordinator_id, c.resource_kind, c.value,
             EXISTS (SELECT FROM lookup l WHERE l.report_id = p.report_id AND l.case_id = p.case_id AND l.state = 'WAITING') AS asking
           FROM unnest($1::uuid[], $2::bytea[], $3::uuid[]) AS p(report_id, resource, case_id)
           JOIN report r ON r.id = p.report_id JOIN triage_case c ON c.id = p.case_id),
       found AS MATERIALIZED (SELECT * FROM match_parties($3, $1)),
       known AS (SELECT p.*, x.role FROM pair p JOIN responsibility x
           ON x.reporter_id = p.owner_id AND x.report_id = p.report_id AND x.resource = p.resource AND x.role <> '*'),
       wanted AS (
         SELECT p.*, f.role, f.provider_name AS party, f.provider_id AS party_id, 'IN_TRIAGE' AS reason FROM pair p JOIN found f USING (case_id, report_id)
         UNION ALL
         SELECT p.*, '*', NULL, NULL, CASE WHEN p.asking THEN 'RESOLVING' WHEN roles_that_act(p.resource_kind) = '{}' THEN 'NO_CLAIM_KIND' ELSE 'NO_CLAIM' END
           FROM pair p WHERE NOT EXISTS (SELECT FROM found f WHERE f.case_id = p.case_id AND f.report_id = p.report_id)
            AND NOT EXISTS (SELECT FROM known k WHERE k.report_id = p.report_id AND k.resource = p.resource)),
       unknown AS (DELETE FROM responsibility x USING found f JOIN pair p USING (case_id, report_id)
         WHERE x.reporter_id = p.owner_id AND x.report_id = p.report_id AND x.resource = p.resource AND x.role = '*' RETURNING ${RETURNED}),
       lost AS (UPDATE responsibility x SET party = NULL, party_id = NULL, reason = 'NO_CLAIM', since = $4 FROM pair p
         WHERE x.reporter_id = p.owner_id AND x.report_id = p.report_id AND x.resource = p.resource AND x.role <> '*' AND x.state = 'NOT_TOLD' AND x.reason = 'IN_TRIAGE'
           AND NOT EXISTS (SELECT FROM found f WHERE f.case_id = p.case_id AND f.report_id = p.report_id AND f.role = x.role)
         RETURNING ${RETURNED}),
       learnt AS (
         INSERT INTO responsibility AS x (report_id, resource, role, reporter_id, coordinator_id, resource_kind, resource_value, party, party_id, state, reason, since)
         SELECT w.report_id, w.resource, w.role, w.owner_id, w.coordinator_id, w.resource_kind, w.value, w.party, w.party_id, 'NOT_TOLD', w.reason, $4 FROM wanted w
         ON CONFLICT (reporter_id, report_id, resource, role) DO UPDATE SET coordinator_id = excluded.coordinator_id, party = excluded.party,
             party_id = excluded.party_id, referral_id = NULL, reason = excluded.reason, since = excluded.since
           WHERE x.state = 'NOT_TOLD' AND x.reason IN ${OPEN} AND CASE x.reason WHEN 'NO_CHANNEL' THEN x.party_id IS DISTINCT FROM excluded.party_id
             ELSE (x.party_id, x.party, x.reason, x.coordinator_id) IS DISTINCT FROM (excluded.party_id, excluded.party, excluded.reason, excluded.coordinator_id) END
         RETURNING ${RETURNED})
     SELECT * FROM lost UNION ALL SELECT * FROM learnt
      UNION ALL SELECT DISTINCT u.id, u.resource, u.role, u.party, 'NOT_APPLICABLE', NULL FROM unknown u WHERE NOT EXISTS (SELECT FROM learnt l WHERE l.id = u.id)`,
    [
      distinct.map(({ reportId }) => reportId),
      distinct.map(({ resource }) => resource),
      distinct.map(({ caseId }) => caseId),
      at,
    ],
  );
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
