import { randomUUID } from 'node:crypto';

import { buildSchema } from 'graphql';
import pg from 'pg';

import { serveBare, type BareServer } from './bare-server.ts';
import { bareRows } from './bare-tables.ts';

/** Connections for requests, as many as a hub has. */
const POOL = 10;
const SDL = `type Indicator { id: ID! value: String! } type Query { ok: Boolean }
  type Mutation { submit(value: String!): Indicator submitRows(value: String!): Indicator }`;

interface Submitted {
  readonly id: string;
  readonly value: string;
}

/**
 * Submissions of one name, by graphql-js and plain pg on the bare tables. `submit` says the statements that the hub
 * says in its transaction, without those that are row-level security's and the ledger's, one after the other.
 * `submitRows` says four inserts and nothing else, sent together: the least that leaves the same rows.
 */
export async function serveBareSubmissions(connectionString: string): Promise<BareServer> {
  const plain = new pg.Pool({ connectionString, max: POOL });
  const pipelined = new pg.Pool({ connectionString, max: POOL, pipeline: true });
  const schema = buildSchema(SDL);
  const fields = schema.getMutationType()?.getFields();
  const reporter = randomUUID();
  const onPool = (pool: pg.Pool, act: (client: pg.PoolClient, value: string) => Promise<Submitted>) => {
    return async (_root: unknown, { value }: { value: string }) => {
      const client = await pool.connect();
      try {
        return await act(client, value);
      } finally {
        client.release();
      }
    };
  };
  if (fields?.['submit'] && fields['submitRows']) {
    fields['submit'].resolve = onPool(plain, (client, value) => submit(client, reporter, value));
    fields['submitRows'].resolve = onPool(pipelined, (client, value) => submitRows(client, reporter, value));
  }
  const server = await serveBare(schema, () => ({}));
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await Promise.all([plain.end(), pipelined.end()]);
    },
  };
}

async function submit(client: pg.PoolClient, reporter: string, value: string): Promise<Submitted> {
  const rows = bareRows(reporter, value);
  const { idempotency } = rows;
  await client.query('BEGIN');
  await client.query('SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS held', [idempotency.key]);
  const known = 'SELECT input_hash, answer FROM bare.idempotency WHERE organisation_id = $1 AND key = $2';
  await client.query(known, [reporter, idempotency.key]);
  await client.query('SELECT coordinator_id FROM hub.organisation WHERE id = $1', [reporter]);
  for (const [table, row] of Object.entries(rows)) await client.query(insertion(table, row));
  await client.query('COMMIT');
  return rows.indicator;
}

async function submitRows(client: pg.PoolClient, reporter: string, value: string): Promise<Submitted> {
  const rows = bareRows(reporter, value);
  const inserts = Object.entries(rows).map(([table, row]) => insertion(table, row));
  await Promise.all([{ text: 'BEGIN' }, ...inserts, { text: 'COMMIT' }].map((each) => client.query(each)));
  return rows.indicator;
}

function insertion(table: string, row: object): { text: string; values: unknown[] } {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${index + 1}`);
  const text = `INSERT INTO bare.${table} (${columns.join(', ')}) VALUES (${places.join(', ')})`;
  return { text, values: Object.values(row) };
}
