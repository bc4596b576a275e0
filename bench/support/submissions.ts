import { randomUUID } from 'node:crypto';

import type pg from 'pg';

/** The mutation as benches send it: the receipt, and of each item its answer and its id. */
export const SUBMIT = `mutation ($input: SubmitReportInput!) { submitReport(input: $input) { receipt { entryId } errors { message }
  results { __typename ... on IndicatorAccepted { indicator { id } } ... on IndicatorRefused { code } } } }`;

export const submission = (values: readonly string[]): object => ({
  input: {
    ...{ idempotencyKey: randomUUID(), title: 'bench', tlp: 'AMBER' },
    indicators: values.map((value) => ({ value, category: 'PHISHING' })),
  },
});

/** How many rows a schema holds in each of the tables to which a submission writes. */
export interface Counts {
  readonly report: number;
  readonly indicator: number;
  readonly responsibility: number;
  readonly idempotency: number;
}

export async function countRows(admin: pg.Client, schema: 'hub' | 'bare'): Promise<Counts> {
  const count = (table: keyof Counts) => `(SELECT count(*)::int FROM ${schema}.${table}) AS ${table}`;
  const tables = ['report', 'indicator', 'responsibility', 'idempotency'] as const;
  const { rows } = await admin.query<Counts & pg.QueryResultRow>(`SELECT ${tables.map(count).join(', ')}`);
  if (!rows[0]) throw new Error('Nothing was counted.');
  return rows[0];
}

/** Throws unless exactly so many reports of so many names, all different, were written in between. */
export function expectWritten(before: Counts, after: Counts, reports: number, names: number): void {
  const should = { report: reports, indicator: reports * names, responsibility: reports * names, idempotency: reports };
  for (const [table, count] of Object.entries(should) as [keyof Counts, number][]) {
    const written = after[table] - before[table];
    if (written !== count) throw new Error(`${written} rows of ${table} were written, and not ${count}.`);
  }
}
