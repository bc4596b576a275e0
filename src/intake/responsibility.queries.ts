/** Reasons under which nobody has been told, or is on the way of being told: they follow what is known of the parties. */
const OPEN = "('RESOLVING', 'IN_TRIAGE', 'NO_CLAIM', 'NO_CLAIM_KIND', 'NO_CHANNEL')";

/** It was given up, or the case that it belonged to has ended. */
const GIVEN_UP = "(x.state IN ('NO_PARTY', 'NOT_APPLICABLE') OR x.state = 'NOT_TOLD' AND x.reason = 'CASE_ENDED')";

/**
 * Of pairs (reports, resources, cases; in parallel arrays, and the time) what follows from the claims of now, and what
 * changed by it. The fifth value: whether the pairs were just reported, which opens again what had been given up.
 */
export const resolveStatement = (returned: string): string => `
WITH pair AS (
    SELECT p.*, r.owner_id, c.coordinator_id, c.resource_kind, c.value,
        EXISTS (SELECT FROM lookup l WHERE l.report_id = p.report_id AND l.case_id = p.case_id AND l.state = 'WAITING') AS asking,
        $5 AND EXISTS (SELECT FROM responsibility x WHERE x.reporter_id = r.owner_id AND x.report_id = p.report_id AND x.resource = p.resource AND x.role = '*') AS reopened
      FROM unnest($1::uuid[], $2::bytea[], $3::uuid[]) AS p(report_id, resource, case_id)
      JOIN report r ON r.id = p.report_id JOIN triage_case c ON c.id = p.case_id),
  found AS MATERIALIZED (SELECT * FROM match_parties($3, $1)),
  known AS (SELECT p.report_id, p.resource, x.role, ${GIVEN_UP} AS given_up, p.reopened FROM pair p JOIN responsibility x
      ON x.reporter_id = p.owner_id AND x.report_id = p.report_id AND x.resource = p.resource),
  kept AS (SELECT DISTINCT report_id, resource FROM known WHERE role <> '*' AND NOT (reopened AND given_up)),
  wanted AS (
    SELECT p.*, f.role, f.provider_name AS party, f.provider_id AS party_id, 'IN_TRIAGE' AS reason FROM pair p JOIN found f USING (case_id, report_id)
    UNION ALL
    SELECT p.*, '*', NULL, NULL, CASE WHEN p.asking THEN 'RESOLVING' WHEN roles_that_act(p.resource_kind) = '{}' THEN 'NO_CLAIM_KIND' ELSE 'NO_CLAIM' END
      FROM pair p WHERE NOT EXISTS (SELECT FROM found f WHERE f.case_id = p.case_id AND f.report_id = p.report_id)
       AND NOT EXISTS (SELECT FROM kept k WHERE k.report_id = p.report_id AND k.resource = p.resource)),
  unknown AS (DELETE FROM responsibility x USING pair p
    WHERE x.reporter_id = p.owner_id AND x.report_id = p.report_id AND x.resource = p.resource AND x.role = '*'
      AND (EXISTS (SELECT FROM found f WHERE f.case_id = p.case_id AND f.report_id = p.report_id)
        OR EXISTS (SELECT FROM kept k WHERE k.report_id = p.report_id AND k.resource = p.resource)) RETURNING x.*),
  lost AS (UPDATE responsibility x SET party = NULL, party_id = NULL, reason = 'NO_CLAIM', since = $4 FROM pair p
    WHERE x.reporter_id = p.owner_id AND x.report_id = p.report_id AND x.resource = p.resource AND x.role <> '*' AND x.state = 'NOT_TOLD' AND x.reason = 'IN_TRIAGE'
      AND NOT EXISTS (SELECT FROM found f WHERE f.case_id = p.case_id AND f.report_id = p.report_id AND f.role = x.role)
    RETURNING ${returned}),
  learnt AS (
    INSERT INTO responsibility AS x (report_id, resource, role, reporter_id, coordinator_id, resource_kind, resource_value, party, party_id, state, reason, since)
    SELECT w.report_id, w.resource, w.role, w.owner_id, w.coordinator_id, w.resource_kind, w.value, w.party, w.party_id, 'NOT_TOLD', w.reason, $4 FROM wanted w
     WHERE w.reopened OR NOT EXISTS (SELECT FROM known k WHERE k.report_id = w.report_id AND k.resource = w.resource AND k.role = w.role AND k.given_up)
    ON CONFLICT (reporter_id, report_id, resource, role) DO UPDATE SET state = excluded.state, reason = excluded.reason, since = excluded.since,
        coordinator_id = excluded.coordinator_id, party = excluded.party, party_id = excluded.party_id, referral_id = NULL, told_at = NULL,
        acknowledged_at = NULL, answered_at = NULL, action = NULL, acted_at = NULL, decline_reason = NULL, provider_reference = NULL
      WHERE CASE WHEN ${GIVEN_UP} THEN true WHEN x.state <> 'NOT_TOLD' OR x.reason NOT IN ${OPEN} THEN false
        WHEN x.reason = 'NO_CHANNEL' THEN x.party_id IS DISTINCT FROM excluded.party_id
        ELSE (x.party_id, x.party, x.reason, x.coordinator_id) IS DISTINCT FROM (excluded.party_id, excluded.party, excluded.reason, excluded.coordinator_id) END
    RETURNING ${returned})
SELECT * FROM lost UNION ALL SELECT * FROM learnt UNION ALL
SELECT ${returned} FROM unknown u JOIN responsibility x ON x.reporter_id = u.reporter_id AND x.report_id = u.report_id AND x.resource = u.resource AND x.role <> '*'
 WHERE NOT EXISTS (SELECT FROM (SELECT * FROM lost UNION ALL SELECT * FROM learnt) c
   WHERE c.id = x.report_id AND c.kind = x.resource_kind AND c.resource = x.resource_value AND c.role = x.role)`;
