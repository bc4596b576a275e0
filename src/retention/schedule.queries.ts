import type { Tx } from '../platform/database/tx.ts';

/** At most so many in one transaction. */
export const PART = 1000;

const forget = async (tx: Tx, table: string, key: string, overdue: string, at: Date): Promise<number> => {
  const rows = await tx.query(
    `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${overdue} LIMIT ${PART}) RETURNING 1`,
    [at],
  );
  return rows.length;
};

export const forgetAnswersOf = (tx: Tx, at: Date): Promise<number> =>
  forget(tx, 'idempotency', 'organisation_id, key', 'created_at < $1', at);
export const forgetLookups = (tx: Tx, at: Date): Promise<number> =>
  forget(tx, 'lookup', 'id', `state <> 'WAITING' AND next_at < $1`, at);
export const forgetSessions = (tx: Tx, at: Date): Promise<number> => forget(tx, 'session', 'id', 'ends_at < $1', at);
export const forgetFailures = (tx: Tx, at: Date): Promise<number> =>
  forget(tx, 'follower_failure', 'name, position', 'quarantined_at < $1', at);

export interface Overdue {
  readonly report: string;
  readonly operator: string;
  readonly entry: string;
}

const OVER = `('RESOLVED', 'REJECTED', 'RETRACTED', 'UNRESOLVED', 'WITHDRAWN')`;

/**
 * Reports that nothing was said of since, neither of them nor of a case that they are in, and of which no case is open:
 * each with the entry by which it came, and the operator of who submitted it. Not those that are being erased.
 */
export function reportsOver(tx: Tx, at: Date, firstId: string): Promise<Overdue[]> {
  return tx.query<Overdue & { [column: string]: unknown }>(
    `SELECT r.id AS report, o.operator_id AS operator, l.entry_id AS entry
       FROM report r JOIN organisation o ON o.id = r.owner_id
       JOIN LATERAL (SELECT l.entry_id FROM entry_subject s JOIN ledger l ON l.entry_id = s.entry_id AND l.kind = 'REPORT_SUBMITTED'
                      WHERE s.subject_id = r.id ORDER BY l.position LIMIT 1) l ON true
      WHERE r.created_at < $1 AND NOT EXISTS (SELECT FROM erasure e WHERE e.entry_id = l.entry_id)
        AND NOT EXISTS (SELECT FROM entry_subject s WHERE s.subject_id = r.id AND s.entry_id >= $2)
        AND NOT EXISTS (SELECT FROM indicator i JOIN triage_case c ON c.id = i.case_id WHERE i.report_id = r.id
          AND (c.state NOT IN ${OVER} OR EXISTS (SELECT FROM entry_subject s WHERE s.subject_id = c.id AND s.entry_id >= $2)))
      ORDER BY r.id LIMIT 100`,
    [at, firstId],
  );
}
