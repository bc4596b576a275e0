import type pg from 'pg';

import { bareRows } from './bare-tables.ts';

/** Who may write and read a row of the bare tables: the conditions of the hub's own policies, as far as they name a tenant. */
const OWNERS = {
  report: 'owner_id',
  indicator: 'reporter_id',
  responsibility: 'reporter_id',
  idempotency: 'organisation_id',
} as const;
type Table = keyof typeof OWNERS;

/** Puts the bare tables behind row-level security for the hub's login of tenants. */
export async function protectBareTables(admin: pg.Client): Promise<void> {
  await admin.query('GRANT USAGE ON SCHEMA bare TO tocsin_app');
  for (const [table, owner] of Object.entries(OWNERS)) {
    await admin.query(`ALTER TABLE bare.${table} ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON bare.${table} TO tocsin_app USING (${owner} = (SELECT hub.me())) WITH CHECK (${owner} = (SELECT hub.me()));
      GRANT SELECT, INSERT ON bare.${table} TO tocsin_app`);
  }
}

/** What PostGraphile calls a table, and what is asked of a row that was made. */
const MUTATIONS: Readonly<Record<Table, { readonly type: string; readonly asked: string }>> = {
  report: { type: 'Report', asked: 'rowId' },
  indicator: { type: 'Indicator', asked: 'rowId' },
  responsibility: { type: 'Responsibility', asked: 'resourceValue' },
  idempotency: { type: 'Idempotency', asked: 'key' },
};

/** A row in the input of a mutation. */
type Row = Readonly<Record<string, unknown>>;

interface Step {
  readonly table: Table;
  /** Of the mutation in its document, and of its variable. */
  readonly name: string;
}

/** A report, so many indicators, a responsibility for each, and the key: as many mutations, in this order. */
function steps(names: number): Step[] {
  const each = (table: Table): Step[] => Array.from({ length: names }, (_, n) => ({ table, name: `${table}${n}` }));
  return [
    { table: 'report', name: 'report' },
    ...each('indicator'),
    ...each('responsibility'),
    { table: 'idempotency', name: 'idempotency' },
  ];
}

/** One document for a submission of so many names. Its values are variables, so that it is read and planned once. */
export function peerDocument(names: number): string {
  const all = steps(names);
  const variables = all.map(({ table, name }) => `$${name}: ${MUTATIONS[table].type}Input!`);
  const fields = all.map(({ table, name }) => {
    const { type, asked } = MUTATIONS[table];
    return `${name}: create${type}(input: { ${table}: $${name} }) { ${table} { ${asked} } }`;
  });
  return `mutation (${variables.join(', ')}) { ${fields.join('\n')} }`;
}

/** The values of one submission: the rows that the hub would write. */
export function peerVariables(organisation: string, values: readonly string[]): Record<string, Row> {
  const { report, idempotency } = bareRows(organisation, values[0] ?? '');
  const rows = values.map((value) => bareRows(organisation, value));
  const of = (table: 'indicator' | 'responsibility') =>
    rows.map(
      (row, n) =>
        [
          `${table}${n}`,
          asInput({ ...row[table], report_id: report.id, ...(table === 'indicator' && { ord: n }) }),
        ] as const,
    );
  return {
    ...{ report: asInput({ ...report, next_ord: values.length }), idempotency: asInput(idempotency) },
    ...Object.fromEntries([...of('indicator'), ...of('responsibility')]),
  };
}

/** In PostGraphile's words: `id` is `rowId`, others are in camel case, bytes in base64. */
function asInput(row: Row): Row {
  const word = (column: string) =>
    column === 'id' ? 'rowId' : column.replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
  const entries = Object.entries(row).map(([column, value]) => [
    word(column),
    Buffer.isBuffer(value) ? value.toString('base64') : value,
  ]);
  return Object.fromEntries(entries) as Row;
}
