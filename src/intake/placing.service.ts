import { draft, type Draft } from '../ledger/fact.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Viewer } from '../platform/viewer.ts';
import { consents, isForOneCoordinator } from './label.ts';
import type { Report } from './report.entity.ts';
import { IndicatorsAccepted, ReportExtended, ReportSealed, ReportSubmitted } from './report.facts.ts';
import { insertReport, type NewReport } from './report.queries.ts';
import { reportStates } from './report.states.ts';
import type { NewIndicator } from './submission.queries.ts';
import { store, type Batch, type ItemAnswer, type ReadItem } from './submission.service.ts';

/** Items that found their places in a report, and what the ledger shall say of it. */
export interface Placed {
  readonly reportId: string;
  readonly firstOrd: number;
  readonly drafts: readonly Draft[];
  readonly answers: readonly ItemAnswer[];
}

/** A new report with its items. */
export async function placeReport(
  tx: Tx,
  viewer: Viewer,
  report: Omit<NewReport, 'count'>,
  items: readonly ReadItem[],
): Promise<Placed> {
  insertReport(tx, viewer, { ...report, count: items.length });
  const batch = batchOf({ ...report, ownerId: viewer.organisationId, nextOrd: 0 }, report.seal);
  const { rows, answers } = await store(tx, batch, items, report.at);
  const drafts = [draft(ReportSubmitted, [{ id: report.id, indicators: rows.length, sealed: report.seal }])];
  if (report.seal) drafts.push(draft(ReportSealed, [{ id: report.id }]));
  return { reportId: report.id, firstOrd: 0, drafts: [...drafts, accepted(rows)], answers };
}

/** More items for a report that is there, and locked; once it is sealed they are a sealed batch of their own. */
export async function extendReport(tx: Tx, report: Report, items: readonly ReadItem[], at: Date): Promise<Placed> {
  const sealed = reportStates.after(report.state, 'add', ['report']) === 'SEALED';
  const batch = batchOf(report, sealed);
  tx.send('UPDATE report SET next_ord = next_ord + $2, version = version + 1 WHERE id = $1', [report.id, items.length]);
  const { rows, answers } = await store(tx, batch, items, at);
  const extended = draft(ReportExtended, [{ id: report.id, indicators: rows.length, sealed }]);
  return { reportId: report.id, firstOrd: batch.firstOrd, drafts: [extended, accepted(rows)], answers };
}

type Place = Pick<Report, 'id' | 'ownerId' | 'tlp' | 'tell' | 'nextOrd'>;

function batchOf(report: Place, sealed: boolean): Batch {
  const shown = { consents: consents(report), forOneCoordinator: isForOneCoordinator(report) };
  return { reportId: report.id, reporterId: report.ownerId, ...shown, firstOrd: report.nextOrd, sealed };
}

const accepted = (rows: readonly NewIndicator[]): Draft =>
  draft(
    IndicatorsAccepted,
    rows.map(({ id, candidate: { type, value, item } }) => ({ id, type, value, category: item.category })),
  );
