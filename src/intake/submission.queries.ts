import { resourceListVersion } from '../observable/holder.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Candidate } from './indicator.ts';
import type { IndicatorOutcome } from './indicator.states.ts';

/** A candidate that becomes a row. */
export interface NewIndicator {
  readonly id: string;
  readonly ord: number;
  readonly candidate: Candidate;
  readonly outcome: IndicatorOutcome;
}

export interface Target {
  readonly reportId: string;
  readonly reporterId: string;
  readonly consents: boolean;
  /** Whether no other coordinator reads it. */
  readonly forOneCoordinator: boolean;
}

const INSERT_INDICATORS = {
  name: 'insert_indicators',
  text: `INSERT INTO indicator (id, report_id, reporter_id, ord, type, value, resource, resource_kind, resource_value, list_version,
       category, confidence, first_seen, last_seen, comment, external_id, content_hash, outcome, consents, hosting, for_one_coordinator)
     SELECT i.id, $1, $2, i.ord, i.type, i.value, i.resource, i.kind, i.resource_value, $3,
       i.category, i.confidence, i.first_seen, i.last_seen, i.comment, i.external_id, i.content_hash, i.outcome, $4, i.hosting::jsonb, $5
       FROM unnest($6::uuid[], $7::int[], $8::text[], $9::text[], $10::bytea[], $11::text[], $12::text[], $13::text[], $14::smallint[],
         $15::timestamptz[], $16::timestamptz[], $17::text[], $18::text[], $19::bytea[], $20::text[], $21::text[])
         AS i(id, ord, type, value, resource, kind, resource_value, category, confidence, first_seen, last_seen, comment, external_id, content_hash, outcome, hosting)`,
};

export function insertIndicators(
  tx: Tx,
  { reportId, reporterId, consents, forOneCoordinator }: Target,
  rows: readonly NewIndicator[],
): void {
  const of = <Value>(pick: (row: NewIndicator) => Value): Value[] => rows.map(pick);
  tx.send(INSERT_INDICATORS, [
    reportId,
    reporterId,
    resourceListVersion,
    consents,
    forOneCoordinator,
    of(({ id }) => id),
    of(({ ord }) => ord),
    of(({ candidate }) => candidate.type),
    of(({ candidate }) => candidate.value),
    of(({ candidate }) => candidate.resource?.hash ?? null),
    of(({ candidate }) => candidate.resource?.kind ?? null),
    of(({ candidate }) => candidate.resource?.value ?? null),
    of(({ candidate }) => candidate.item.category),
    of(({ candidate }) => candidate.item.confidence ?? null),
    of(({ candidate }) => candidate.item.firstSeen ?? null),
    of(({ candidate }) => candidate.item.lastSeen ?? null),
    of(({ candidate }) => candidate.item.comment ?? null),
    of(({ candidate }) => candidate.item.externalId ?? null),
    of(({ candidate }) => candidate.contentHash),
    of(({ outcome }) => outcome),
    of(({ candidate }) => candidate.facts && JSON.stringify(candidate.facts)),
  ]);
}

const INSERT_UNRESOLVED = {
  name: 'insert_unresolved',
  text: `INSERT INTO responsibility (report_id, resource, role, reporter_id, resource_kind, resource_value, state, reason, since)
     SELECT $1, r.hash, '*', $2, r.kind, r.value, 'NOT_TOLD', 'RESOLVING', $3
       FROM unnest($4::bytea[], $5::text[], $6::text[]) AS r(hash, kind, value) ON CONFLICT DO NOTHING`,
};

/** Nobody is told of a resource at the moment it is reported: that is written down at once, for the gate to see. */
export function insertUnresolved(
  tx: Tx,
  { reportId, reporterId }: Target,
  rows: readonly NewIndicator[],
  since: Date,
): void {
  const resources = new Map(
    rows.flatMap(({ candidate: { resource } }) => (resource ? [[resource.hash.toString('hex'), resource]] : [])),
  );
  const all = [...resources.values()];
  tx.send(INSERT_UNRESOLVED, [
    reportId,
    reporterId,
    since,
    all.map(({ hash }) => hash),
    all.map(({ kind }) => kind),
    all.map(({ value }) => value),
  ]);
}

export interface KnownIndicator {
  readonly id: string;
  readonly external_id: string | null;
  readonly content_hash: Buffer;
  readonly claim: string;
}

/** The reporter's own earlier indicators under these external names, in whichever report. */
export function knownByExternalId(tx: Tx, reporterId: string, names: readonly string[]): Promise<KnownIndicator[]> {
  if (names.length === 0) return Promise.resolve([]);
  return tx.query<KnownIndicator & object>(
    `SELECT id, external_id, content_hash, category || ' ' || type || ' ' || value AS claim
       FROM indicator WHERE reporter_id = $1 AND external_id = ANY ($2)`,
    [reporterId, names],
  );
}

/** What this report already claims of these observables. */
export function knownInReport(tx: Tx, target: Target, candidates: readonly Candidate[]): Promise<KnownIndicator[]> {
  return tx.query<KnownIndicator & object>(
    `SELECT i.id, i.external_id, i.content_hash, i.category || ' ' || i.type || ' ' || i.value AS claim
       FROM (SELECT DISTINCT * FROM unnest($3::text[], $4::text[], $5::text[]) AS c(type, value, category)) c JOIN indicator i
         ON i.reporter_id = $2 AND i.report_id = $1 AND i.value = c.value AND i.type = c.type AND i.category = c.category`,
    [
      target.reportId,
      target.reporterId,
      candidates.map(({ type }) => type),
      candidates.map(({ value }) => value),
      candidates.map(({ item }) => item.category),
    ],
  );
}

/** Ids of the report's indicators by their place in it, from one place on. */
export async function idsByOrd(tx: Tx, reportId: string, from: number, count: number): Promise<Map<number, string>> {
  const rows = await tx.query<{ ord: number; id: string }>(
    'SELECT ord, id FROM indicator WHERE report_id = $1 AND ord >= $2 AND ord < $3',
    [reportId, from, from + count],
  );
  return new Map(rows.map(({ ord, id }) => [ord, id]));
}
