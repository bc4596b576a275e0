import { FALLEN } from '../intake/indicator.states.ts';
import { CHANGED_RESPONSIBILITY, type ChangedResponsibility } from '../intake/responsibility.flow.ts';
import type { Tx } from '../platform/database/tx.ts';

/** A case as the decision left it. */
export interface EndedCase {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly basis: string | null;
}

/** Of these cases, those that are still as they were decided; locked, so that nothing joins or follows meanwhile. */
export async function lockStanding(tx: Tx, cases: readonly EndedCase[]): Promise<EndedCase[]> {
  const rows = await tx.query<{ id: string; state: string }>(
    'SELECT id, state FROM triage_case WHERE id = ANY ($1) ORDER BY id FOR UPDATE',
    [cases.map(({ id }) => id)],
  );
  const stateOf = new Map(rows.map(({ id, state }) => [id, state]));
  return cases.filter(({ id, state }) => stateOf.get(id) === state);
}

const MOST = 1000;

/** What had joined by the decision becomes this, a thousand at a time. */
export async function settleIndicators(
  tx: Tx,
  cases: readonly EndedCase[],
  outcomes: Readonly<Record<string, string>>,
): Promise<{ changed: { id: string; outcome: string }[]; more: boolean }> {
  const changed = await tx.query<{ id: string; outcome: string }>(
    `UPDATE indicator i SET outcome = s.outcome, version = i.version + 1
       FROM (SELECT i.id, c.outcome FROM unnest($1::uuid[], $2::int[], $3::text[]) AS c(id, version, outcome) JOIN indicator i ON i.case_id = c.id
              WHERE i.case_version < c.version AND i.outcome NOT IN ${FALLEN} AND i.outcome <> c.outcome ORDER BY i.id LIMIT ${MOST} FOR UPDATE OF i) s
      WHERE i.id = s.id RETURNING i.id, i.outcome`,
    [
      cases.map(({ id }) => id),
      cases.map(({ version }) => version),
      cases.map(({ state }) => outcomes[state] ?? state),
    ],
  );
  return { changed, more: changed.length === MOST };
}

/** Whoever was not told will not be: nobody could be found, or the case ended before. */
export function settleUntold(tx: Tx, cases: readonly EndedCase[], at: Date): Promise<ChangedResponsibility[]> {
  const withoutParty = cases.map(({ basis }) => basis === 'NO_PARTY');
  return tx.query<ChangedResponsibility & object>(
    `UPDATE responsibility x SET state = CASE WHEN p.without THEN 'NO_PARTY' ELSE 'NOT_TOLD' END, reason = CASE WHEN p.without THEN x.reason ELSE 'CASE_ENDED' END, since = $3
       FROM (SELECT DISTINCT i.report_id, c.resource, e.without FROM unnest($1::uuid[], $2::boolean[]) AS e(id, without)
               JOIN triage_case c ON c.id = e.id JOIN indicator i ON i.case_id = c.id) p
      WHERE x.report_id = p.report_id AND x.resource = p.resource AND x.state = 'NOT_TOLD' AND x.reason IS DISTINCT FROM 'CASE_ENDED'
     RETURNING ${CHANGED_RESPONSIBILITY}`,
    [cases.map(({ id }) => id), withoutParty, at],
  );
}
