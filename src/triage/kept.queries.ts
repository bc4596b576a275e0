import type { Tx } from '../platform/database/tx.ts';

type Cases = readonly { readonly id: string }[];

/** Of these cases, those in which nothing lies that another coordinator may read. */
export function findUnsharable(tx: Tx, cases: Cases): Promise<ReadonlySet<string>> {
  return idsWhere(tx, cases, `NOT EXISTS (${inCase} AND NOT i.for_one_coordinator AND i.outcome <> 'WITHDRAWN')`);
}

/** Of these cases, those in which something lies that only their coordinator may read; whatever became of it, it would move along. */
export function findKept(tx: Tx, cases: Cases): Promise<ReadonlySet<string>> {
  return idsWhere(tx, cases, `EXISTS (${inCase} AND i.for_one_coordinator)`);
}

const inCase = 'SELECT FROM indicator i WHERE i.case_id = c.id';

async function idsWhere(tx: Tx, cases: Cases, condition: string): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ id: string }>(`SELECT c.id FROM triage_case c WHERE c.id = ANY ($1) AND ${condition}`, [
    cases.map(({ id }) => id),
  ]);
  return new Set(rows.map(({ id }) => id));
}
