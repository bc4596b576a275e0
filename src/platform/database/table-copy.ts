import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/** What was copied: enough to say whether it fits another database, and whether it arrived. */
export interface TableCopy {
  /** Names of the migrations that made the tables, in order. */
  readonly migrations: readonly string[];
  /** Rows by table. */
  readonly tables: Readonly<Record<string, number>>;
  /** Where each identity column stands, as `table.column`. */
  readonly identities: Readonly<Record<string, string>>;
}

interface Column {
  table: string;
  column: string;
  type: string;
  identity: boolean;
}

/** A connection on which everything is read as it stood at one moment. */
export async function inSnapshot<Result>(
  adminUrl: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'tocsin export' });
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await use(client);
  } finally {
    await client.end();
  }
}

/**
 * Writes every table of the hub in PostgreSQL's text form of COPY. The client is a superuser's, in a snapshot: rows of
 * every tenant are read.
 */
export async function copyTablesOut(client: pg.Client, open: (table: string) => Writable): Promise<TableCopy> {
  const columns = await columnsOf(client);
  const tables: Record<string, number> = {};
  for (const [table, of] of columns) {
    const query = copyTo(`COPY (SELECT ${of.map(readingOf).join(', ')} FROM hub.${quoted(table)}) TO STDOUT`);
    await pipeline(client.query(query), open(table));
    tables[table] = query.rowCount;
  }
  const migrations = await client.query<{ name: string }>('SELECT name FROM hub.migration ORDER BY id');
  return {
    migrations: migrations.rows.map(({ name }) => name),
    tables,
    identities: await identitiesOf(client, columns),
  };
}

/** A transaction's number means nothing in another cluster, where it would be given to a transaction of its own. */
const readingOf = ({ type, column }: Column): string => (type === 'xid8' ? `'0'::xid8` : quoted(column));

/**
 * Fills a database that was just migrated, by the same migrations, with what `copyTablesOut` wrote: all or nothing. It
 * runs as a superuser with triggers off, since these rows were checked when they were made; rows are counted.
 */
export async function copyTablesIn(
  adminUrl: string,
  copy: TableCopy,
  open: (table: string) => Readable,
): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'tocsin import' });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    const columns = await columnsOf(client);
    await client.query(`TRUNCATE ${[...columns.keys()].map((table) => `hub.${quoted(table)}`).join(', ')}`);
    for (const [table, of] of columns) {
      const query = copyFrom(
        `COPY hub.${quoted(table)} (${of.map(({ column }) => quoted(column)).join(', ')}) FROM STDIN`,
      );
      await pipeline(open(table), client.query(query));
      if (query.rowCount !== copy.tables[table]) {
        throw new Error(`${table} has ${query.rowCount} rows, and should have ${copy.tables[table] ?? 'none'}.`);
      }
    }
    for (const [name, last] of Object.entries(copy.identities)) await setIdentity(client, name, last);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

async function columnsOf(client: pg.Client): Promise<Map<string, Column[]>> {
  const { rows } = await client.query<Column>(
    `SELECT c.relname AS table, a.attname AS column, t.typname AS type, a.attidentity <> '' AS identity
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
       JOIN pg_type t ON t.oid = a.atttypid
      WHERE c.relnamespace = 'hub'::regnamespace AND c.relkind = 'r' AND c.relname <> 'migration'
      ORDER BY c.relname COLLATE "C", a.attname COLLATE "C"`,
  );
  return Map.groupBy(rows, ({ table }) => table);
}

async function identitiesOf(
  client: pg.Client,
  columns: ReadonlyMap<string, Column[]>,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { table, column } of [...columns.values()].flat().filter(({ identity }) => identity)) {
    const { rows } = await client.query<{ last: string | null }>(
      'SELECT pg_sequence_last_value(pg_get_serial_sequence($1, $2))::text AS last',
      [`hub.${quoted(table)}`, column],
    );
    if (rows[0]?.last != null) found[`${table}.${column}`] = rows[0].last;
  }
  return found;
}

async function setIdentity(client: pg.Client, name: string, last: string): Promise<void> {
  const [table = '', column = ''] = name.split('.');
  await client.query('SELECT setval(pg_get_serial_sequence($1, $2)::regclass, $3)', [
    `hub.${quoted(table)}`,
    column,
    last,
  ]);
}

const quoted = (name: string): string => pg.escapeIdentifier(name);
