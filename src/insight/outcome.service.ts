import { formatCursor, type FeedCursor } from '../feed/cursor.ts';
import { feedHead, toldAfter } from '../feed/told.service.ts';
import { resourceHash } from '../intake/indicator.ts';
import { ResponsibilitiesChanged } from '../intake/report.facts.ts';
import type { ChangedResponsibility } from '../intake/responsibility.flow.ts';
import { allFacts } from '../ledger/fact.ts';
import type { Tx } from '../platform/database/tx.ts';
import { pageSize } from '../platform/api/paging.ts';
import { rowIdOf, toGlobalId } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { formatOutcomeCursor, parseOutcomeCursor, type OutcomeCursor } from './outcome-cursor.ts';
import { outcomeRows, type Touched } from './outcome.queries.ts';
import type { Outcome, OutcomePage } from './outcome.type.ts';

export interface OutcomesAsked {
  /** A global id; null: of every report. What is no report, or somebody else's, has no rows. */
  readonly report: string | null;
  /** Null, as the beginning of the feed: everything, each row once. */
  readonly changedAfter: string | null;
  readonly first: number;
}

const MOST_ROWS = 1000;
const NONE = '00000000-0000-0000-0000-000000000000';

/**
 * What changed of a reporter's outcomes, as it is now. A row cannot hold a number that the feed gives after its commit:
 * so the feed is read past the cursor, and what it tells of is looked up. Must run in one snapshot.
 */
export async function readOutcomes(tx: Tx, viewer: Viewer, asked: OutcomesAsked): Promise<OutcomePage> {
  const first = pageSize(asked.first, MOST_ROWS);
  const reportId = asked.report == null ? null : (rowIdOf('Report', asked.report) ?? NONE);
  const head = await feedHead(tx);
  const from = parseOutcomeCursor(asked.changedAfter ?? formatCursor({ ...head, seq: 0n }));
  if (from.generation !== head.generation || (from.within?.upTo ?? from.after) > head.seq) return gapPage(head);
  const { touched, upTo } = await readTouched(tx, from, head);
  const wanted = { reporterId: viewer.organisationId, reportId, last: from.within?.last ?? NONE, first };
  const nothing = touched?.indicators.length === 0 && touched.resources.length === 0;
  const { rows, more } = nothing ? { rows: [], more: false } : await outcomeRows(tx, touched, wanted);
  const lastRow = more ? rows.at(-1) : undefined;
  const cursor = formatOutcomeCursor(
    lastRow
      ? { ...from, within: { upTo, last: lastRow.indicator_id } }
      : { generation: head.generation, after: upTo, within: null },
  );
  return { rows: rows.map(toOutcome), cursor, head: formatCursor(head), gap: null };
}

function gapPage(head: FeedCursor): OutcomePage {
  const resumeFrom = formatCursor({ ...head, seq: 0n });
  return { rows: [], cursor: resumeFrom, head: formatCursor(head), gap: { reason: 'RESTORED', resumeFrom } };
}

/** What there is to look up, null for everything; and up to where the feed has then been read. */
async function readTouched(
  tx: Tx,
  { after, within }: OutcomeCursor,
  head: FeedCursor,
): Promise<{ touched: Touched | null; upTo: bigint }> {
  // From the beginning there is no need to ask the feed what there is.
  if (after === 0n) return { touched: null, upTo: within?.upTo ?? head.seq };
  const page = await toldAfter(tx, after, head, kinds());
  const upTo = within?.upTo ?? page.upTo;
  const told = page.told.filter(({ seq }) => seq <= upTo);
  const ofReports = told.filter(({ kind }) => kind === ResponsibilitiesChanged.kind);
  const indicators = told.filter(({ kind }) => kind !== ResponsibilitiesChanged.kind);
  return {
    touched: {
      indicators: indicators.flatMap(({ rows }) => rows.map(({ id }) => id)),
      resources: ofReports.flatMap(({ rows }) => (rows as readonly ChangedResponsibility[]).map(toResource)),
    },
    upTo,
  };
}

/** Whatever is told of an indicator may have changed its rows. */
const kinds = (): string[] => [
  ResponsibilitiesChanged.kind,
  ...allFacts().flatMap(({ kind, subject }) => (subject === 'indicator' ? [kind] : [])),
];

const toResource = ({ id, kind, resource }: ChangedResponsibility) => ({
  reportId: id,
  resource: resourceHash({ kind, value: resource }),
});

function toOutcome({
  report_id: report,
  indicator_id: indicator,
  ...row
}: Awaited<ReturnType<typeof outcomeRows>>['rows'][number]): Outcome {
  return {
    ...row,
    key: toGlobalId('Outcome', `${indicator}:${row.role}`),
    reportId: toGlobalId('Report', report),
    indicatorId: toGlobalId('Indicator', indicator),
  };
}
