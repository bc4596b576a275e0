import type { Tx } from '../platform/database/tx.ts';
import type { Viewer } from '../platform/viewer.ts';
import type { PlannedReport } from './import.ts';
import { Report } from './report.entity.ts';
import { reportStates } from './report.states.ts';
import type { Pap, Tlp } from './report.ts';

/** One import at a time for an organisation: the second finds what the first has made. */
export async function lockImports(tx: Tx, { organisationId }: Viewer): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 4))', [organisationId]);
}

/** What is the same of every report of an import. */
export interface Terms {
  readonly coordinatorId: string;
  readonly attribution: boolean;
}

const TAKES_MORE = reportStates.all.filter((state) => reportStates.states[state].takes.add !== undefined);

/** The latest report from the same source under the same terms that takes more; others would widen what was said. */
export async function findBySource(
  tx: Tx,
  { organisationId }: Viewer,
  { source, tlp, pap, tell }: PlannedReport,
  { coordinatorId, attribution }: Terms,
): Promise<string | null> {
  const [row] = await tx.query<{ id: string }>(
    `SELECT id FROM report WHERE owner_id = $1 AND source_id = $2 AND source_format = $3 AND state = ANY ($9)
        AND tlp = $4 AND pap IS NOT DISTINCT FROM $5 AND tell = $6 AND coordinator_id = $7 AND attribution = $8
      ORDER BY id DESC LIMIT 1`,
    [organisationId, source.id, source.format, tlp, pap, tell, coordinatorId, attribution, TAKES_MORE],
  );
  return row?.id ?? null;
}

/** In the order of their ids, as everybody locks them. */
export async function lockReports(tx: Tx, { organisationId }: Viewer, ids: readonly string[]): Promise<Report[]> {
  if (ids.length === 0) return [];
  return tx.list(Report, 'WHERE t.id = ANY ($1) AND t.owner_id = $2 ORDER BY t.id FOR UPDATE', [ids, organisationId]);
}

export interface Named {
  readonly id: string;
  readonly report_id: string;
  readonly external_id: string;
  readonly outcome: string;
}

/** The organisation's own indicators under these external names. */
export async function indicatorsNamed(tx: Tx, { organisationId }: Viewer, names: readonly string[]): Promise<Named[]> {
  if (names.length === 0) return [];
  return tx.query<Named & object>(
    'SELECT id, report_id, external_id, outcome FROM indicator WHERE reporter_id = $1 AND external_id = ANY ($2)',
    [organisationId, names],
  );
}

export interface Labelled {
  readonly id: string;
  readonly tlp: Tlp;
  readonly pap: Pap | null;
}

/** The labels under which the organisation's own indicators stand. */
export async function labelsOf(tx: Tx, { organisationId }: Viewer, ids: readonly string[]): Promise<Labelled[]> {
  if (ids.length === 0) return [];
  return tx.query<Labelled & object>(
    `SELECT i.id, r.tlp, r.pap FROM indicator i JOIN report r ON r.id = i.report_id AND r.owner_id = i.reporter_id
      WHERE i.reporter_id = $1 AND i.id = ANY ($2)`,
    [organisationId, ids],
  );
}
