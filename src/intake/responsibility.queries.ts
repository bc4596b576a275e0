/** What an entry tells of a responsibility. */
export const RETURNED = 'x.report_id AS id, x.resource_value AS resource, x.role, x.party, x.state, x.reason';

/** Reasons under which nobody has been told, or is on the way of being told: they follow what is known of the parties. */
const OPEN = "('RESOLVING', 'IN_TRIAGE', 'NO_CLAIM', 'NO_CLAIM_KIND', 'NO_CHANNEL')";

/** Of pairs (reports, resources, cases; in parallel arrays) what follows from the claims of now, and what changed by it. */
export const RESOLVE = `
WITH pair AS (
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
 UNION ALL SELECT DISTINCT u.id, u.resource, u.role, u.party, 'NOT_APPLICABLE', NULL FROM unknown u WHERE NOT EXISTS (SELECT FROM learnt l WHERE l.id = u.id)`;
