import DataLoader from 'dataloader';
import { buildSchema, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import pg from 'pg';

import { serveBare, type BareServer } from './bare-server.ts';

/** Connections for requests, as many as a hub has. */
const POOL = 10;
/** Of the hub's schema what the page asks, so that both are asked the same document. */
const SDL = `
  type Query { cases(first: Int!): CaseConnection! }
  type CaseConnection { edges: [CaseEdge!]! }
  type CaseEdge { node: Case! }
  type Case { id: ID! resource: String! resourceKind: String! state: String! dueAt: String! version: Int! coordinator: String!
    referrals: [Referral!]! indicators(first: Int!): IndicatorConnection! }
  type Referral { id: ID! provider: String! role: String! state: String! sentAt: String! dueAt: String! }
  type IndicatorConnection { edges: [IndicatorEdge!]! }
  type IndicatorEdge { node: Indicator! }
  type Indicator { id: ID! value: String! type: String! category: String! lastSeen: String }`;
const CASES = `SELECT id, value AS resource, resource_kind AS "resourceKind", state, due_at AS "dueAt", version, coordinator_name AS coordinator
  FROM triage_case WHERE coordinator_id = $1 ORDER BY due_at, id LIMIT $2`;
const REFERRALS = `SELECT case_id, id, provider_name AS provider, role, state, sent_at AS "sentAt", due_at AS "dueAt"
  FROM referral WHERE case_id = ANY ($1) ORDER BY sent_at, id`;
const INDICATORS = `SELECT i.* FROM unnest($1::uuid[]) c(id) CROSS JOIN LATERAL (SELECT case_id, id, value, type, category, last_seen AS "lastSeen"
  FROM indicator WHERE case_id = c.id ORDER BY indicator.id LIMIT $2) i`;

/** What a request has: a connection in a transaction of the tenant's, and loaders on it. */
interface Context {
  readonly query: (text: string, values: readonly unknown[]) => Promise<readonly Row[]>;
  readonly referrals: DataLoader<string, readonly Row[]>;
  readonly indicators: DataLoader<{ readonly id: string; readonly first: number }, readonly Row[]>;
  end(): Promise<void>;
}

/** The triage page by graphql-js, plain pg and DataLoader, as the login given and in the organisation's name. */
export async function serveBareTriage(connectionString: string, organisationId: string): Promise<BareServer> {
  const options = '-c search_path=hub';
  const pool = new pg.Pool({ connectionString, max: POOL, options, pipeline: true });
  const schema = buildSchema(SDL);
  resolve(schema, 'Query', {
    cases: async (_root, { first }, { query }) => connection(await query(CASES, [organisationId, first])),
  });
  resolve(schema, 'Case', {
    id: globalId('Case'),
    referrals: ({ id }, _args, { referrals }) => referrals.load(String(id)),
    indicators: async ({ id }, { first }, { indicators }) =>
      connection(await indicators.load({ id: String(id), first: Number(first) })),
    dueAt: instant('dueAt'),
  });
  resolve(schema, 'Referral', { id: globalId('Referral'), sentAt: instant('sentAt'), dueAt: instant('dueAt') });
  resolve(schema, 'Indicator', { id: globalId('Indicator'), lastSeen: instant('lastSeen') });
  const server = await serveBare(schema, () => contextOn(pool, organisationId));
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await pool.end();
    },
  };
}

type Row = Readonly<Record<string, unknown>>;
type Resolver = (row: Row, args: Row, context: Context) => unknown;

const connection = (rows: readonly Row[]) => ({ edges: rows.map((node) => ({ node })) });

const globalId =
  (type: string): Resolver =>
  ({ id }) =>
    Buffer.from(`${type}:${String(id)}`).toString('base64url');

const instant =
  (column: string): Resolver =>
  (row) => {
    const at = row[column];
    return at instanceof Date ? at.toISOString() : null;
  };

function resolve(schema: GraphQLSchema, type: string, resolvers: Readonly<Record<string, Resolver>>): void {
  const fields = (schema.getType(type) as GraphQLObjectType<Row, Context>).getFields();
  for (const [name, resolver] of Object.entries(resolvers)) Object.assign(fields[name] ?? {}, { resolve: resolver });
}

/** One transaction a request, whose opening travels with the first query. */
function contextOn(pool: pg.Pool, organisationId: string): Context {
  const connected = pool.connect().then((client) => {
    const opening = [
      client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
      client.query("SELECT set_config('tocsin.org', $1, true)", [organisationId]),
    ];
    for (const each of opening) each.catch(() => undefined);
    return client;
  });
  const query = async (text: string, values: readonly unknown[]) =>
    (await (await connected).query<Row>(text, [...values])).rows;
  return {
    query,
    referrals: new DataLoader(async (ids) => {
      const byCase = Map.groupBy(await query(REFERRALS, [ids]), (row) => row['case_id']);
      return ids.map((id) => byCase.get(id) ?? []);
    }),
    indicators: new DataLoader(async (asked) => {
      const rows = await query(INDICATORS, [asked.map(({ id }) => id), asked[0]?.first]);
      const byCase = Map.groupBy(rows, (row) => row['case_id']);
      return asked.map(({ id }) => byCase.get(id) ?? []);
    }),
    end: async () => {
      const client = await connected;
      await client.query('ROLLBACK');
      client.release();
    },
  };
}
