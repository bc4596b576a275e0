import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

import type { Known, RoutingClaim } from './matcher/matcher.ts';
import { rate } from '../support/measure.ts';

/** The table has all three indexes, and each look-up uses its own; what the hub has is the last. */
const TABLE = `
  CREATE UNLOGGED TABLE bench_claim (id uuid, kind text, value text COLLATE "C", network inet, key text);
  CREATE INDEX ON bench_claim USING gist (network inet_ops);
  CREATE INDEX ON bench_claim (value) INCLUDE (id) WHERE kind = 'DOMAIN_SUFFIX';
  CREATE INDEX ON bench_claim (key) INCLUDE (id)`;
const ADDRESS = 'SELECT id FROM bench_claim WHERE network >>= $1::inet';
const HOST = `SELECT id FROM bench_claim WHERE kind = 'DOMAIN_SUFFIX' AND value = ANY ($1::text[])`;
const ADDRESSES = `SELECT c.id FROM unnest($1::inet[]) AS q(address) CROSS JOIN LATERAL (
  SELECT id FROM bench_claim WHERE network >>= q.address) c`;
const HOSTS = `SELECT c.id FROM unnest($1::text[]) AS q(name) JOIN bench_claim c ON c.kind = 'DOMAIN_SUFFIX' AND c.value = q.name`;
const KEYS = `SELECT c.id FROM unnest($1::text[], $2::text[]) AS q(kind, value) CROSS JOIN LATERAL (
  SELECT id FROM bench_claim WHERE key = ANY (keys_of(q.kind, NULL, q.value))) c`;

/** Looks up each of these; the ids of all claims that match. */
export type Ask = (questions: readonly Known[]) => Promise<readonly string[]>;

/** Copies the claims in, with the indexes there; rows a second. */
export async function load(admin: pg.Client, claims: Iterable<RoutingClaim>, count: number): Promise<number> {
  await admin.query(TABLE);
  const lines = function* (): Generator<string> {
    for (const { id, kind, value } of claims)
      yield `${id}\t${kind}\t${value}\t${kind === 'IP_PREFIX' ? value : '\\N'}\t${kind} ${value}\n`;
  };
  const perSecond = await rate(count, () =>
    pipeline(Readable.from(lines()), admin.query(copyFrom('COPY bench_claim FROM STDIN'))),
  );
  await admin.query('VACUUM ANALYZE bench_claim');
  return perSecond;
}

/** A query for each. */
export const oneByOne =
  (admin: pg.Client): Ask =>
  async (questions) => {
    const ids: string[] = [];
    for (const { kind, value } of questions) {
      const { rows } = await (kind === 'ADDRESS'
        ? admin.query<{ id: string }>({ name: 'address', text: ADDRESS, values: [value] })
        : admin.query<{ id: string }>({ name: 'host', text: HOST, values: [upwards(value)] }));
      for (const { id } of rows) ids.push(id);
    }
    return ids;
  };

/** What a thousand are asked by: GiST and btree, or the keys. */
type Batch = (questions: readonly Known[]) => [text: string, values: unknown[]][];

export const together =
  (admin: pg.Client, batch: Batch): Ask =>
  async (questions) => {
    const ids: string[] = [];
    for (let from = 0; from < questions.length; from += 1_000) {
      for (const [text, values] of batch(questions.slice(from, from + 1_000))) {
        const { rows } = await admin.query<{ id: string }>(text, values);
        for (const { id } of rows) ids.push(id);
      }
    }
    return ids;
  };

export const byIndex: Batch = (questions) => {
  const values = (of: Known['kind']) => questions.filter(({ kind }) => kind === of).map(({ value }) => value);
  return [
    [ADDRESSES, [values('ADDRESS')]],
    [HOSTS, [values('HOST').flatMap(upwards)]],
  ];
};

export const byKeys: Batch = (questions) => [
  [KEYS, [questions.map(({ kind }) => kind), questions.map(({ value }) => value)]],
];

/** A name and every name above it. */
const upwards = (name: string): string[] => name.split('.').map((_, at, labels) => labels.slice(at).join('.'));
