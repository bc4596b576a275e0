import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { tick } from '../../src/app/tick.ts';
import type { Login } from '../../src/platform/database/logins.ts';
import { signed } from '../support/proven.ts';
import { createWorld, type World } from '../support/world.ts';
import { CAST, type Attack } from './attack.ts';
import { ATTACKS_ON_DESKS } from './attacks-on-desks.ts';
import { ATTACKS_ON_PEOPLE } from './attacks-on-people.ts';
import { ATTACKS } from './attacks.ts';
import { BLIND_ATTACKS } from './blind.ts';
import { happenings } from './crowd.ts';
import { codeOf } from './entries.ts';
import { FORGERIES, HONEST } from './forgeries.ts';
import { HELD } from './held.ts';

let world: World;
let cast: Record<string, string>;
let intact: string;
beforeAll(async () => {
  world = await createWorld();
  await happenings(world);
  cast = {};
  for (const [name, text] of Object.entries(CAST)) {
    const [row] = await world.database.admin<{ id: string }>(filled(text));
    if (!row) throw new Error(`Nobody plays ${name}.`);
    cast[name] = row.id;
  }
  // What the hub would do by itself in between is done first: then nothing changes but by an attack.
  await tick(world.hub.app.work, world.hub.app.clock.now());
  await signed(world);
  intact = await everything();
});
afterAll(() => world[Symbol.asyncDispose]());

const filled = (text: string): string =>
  text.replaceAll(/\{([a-zA-Z]+)\}/g, (whole, name: string) => (cast[name] ? `'${cast[name]}'::uuid` : whole));

/** A digest of every row of every table, but of the log's own: it goes on signing by itself. */
async function everything(): Promise<string> {
  const { admin } = world.database;
  const tables = await admin<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'hub'::regnamespace AND relkind = 'r' AND relname NOT IN ('ledger_checkpoint', 'ledger_tile', 'ledger_tree') ORDER BY 1",
  );
  const digests = tables.map(
    ({ name }) =>
      `SELECT '${name}' AS name, count(*) AS n, md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) AS rows FROM ${name} t`,
  );
  return JSON.stringify(await admin(`${digests.join(' UNION ALL ')} ORDER BY name`));
}

describe('a tenant cannot', () => {
  let client: pg.Client;
  beforeAll(async () => void (client = await world.database.connect('tocsin_app')));
  afterEach(() => client.query('ROLLBACK; RESET ALL; DISCARD TEMP'));
  afterAll(() => client.end());

  test.each([...ATTACKS, ...ATTACKS_ON_DESKS, ...ATTACKS_ON_PEOPLE, ...FORGERIES, ...BLIND_ATTACKS])(
    '$what',
    async ({ as, sql, held }: Attack) => {
      await client.query('BEGIN');
      await client.query("SELECT set_config('tocsin.org', $1, true)", [cast[as]]);
      let rows = 0;
      const code = await codeOf(client.query(filled(sql)).then(({ rowCount }) => (rows = rowCount ?? 0)));
      expect(code === null && rows === 0 ? 'no row' : (HELD[code ?? ''] ?? code)).toBe(held);
      await client.query('COMMIT');
      if (held === 'no row') expect(await everything()).toBe(intact);
    },
  );

  const HIDDEN = [
    'ledger',
    'ledger_inbox',
    'ledger_head',
    'ledger_payload',
    'ledger_tree',
    'ledger_tile',
    'ledger_checkpoint',
    'log_key',
    'entry_subject',
    'entry_kind',
    'state_move',
    'follower',
    'follower_failure',
    'migration',
  ];
  test.each(HIDDEN)('read or write %s', async (table) => {
    await client.query("SELECT set_config('tocsin.org', $1, false)", [cast['operator']]);
    for (const sql of [
      `SELECT FROM ${table}`,
      `INSERT INTO ${table} DEFAULT VALUES`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table}`,
    ]) {
      expect([sql, await codeOf(client.query(sql))]).toEqual([sql, '42501']);
    }
  });

  test.each(['feed', 'feed_head'])('write %s', async (table) => {
    await client.query("SELECT set_config('tocsin.org', $1, false)", [cast['operator']]);
    for (const sql of [`UPDATE ${table} SET seq = 0`, `DELETE FROM ${table}`, `INSERT INTO ${table} DEFAULT VALUES`]) {
      expect([sql, await codeOf(client.query(sql))]).toEqual([sql, '42501']);
    }
  });

  test.each([
    ...['tocsin_owner', 'tocsin_system', 'tocsin_ledger', 'tocsin_definer', 'postgres'].map(
      (role) => `SET ROLE ${role}`,
    ),
    'SET SESSION AUTHORIZATION tocsin_system',
    'SET session_replication_role = replica',
    'SET row_security = off; SELECT FROM report',
    'ALTER TABLE report DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE report DISABLE TRIGGER logged',
    'DROP POLICY read ON report',
    "CREATE FUNCTION hub.me2() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    'CREATE TABLE hub.mine ()',
    "SELECT readers_of('report', '{}')",
    "SELECT protect('{}')",
    "COPY report TO PROGRAM 'true'",
  ])('say: %s', async (sql) => {
    expect(await codeOf(client.query(sql))).toBe('42501');
  });

  test('reach past its own organisation by a table of its own making in front of the schema', async () => {
    await client.query("SELECT set_config('tocsin.org', $1, false)", [cast['otherVendor']]);
    await client.query(
      'CREATE TEMPORARY TABLE feed AS SELECT $1::uuid AS organisation_id, 1::bigint AS seq, $1::uuid AS entry_id, $2 AS kind',
      [cast['otherVendor'], 'FORGED'],
    );
    await client.query('SET search_path = pg_temp, hub');
    const { rows } = await client.query<{ kind: string }>('SELECT kind FROM feed_page(0, 1000, NULL)');
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.map(({ kind }) => kind)).not.toContain('FORGED');
  });
});

test('an entry of a kind that the tenant writes, and that says what it is, is taken', async () => {
  const client = await world.database.connect('tocsin_app');
  await client.query('BEGIN');
  await client.query("SELECT set_config('tocsin.org', $1, true)", [cast[HONEST.as]]);
  const code = await codeOf(client.query(filled(HONEST.sql)));
  await client.query('ROLLBACK');
  await client.end();
  expect(code).toBeNull();
});

describe('only what its work needs is what', () => {
  const MAY_NOT: Readonly<Record<string, readonly string[]>> = {
    tocsin_ledger: [
      'UPDATE ledger SET leaf_hash = leaf_hash',
      'DELETE FROM ledger',
      'UPDATE feed SET seq = seq',
      'DELETE FROM feed',
      'DELETE FROM feed_head',
      'DELETE FROM ledger_head',
      'INSERT INTO ledger_inbox DEFAULT VALUES',
      'SELECT FROM ledger_payload',
      'SELECT FROM entry_subject',
      'SELECT FROM report',
      'SELECT FROM client',
      "SELECT ledger_append('{}', '{}', '{}', '{}', '{}', '{}')",
      'UPDATE ledger_checkpoint SET note = note',
      'DELETE FROM ledger_checkpoint',
      'DELETE FROM ledger_tile',
      'UPDATE ledger_tree SET origin = origin',
      'UPDATE log_key SET until_size = 0',
      'SET ROLE tocsin_system',
    ],
    tocsin_system: [
      'DELETE FROM feed',
      'DELETE FROM report',
      'DELETE FROM indicator',
      'DELETE FROM ledger_payload',
      'DELETE FROM entry_subject',
      'INSERT INTO ledger DEFAULT VALUES',
      'UPDATE ledger SET position = position',
      'DELETE FROM ledger',
      'INSERT INTO ledger_inbox DEFAULT VALUES',
      'UPDATE ledger_inbox SET audience = audience',
      'DELETE FROM ledger_inbox',
      'UPDATE ledger_head SET size = 0',
      'UPDATE entry_kind SET hears = hears',
      'INSERT INTO ledger_checkpoint DEFAULT VALUES',
      'UPDATE ledger_checkpoint SET note = note',
      'UPDATE ledger_tile SET hashes = hashes',
      'UPDATE ledger_tree SET size = 0',
      'UPDATE log_key SET public_key = public_key',
      'DELETE FROM log_key',
      'SET ROLE tocsin_ledger',
      'ALTER TABLE report DISABLE TRIGGER logged',
    ],
  };
  const pairs = Object.entries(MAY_NOT).flatMap(([login, all]) => all.map((sql) => [login as Login, sql] as const));

  test.each(pairs)('%s may do, and not: %s', async (login, sql) => {
    const client = await world.database.connect(login);
    const code = await codeOf(client.query(sql));
    await client.end();
    expect(code).toBe('42501');
  });
});
