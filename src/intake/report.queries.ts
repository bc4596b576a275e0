import type { Tx } from '../platform/database/tx.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { findCoordinator } from '../tenancy/organisation.service.ts';
import { Report } from './report.entity.ts';
import type { SubmitReportInput } from './report.inputs.ts';
import type { Tell } from './report.ts';

/** The viewer's own report, locked: whoever may make a row of it untold takes this lock, and so does the gate. */
export async function lockReport(tx: Tx, { organisationId }: Viewer, globalId: string): Promise<Report> {
  const id = rowIdOf('Report', globalId);
  const [report] = await tx.list(Report, 'WHERE t.id = $1 AND t.owner_id = $2 FOR UPDATE', [id, organisationId]);
  if (!report) throw notFound(['report']);
  return report;
}

const DEFAULT_COORDINATOR = {
  name: 'default_coordinator',
  text: 'SELECT coordinator_id FROM organisation WHERE id = $1',
};

/** The CERT that shall lead a report: the one named, or that of its organisation. */
export async function coordinatorFor(tx: Tx, viewer: Viewer, named: string | null): Promise<string> {
  return (await findCoordinator(tx, named, ['coordinator'])) ?? (await defaultCoordinator(tx, viewer));
}

/** The CERT that leads this organisation's reports when they name none. */
async function defaultCoordinator(tx: Tx, { organisationId, roles }: Viewer): Promise<string> {
  const [row] = await tx.query<{ coordinator_id: string | null }>(DEFAULT_COORDINATOR, [organisationId]);
  const id = row?.coordinator_id ?? (roles.has('CERT') ? organisationId : null);
  if (id === null) {
    throw new Refusal('NO_COORDINATOR', 'Name a coordinator: none was set for your organisation.', ['coordinator']);
  }
  return id;
}

/** The report that already bears this external name; EXTERNAL_ID_MISMATCH when its content was another. */
export async function findByExternalId(
  tx: Tx,
  { organisationId }: Viewer,
  externalId: string,
  contentHash: Buffer,
): Promise<{ id: string } | null> {
  // Two at once under one name: the second waits, and then finds what the first wrote.
  tx.send('SELECT pg_advisory_xact_lock(hashtextextended($1, 3))', [`${organisationId} ${externalId}`]);
  const [known] = await tx.query<{ id: string; content_hash: Buffer }>(
    'SELECT id, content_hash FROM report WHERE owner_id = $1 AND external_id = $2',
    [organisationId, externalId],
  );
  if (known && !known.content_hash.equals(contentHash)) {
    throw new Refusal('EXTERNAL_ID_MISMATCH', 'You gave this externalId to a report with other content.', [
      'externalId',
    ]);
  }
  return known ?? null;
}

export interface NewReport extends Omit<SubmitReportInput, 'idempotencyKey' | 'coordinator' | 'indicators' | 'tell'> {
  readonly tell: Tell;
  readonly id: string;
  readonly contentHash: Buffer;
  readonly coordinatorId: string;
  readonly at: Date;
  /** How many items were sent, refused ones included: each has its place. */
  readonly count: number;
  /** The document that it comes from. */
  readonly source?: { readonly format: string; readonly id: string };
}

const INSERT_REPORT = {
  name: 'insert_report',
  text: `INSERT INTO report (id, owner_id, owner_name, external_id, content_hash, title, narrative, threat_actors, targets, tlp, pap,
       tell, attribution, coordinator_id, state, next_ord, created_at, sealed_at, source_format, source_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
};

export function insertReport(tx: Tx, viewer: Viewer, report: NewReport): void {
  tx.send(INSERT_REPORT, [
    report.id,
    viewer.organisationId,
    viewer.organisationName,
    report.externalId ?? null,
    report.contentHash,
    report.title,
    report.narrative ?? null,
    report.threatActors,
    report.targets,
    report.tlp,
    report.pap ?? null,
    report.tell,
    report.attribution,
    report.coordinatorId,
    report.seal ? 'SEALED' : 'RECEIVING',
    report.count,
    report.at,
    report.seal ? report.at : null,
    report.source?.format ?? null,
    report.source?.id ?? null,
  ]);
}

/** The entry that said of a report that it was received: a repeated submission is answered with it. */
export async function entryOfReport(tx: Tx, reportId: string): Promise<string | null> {
  const rows = await tx.query<{ entry_id: string }>('SELECT entry_id FROM trail_page($1, 0, 1)', [reportId]);
  return rows[0]?.entry_id ?? null;
}
