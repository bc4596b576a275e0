import type { Tx } from '../platform/database/tx.ts';
import type { Outcome } from './outcome.type.ts';

/** Whose rows, and from where on. */
export interface OutcomesWanted {
  readonly reporterId: string;
  /** Null: of every report. */
  readonly reportId: string | null;
  /** The last indicator that was read. */
  readonly last: string;
  readonly first: number;
}

/** What the feed told of: indicators, and resources of reports. */
export interface Touched {
  readonly indicators: readonly string[];
  readonly resources: readonly { readonly reportId: string; readonly resource: Buffer }[];
}

type OutcomeRow = Omit<Outcome, 'key' | 'reportId' | 'indicatorId'> & { report_id: string; indicator_id: string };

/**
 * The rows of touched indicators (null: of all), in the order of the indicators, at most `first`, but never part of an
 * indicator's. A `*` beside known parties is a resource reported again that is being looked up; it goes in moments.
 */
export async function outcomeRows(
  tx: Tx,
  touched: Touched | null,
  wanted: OutcomesWanted,
): Promise<{ rows: OutcomeRow[]; more: boolean }> {
  const own = `i.reporter_id = $1 AND i.id > $2 ${wanted.reportId === null ? '' : 'AND i.report_id = $4'}`;
  const values = [
    ...[wanted.reporterId, wanted.last, wanted.first],
    ...(wanted.reportId === null ? [] : [wanted.reportId]),
    ...(touched === null ? [] : arraysOf(touched)),
  ];
  const rows = await tx.query<OutcomeRow & { place: string; more: boolean }>(
    `WITH wanted AS MATERIALIZED (${touched === null ? allIds(own, wanted) : touchedIds(own, values.length - 2)}),
       outcome AS (
         SELECT i.id AS indicator_id, i.report_id, r.external_id AS "reportExternalId", i.external_id AS "externalId", i.value AS observable, i.type,
             i.category, i.outcome, i.resource_kind AS "resourceKind", i.resource_value AS resource, coalesce(x.role, '*') AS role, x.party,
             coalesce(x.state, 'NOT_APPLICABLE') AS state, CASE WHEN x.state IS NULL THEN 'CONTEXT' ELSE x.reason END AS reason,
             x.told_at AS "toldAt", x.acknowledged_at AS "acknowledgedAt", x.answered_at AS "answeredAt", x.action, x.acted_at AS "actedAt",
             x.decline_reason AS "declineReason", x.provider_reference AS "providerReference", x.since, rank() OVER (ORDER BY i.id) AS place
           FROM (SELECT id FROM wanted ORDER BY id LIMIT $3::int + 1) w JOIN indicator i ON i.id = w.id JOIN report r ON r.id = i.report_id
           LEFT JOIN responsibility x ON x.reporter_id = $1 AND x.report_id = i.report_id AND x.resource = i.resource
             AND (x.role <> '*' OR NOT EXISTS (SELECT FROM responsibility y
               WHERE y.reporter_id = $1 AND y.report_id = x.report_id AND y.resource = x.resource AND y.role <> '*'))
          WHERE i.reporter_id = $1)
     SELECT *, (SELECT max(place) FROM outcome) > $3::int AS more FROM outcome WHERE place <= $3::int ORDER BY indicator_id, role`,
    values,
  );
  return { rows, more: rows[0]?.more ?? false };
}

const arraysOf = ({ indicators, resources }: Touched): unknown[] => [
  indicators,
  resources.map(({ reportId }) => reportId),
  resources.map(({ resource }) => resource),
];

/** Of one report: all of its ids first, or the planner might look for them among everything the reporter ever sent. */
const allIds = (own: string, { reportId }: OutcomesWanted): string =>
  `SELECT i.id FROM indicator i WHERE ${own} ${reportId === null ? 'ORDER BY i.id LIMIT $3::int + 1' : ''}`;

const touchedIds = (own: string, from: number): string =>
  `SELECT i.id FROM unnest($${from}::uuid[]) AS n(id) JOIN indicator i ON i.id = n.id WHERE ${own}
   UNION SELECT i.id FROM unnest($${from + 1}::uuid[], $${from + 2}::bytea[]) AS n(report, resource)
     JOIN indicator i ON i.report_id = n.report AND i.resource = n.resource WHERE ${own}`;
