import { FALLEN } from '../intake/indicator.states.ts';
import { CHANGED_RESPONSIBILITY, type ChangedResponsibility } from '../intake/responsibility.flow.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Line, PlacedReferral } from './issue.queries.ts';

export function referIndicators(tx: Tx, ids: readonly string[]): Promise<{ id: string; outcome: string }[]> {
  return tx.query<{ id: string; outcome: string }>(
    `UPDATE indicator SET outcome = 'REFERRED', version = version + 1
      WHERE id = ANY ($1) AND outcome IN ('IN_TRIAGE', 'CONFIRMED', 'MITIGATED') RETURNING id, outcome`,
    [ids],
  );
}

/** For each report in a referral: its party is known and not yet proven told; or has no channel, while nobody has joined for it. */
export function markReferred(
  tx: Tx,
  referrals: readonly PlacedReferral[],
  lines: readonly Line[],
  at: Date,
): Promise<ChangedResponsibility[]> {
  const reportsOf = Map.groupBy(lines, ({ case_id }) => case_id);
  const pairs = referrals.flatMap(({ id, caseId }) =>
    [...new Set((reportsOf.get(caseId) ?? []).map(({ report_id }) => report_id))].map((report) => ({
      referral: id,
      report,
    })),
  );
  return tx.query<ChangedResponsibility & object>(
    `WITH pair AS (SELECT f.*, p.report_id, c.resource, r.owner_id, CASE o.state WHEN 'UNCLAIMED' THEN 'NO_CHANNEL' ELSE 'SENT' END AS reason FROM unnest($1::uuid[], $2::uuid[]) AS p(referral, report_id)
         JOIN referral f ON f.id = p.referral JOIN triage_case c ON c.id = f.case_id JOIN report r ON r.id = p.report_id JOIN organisation o ON o.id = f.provider_id),
       unknown AS (DELETE FROM responsibility x USING pair p WHERE x.report_id = p.report_id AND x.resource = p.resource AND x.role = '*')
     INSERT INTO responsibility AS x (report_id, resource, role, reporter_id, coordinator_id, resource_kind, resource_value, party, party_id, referral_id, state, reason, since)
     SELECT p.report_id, p.resource, p.role, p.owner_id, p.coordinator_id, p.resource_kind, p.value, p.provider_name, p.provider_id, p.id, 'NOT_TOLD', p.reason, $3
       FROM pair p
     ON CONFLICT (reporter_id, report_id, resource, role) DO UPDATE SET state = excluded.state, party = excluded.party, party_id = excluded.party_id,
         referral_id = excluded.referral_id, reason = excluded.reason, since = excluded.since
       WHERE x.state = 'NOT_TOLD' AND x.reason <> 'SENT' AND (x.reason, x.referral_id) IS DISTINCT FROM (excluded.reason, excluded.referral_id)
         OR x.state = 'NOT_APPLICABLE' AND x.reason = 'NOT_ASKED'
     RETURNING ${CHANGED_RESPONSIBILITY}`,
    [pairs.map(({ referral }) => referral), pairs.map(({ report }) => report), at],
  );
}

/** For each report in these cases: a party is known in this role, and nothing is asked of it. */
export function markNotAsked(
  tx: Tx,
  spared: readonly { readonly case_id: string; readonly role: string }[],
  lines: readonly Line[],
  at: Date,
): Promise<ChangedResponsibility[]> {
  return tx.query<ChangedResponsibility & object>(
    `UPDATE responsibility x SET state = 'NOT_APPLICABLE', reason = 'NOT_ASKED', since = $4
       FROM (SELECT DISTINCT i.reporter_id, i.report_id, i.resource, s.role FROM unnest($1::uuid[], $2::text[]) AS s(case_id, role)
               JOIN indicator i ON i.case_id = s.case_id AND i.id = ANY ($3)) p
      WHERE x.reporter_id = p.reporter_id AND x.report_id = p.report_id AND x.resource = p.resource AND x.role = p.role
        AND x.state = 'NOT_TOLD' AND x.reason = 'IN_TRIAGE'
     RETURNING ${CHANGED_RESPONSIBILITY}`,
    [spared.map(({ case_id }) => case_id), spared.map(({ role }) => role), lines.map(({ id }) => id), at],
  );
}

export async function endWithoutParty(tx: Tx, ids: readonly string[], at: Date) {
  const ended = await tx.query<{ id: string; version: number; state: string; basis: string | null }>(
    `UPDATE triage_case SET state = 'UNRESOLVED', basis = 'NO_PARTY', version = version + 1 WHERE id = ANY ($1) RETURNING id, version, state, basis`,
    [ids],
  );
  const indicators = await tx.query<{ id: string; outcome: string }>(
    `UPDATE indicator SET outcome = 'ENDED', version = version + 1
      WHERE case_id = ANY ($1) AND outcome NOT IN ${FALLEN} RETURNING id, outcome`,
    [ids],
  );
  const responsibilities = await tx.query<ChangedResponsibility & object>(
    `UPDATE responsibility x SET state = 'NO_PARTY', since = $2
       FROM (SELECT DISTINCT i.report_id, c.resource FROM indicator i JOIN triage_case c ON c.id = i.case_id WHERE c.id = ANY ($1)) p
      WHERE x.report_id = p.report_id AND x.resource = p.resource AND x.state = 'NOT_TOLD'
     RETURNING ${CHANGED_RESPONSIBILITY}`,
    [ids, at],
  );
  return { ended, indicators, responsibilities };
}
