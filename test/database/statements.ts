import { graphql } from 'graphql';
import type pg from 'pg';

import { RequestContext } from '../../src/platform/api/context.ts';
import type { Transaction } from '../../src/platform/database/transaction.ts';
import type { Work } from '../../src/platform/database/work.ts';
import { PERMISSIONS, type Viewer } from '../../src/platform/viewer.ts';
import type { Hub } from '../../src/server/hub.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
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
  const real = new Map<unknown, Transaction>();
  const work = {
    openRead: async () => {
      const tx = await app.work.openRead(viewer);
      const noting = new Proxy(tx, {
        get: (target, name, receiver) => {
          if (name !== 'query') return Reflect.get(target, name, receiver) as unknown;
          return (text: string, values: readonly unknown[] = []) => {
            statements.push({ text, values });
            return target.query(text, values);
          };
        },
      });
      real.set(noting, tx);
      return noting;
    },
    closeRead: (tx: Transaction) => app.work.closeRead(real.get(tx) ?? tx),
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

/** How PostgreSQL would run it, node by node. */
export async function plan(client: pg.Client, { text, values }: Statement): Promise<Plan[]> {
  const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${text}`, [...values]);
  const flat = (node: Plan): Plan[] => [node, ...(node.Plans ?? []).flatMap(flat)];
  return flat(rows[0]['QUERY PLAN'][0].Plan);
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
