import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { entities } from '../../src/app/entities.ts';
import { dataSourceFor } from '../../src/platform/database/data-source.ts';
import { readableBy } from '../../src/platform/database/readers.ts';
import type { World } from '../support/world.ts';
import { makeCrowd } from './crowd.ts';
import { Oracle, TABLES, seenBy, type Run } from './oracle.ts';

let world: World;
let tenant: pg.Client;
let oracle: Oracle;
const admin: Run = (text, values) => world.database.admin(text, values);
const app: Run = async (text, values = []) => (await tenant.query(text, [...values])).rows as never;

beforeAll(async () => {
  world = await makeCrowd();
  tenant = await world.database.connect('tocsin_app');
  oracle = await Oracle.of(admin);
});
afterAll(async () => {
  await tenant.end();
  await world[Symbol.asyncDispose]();
});

test('who reads a table is written down for every table of which tenants may select anything', async () => {
  const readable = await admin<{ relname: string }>(
    `SELECT relname FROM pg_class WHERE relnamespace = 'hub'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        AND has_any_column_privilege('tocsin_app', oid, 'SELECT') ORDER BY 1`,
  );
  expect(readable.map(({ relname }) => relname)).toEqual([...TABLES].sort());
});

test('the world has rows of every table, and for each some organisation that does not read all of them', async () => {
  for (const table of TABLES) {
    const [row] = await admin<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
    const sizes = oracle.organisations.map((me) => oracle.visible(table, me).size);
    expect([table, Math.max(...sizes) > 0, Math.min(...sizes) < (row?.n ?? 0)]).toEqual([table, true, true]);
  }
});

test.each(TABLES)('each organisation sees of %s what is made for it, and nothing else', async (table) => {
  expect(await oracle.faults(table, app)).toEqual([]);
});

test.each(TABLES)('without a tenant there is nothing in %s but what is listed for everybody', async (table) => {
  const seen = await seenBy(app, table, null);
  const listed = await admin<{ id: string }>("SELECT id FROM organisation WHERE listed AND $1 = 'organisation'", [
    table,
  ]);
  expect([...seen].sort()).toEqual(listed.map(({ id }) => id).sort());
});

describe('the first fence', () => {
  let source: DataSource;
  beforeAll(async () => {
    source = dataSourceFor('tocsin_app', world.database.address, entities, 1);
    await source.initialize();
  });
  afterAll(() => source.destroy());

  test('says of every entity what row-level security says of its table, without being asked together with it', async () => {
    for (const { target, tableName } of source.entityMetadatas) {
      let me = '';
      // As one whom no policy holds back: what is left out, the condition alone leaves out.
      const fenced: Run = async (text, [who] = []) => {
        if (text.startsWith('SELECT set_config')) me = String(who);
        else return admin(`${text} AS t WHERE ${readableBy(target, `'${me}'::uuid`)}`);
        return [];
      };
      expect(await oracle.faults(tableName, fenced)).toEqual([]);
    }
  });

  test('lists nothing of an entity that does not say who reads it', () => {
    class Unsaid {
      readonly id = '';
    }
    expect(() => readableBy(Unsaid, '$1')).toThrow('does not say who reads it');
  });
});

describe('the oracle notices', () => {
  interface Policy {
    name: string;
    tablename: string;
    qual: string;
  }
  const policies = (): Promise<Policy[]> =>
    admin(`SELECT policyname AS name, tablename, qual FROM pg_policies
            WHERE schemaname = 'hub' AND 'tocsin_app' = ANY (roles) AND cmd IN ('SELECT', 'ALL') ORDER BY tablename`);

  test('every reading policy when it is opened, and when it is shut', async () => {
    const all = await policies();
    expect(all.map(({ tablename }) => tablename)).toEqual([...TABLES].sort());
    for (const policy of all) {
      expect([policy.tablename, await faultsUnder(policy, 'true')]).not.toEqual([policy.tablename, 0]);
      expect([policy.tablename, await faultsUnder(policy, 'false')]).not.toEqual([policy.tablename, 0]);
    }
  });

  test('a policy that forgets in which capacity one reads a case', async () => {
    const capacity = /\(?r\.capacity = 'CO_COORDINATOR'::text\)?/;
    const careful = (await policies()).filter(({ qual }) => capacity.test(qual));
    expect(careful.map(({ tablename }) => tablename)).toEqual(['indicator', 'referral']);
    for (const policy of careful) {
      expect(await faultsUnder(policy, policy.qual.replace(capacity, 'true'))).toBeGreaterThan(0);
    }
  });

  /** How much is wrong while the policy says this; it is put back by undoing the transaction. */
  async function faultsUnder({ name, tablename }: Policy, using: string): Promise<number> {
    await admin('BEGIN');
    try {
      await admin(`ALTER POLICY ${name} ON ${tablename} USING (${using})`);
      await admin('SET LOCAL ROLE tocsin_app');
      return (await oracle.faults(tablename, admin)).length;
    } finally {
      await admin('ROLLBACK');
    }
  }
});

describe('readers_of', () => {
  const types = async () =>
    (await admin<{ type: string }>('SELECT DISTINCT subject_type AS type FROM entry_kind ORDER BY 1')).map(
      ({ type }) => type,
    );

  test('names for every row of every subject type the organisations for which the policies let it be seen', async () => {
    for (const type of await types()) {
      const seen = new Map<string, string[]>();
      for (const me of oracle.organisations) {
        for (const id of await seenBy(app, type, me)) seen.set(id, [...(seen.get(id) ?? []), me]);
      }
      const rows = await admin<{ id: string; named: string[] }>(
        `SELECT t.id, array(SELECT DISTINCT r.organisation_id FROM readers_of($1, ARRAY[t.id]) r)::text[] AS named FROM ${type} t
          WHERE to_jsonb(t) ->> 'listed' IS DISTINCT FROM 'true'`,
        [type],
      );
      expect(rows.length).toBeGreaterThan(0);
      for (const { id, named } of rows) expect([type, id, named.sort()]).toEqual([type, id, seen.get(id)?.sort()]);
    }
  });

  test('does not call readers those who only find an organisation in the list', async () => {
    const rows = await admin<{ id: string; named: string[]; due: string[] }>(
      `SELECT o.id, array(SELECT DISTINCT r.organisation_id FROM readers_of('organisation', ARRAY[o.id]) r ORDER BY 1) AS named,
          array(SELECT DISTINCT x FROM unnest(ARRAY[o.id, o.operator_id]) x ORDER BY 1) AS due FROM organisation o WHERE o.listed`,
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { named, due } of rows) expect(named).toEqual(due);
  });
});
