import type { Tx } from '../platform/database/tx.ts';
import { CLOSED_CASES } from '../triage/case.states.ts';

/** A case on its way, and the open case on the same resource that its new coordinator has, if any. */
export interface Moving {
  readonly id: string;
  readonly from: string;
  readonly fromName: string;
  readonly to: string;
  readonly toName: string;
  readonly kind: string;
  readonly resource: string;
  readonly joined: string | null;
}

/** Locked with what they join, in the order of their ids. */
export async function lockMoving(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.query(
    `SELECT c.id FROM triage_case c WHERE c.id = ANY ($1) OR c.state NOT IN ${CLOSED_CASES} AND EXISTS (
        SELECT FROM triage_case m WHERE m.id = ANY ($1) AND m.leaving_to = c.coordinator_id AND m.resource = c.resource) ORDER BY c.id FOR UPDATE OF c`,
    [ids],
  );
}

/** Those into which something has come, since they were to go, that its source keeps to their coordinator: they stay. */
export function keepBack(tx: Tx, ids: readonly string[]): Promise<{ id: string; version: number }[]> {
  return tx.query<{ id: string; version: number }>(
    `UPDATE triage_case c SET leaving_to = NULL, version = version + 1 WHERE c.id = ANY ($1) AND c.leaving_to IS NOT NULL
        AND EXISTS (SELECT FROM indicator i WHERE i.case_id = c.id AND i.for_one_coordinator) RETURNING c.id, c.version`,
    [ids],
  );
}

/** What goes; one that ended meanwhile stays where it is. */
export function findMoving(tx: Tx, ids: readonly string[]): Promise<Moving[]> {
  return tx.query<Moving & object>(
    `SELECT m.id, m.coordinator_id AS "from", m.coordinator_name AS "fromName", m.leaving_to AS "to", o.name AS "toName", m.resource_kind AS kind,
        m.value AS resource, c.id AS joined
       FROM triage_case m JOIN organisation o ON o.id = m.leaving_to
       LEFT JOIN triage_case c ON c.coordinator_id = m.leaving_to AND c.resource = m.resource AND c.state NOT IN ${CLOSED_CASES}
      WHERE m.id = ANY ($1) AND m.state NOT IN ${CLOSED_CASES}`,
    [ids],
  );
}

/** The columns of every statement below: which case goes to whom, and into which other case. */
const MOVES = 'unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[]) AS m(id, old, new, name, joined)';
const valuesOf = (moving: readonly Moving[]): unknown[] => [
  moving.map(({ id }) => id),
  moving.map(({ from }) => from),
  moving.map(({ to }) => to),
  moving.map(({ toName }) => toName),
  moving.map(({ joined }) => joined),
];

/**
 * The columns that name a coordinator move together, here and nowhere else: of the case, its indicators, its referrals
 * with what they show, and the responsibilities. Returns what each entry has to list.
 */
export async function moveCoordinator(tx: Tx, moving: readonly Moving[], decideBy: Date) {
  const values = valuesOf(moving);
  await tx.query(
    'SET CONSTRAINTS indicator_case_id_coordinator_id_fkey, referral_case_id_coordinator_id_fkey DEFERRED',
  );
  await tx.query('DELETE FROM case_assignment WHERE id = ANY ($1)', [values[0]]);
  const cases = await moveCases(tx, values, decideBy);
  const joined = await tx.query<{ id: string; kind: string; resource: string; version: number }>(
    'UPDATE triage_case SET version = version + 1 WHERE id = ANY ($1) RETURNING id, resource_kind AS kind, value AS resource, version',
    [moving.flatMap(({ joined: id }) => id ?? [])],
  );
  const referrals = await moveReferrals(tx, values);
  const responsibilities = await moveResponsibilities(tx, values);
  const indicators = await tx.query<{ id: string }>(
    `UPDATE indicator i SET coordinator_id = m.new, case_id = coalesce(m.joined, i.case_id), version = i.version + 1,
        case_version = CASE WHEN m.joined IS NULL THEN i.case_version ELSE (SELECT c.version FROM triage_case c WHERE c.id = m.joined) END
       FROM ${MOVES} WHERE i.case_id = m.id RETURNING i.id`,
    values,
  );
  return { cases, joined, referrals, responsibilities, indicators };
}

/** What nobody had decided is new to whoever takes it. What joins an open case ends as a case of its own. */
function moveCases(tx: Tx, values: readonly unknown[], decideBy: Date): Promise<{ id: string; version: number }[]> {
  return tx.query<{ id: string; version: number }>(
    `UPDATE triage_case c SET coordinator_id = m.new, coordinator_name = m.name, leaving_to = NULL, reference = NULL, rule = NULL, rule_version = NULL,
        state = CASE WHEN m.joined IS NOT NULL THEN 'UNRESOLVED' WHEN c.state IN ('IN_TRIAGE', 'NEEDS_INFORMATION') THEN 'NEW' ELSE c.state END,
        basis = CASE WHEN m.joined IS NOT NULL THEN 'JOINED' ELSE c.basis END,
        due_at = CASE WHEN c.state IN ('NEW', 'IN_TRIAGE', 'NEEDS_INFORMATION') THEN $6 ELSE c.due_at END, version = c.version + 1
       FROM ${MOVES} WHERE c.id = m.id RETURNING c.id, c.version`,
    [...values, decideBy],
  );
}

interface MovedReferral {
  readonly id: string;
  readonly coordinator: string;
  /** Closed by it. */
  readonly ended: boolean;
}

/** Under a case that they join there may be a referral under the same item already: then this one is closed. */
async function moveReferrals(tx: Tx, values: readonly unknown[]): Promise<MovedReferral[]> {
  await tx.query('SELECT id FROM referral WHERE case_id = ANY ($1) ORDER BY id FOR UPDATE', [values[0]]);
  const moved = await tx.query<MovedReferral & object>(
    `UPDATE referral f SET coordinator_id = r.new, coordinator_name = r.name, case_reference = NULL, version = f.version + 1,
        case_id = CASE WHEN r.joined IS NULL OR r.twin OR f.state = 'CLOSED' THEN f.case_id ELSE r.joined END,
        state = CASE WHEN r.twin THEN 'CLOSED' ELSE f.state END,
        basis = CASE WHEN r.twin THEN 'CASE_ENDED' ELSE f.basis END
       FROM (SELECT x.id, m.new, m.name, m.joined, x.state <> 'CLOSED' AND EXISTS (SELECT FROM referral t WHERE t.case_id = m.joined AND t.item_id = x.item_id AND t.state <> 'CLOSED') AS twin
               FROM ${MOVES} JOIN referral x ON x.case_id = m.id) r
      WHERE f.id = r.id RETURNING f.id, f.coordinator_name AS coordinator, r.twin AS ended`,
    values,
  );
  await tx.query(
    `UPDATE referred_observable o SET coordinator_id = f.coordinator_id FROM referral f WHERE f.id = ANY ($1) AND o.referral_id = f.id`,
    [moved.map(({ id }) => id)],
  );
  return moved;
}

interface MovedResource {
  readonly id: string;
  readonly resource: string;
  readonly coordinator: string;
}

/**
 * Asked before the indicators move. The new coordinator reads their reports; the old one no longer reads those that it
 * does not lead and has nothing else of.
 */
async function moveResponsibilities(tx: Tx, values: readonly unknown[]) {
  const resources = await tx.query<MovedResource & object>(
    `WITH pair AS (SELECT DISTINCT i.report_id, c.resource, c.value, m.old, m.new, m.name FROM ${MOVES}
         JOIN triage_case c ON c.id = m.id JOIN indicator i ON i.case_id = m.id),
       moved AS (UPDATE responsibility x SET coordinator_id = p.new FROM pair p
         WHERE x.report_id = p.report_id AND x.resource = p.resource AND x.coordinator_id = p.old)
     SELECT report_id AS id, value AS resource, name AS coordinator FROM pair`,
    values,
  );
  const shared = await tx.query<{ id: string; reader: string }>(
    `INSERT INTO reader (organisation_id, object_id, capacity)
     SELECT DISTINCT m.new, i.report_id, 'COORDINATOR' FROM ${MOVES} JOIN indicator i ON i.case_id = m.id
      ON CONFLICT DO NOTHING RETURNING object_id AS id, (SELECT o.name FROM organisation o WHERE o.id = organisation_id) AS reader`,
    values,
  );
  await tx.query(
    `DELETE FROM reader r USING (SELECT DISTINCT m.old, i.report_id FROM ${MOVES} JOIN indicator i ON i.case_id = m.id) p
      WHERE r.organisation_id = p.old AND r.object_id = p.report_id AND r.capacity = 'COORDINATOR'
        AND NOT EXISTS (SELECT FROM report o WHERE o.id = p.report_id AND o.coordinator_id = p.old)
        AND NOT EXISTS (SELECT FROM indicator i WHERE i.report_id = p.report_id AND i.coordinator_id = p.old AND i.case_id <> ALL ($1))`,
    values,
  );
  // Whoever coordinates a case is no mere reader of it.
  await tx.query(`DELETE FROM reader r USING ${MOVES} WHERE r.organisation_id = m.new AND r.object_id = m.id`, values);
  return { resources, shared };
}
