import { graphql, parse } from 'graphql';
import pg from 'pg';

import { askedBy } from '../../src/platform/api/asked.ts';
import { RequestContext } from '../../src/platform/api/context.ts';
import { Looking } from '../../src/platform/database/replica/looking.ts';
import type { Look, Statement as Said } from '../../src/platform/database/tx.ts';
import type { Work } from '../../src/platform/database/work.ts';
import { PERMISSIONS, type Viewer } from '../../src/platform/viewer.ts';
import type { Hub } from '../../src/server/hub.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Whether a connection keeps it: docs/decisions/0030-lists-are-planned-once.md. */
  readonly kept: boolean;
}

/** Somebody of this organisation who may do everything. */
export const viewerOf = (organisationId: string): Viewer => ({
  organisationId,
  organisationName: 'a share',
  roles: new Set(['VENDOR', 'CERT', 'PROVIDER', 'OPERATOR']),
  clientId: organisationId,
  memberId: null,
  permissions: new Set(PERMISSIONS),
});

/** The statements that the hub runs to answer a query; the hub's own, not a copy of them that could grow old. */
export async function statementsOf({ app }: Hub, source: string, viewer: Viewer): Promise<Statement[]> {
  const statements: Statement[] = [];
  const real = new Map<unknown, Look>();
  const work = {
    openRead: async () => {
      const tx = await app.work.openRead(viewer, new Looking(null, askedBy(app.schema, parse(source))));
      const noting = new Proxy(tx, {
        get: (target, name, receiver) => {
          if (name !== 'query') return Reflect.get(target, name, receiver) as unknown;
          return (statement: string | Said, values: readonly unknown[] = []) => {
            const said = typeof statement === 'string' ? { text: statement } : statement;
            statements.push({ text: said.text, values, kept: said.name !== undefined });
            return target.query(statement, values);
          };
        },
      });
      real.set(noting, tx);
      return noting;
    },
    closeRead: (tx: Look) => app.work.closeRead(real.get(tx) ?? tx),
  };
  // Only these two methods of it are ever called for a query.
  const context = new RequestContext(work as unknown as Work, viewer, () => Promise.resolve(true), app.resolvers);
  const { errors } = await graphql({ schema: app.schema, source, contextValue: context });
  await context.endRead();
  if (errors?.[0]) throw errors[0];
  return statements;
}

export interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly Plan[];
}

const flat = (node: Plan): Plan[] => [node, ...(node.Plans ?? []).flatMap(flat)];

/** How PostgreSQL would run it, node by node. */
export async function plan(client: pg.Client, { text, values }: Omit<Statement, 'kept'>): Promise<Plan[]> {
  const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${text}`, [...values]);
  return flat(rows[0]['QUERY PLAN'][0].Plan);
}

/** From the sixth time on a connection may have taken a plan for all values. */
const OFTEN = 7;

/** The same for a statement that a connection keeps, once it has run it often. */
async function planAtLast(client: pg.Client, { text, values }: Statement): Promise<Plan[]> {
  await client.query(`PREPARE kept AS ${text}`);
  const given = values.length > 0 ? `(${values.map((value) => literal(value)).join(', ')})` : '';
  let last: Plan[] = [];
  for (let time = 0; time < OFTEN; time += 1) {
    const { rows } = await client.query(`EXPLAIN (FORMAT JSON) EXECUTE kept ${given}`);
    last = flat(rows[0]['QUERY PLAN'][0].Plan);
  }
  await client.query('DEALLOCATE kept');
  return last;
}

const literal = (value: unknown): string =>
  value === null
    ? 'NULL'
    : pg.escapeLiteral(Array.isArray(value) ? `{${value.join(',')}}` : `${value as string | number}`);

/** How it would be run the first time, and how ever after. */
export async function plansOf(client: pg.Client, statement: Statement): Promise<Plan[]> {
  const first = await plan(client, statement);
  return statement.kept ? [...first, ...(await planAtLast(client, statement))] : first;
}

const SMALL = ['organisation', 'ledger_head', 'feed_head'];

/** Reads of a whole table, but of the few that have a handful of rows. */
export const wholeReads = (nodes: readonly Plan[]): string[] =>
  nodes
    .flatMap((node) => (node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : []))
    .filter((name) => !SMALL.includes(name));

/** Each index that is read, with its condition. */
export const scans = (nodes: readonly Plan[]): string[] =>
  nodes.flatMap((node) =>
    node['Index Name'] ? [`${node['Index Name']}: ${node['Index Cond'] ?? 'no condition'}`] : [],
  );

/** What is put in order only once it was read: all of a list, for a page of it. */
export const sorts = (nodes: readonly Plan[]): string[] =>
  nodes.map((node) => node['Node Type']).filter((type) => type.endsWith('Sort'));
