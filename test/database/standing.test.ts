import { randomUUID } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';

import type pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createApp } from '../../src/app/create-app.ts';
import { connectAs } from '../../src/platform/database/data-source.ts';
import type { Login } from '../../src/platform/database/logins.ts';
import { silentLog } from '../../src/platform/log.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { testProof } from '../support/proof.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await createDatabase()));
afterAll(() => database.drop());

/** Connects as a role of its own, under which a hub would find itself after such a slip; roles belong to the server. */
async function connectsAfter(slip: (role: string) => string): Promise<void> {
  const role = `slip_${randomUUID().replaceAll('-', '')}`;
  await database.admin(`CREATE ROLE ${role} LOGIN PASSWORD 'slip'; ${slip(role)}`);
  const url = new URL(database.address.adminUrl);
  url.username = role;
  url.password = 'slip';
  try {
    await (await connectAs(role as Login, new DataSource({ type: 'postgres', url: url.href, poolSize: 1 }))).destroy();
  } finally {
    await database.admin(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  }
}

test.each([
  ['a superuser', (role: string) => `ALTER ROLE ${role} SUPERUSER`, 'superuser or has BYPASSRLS'],
  ['above row-level security', (role: string) => `ALTER ROLE ${role} BYPASSRLS`, 'superuser or has BYPASSRLS'],
  [
    'of the owners',
    (role: string) => `GRANT tocsin_owner TO ${role} WITH INHERIT FALSE, SET TRUE`,
    'become their owner',
  ],
  [
    'the owner of a table',
    (role: string) => `CREATE TABLE hub.${role} (); ALTER TABLE hub.${role} OWNER TO ${role}`,
    'owns tables',
  ],
])('no hub works as a login that is %s', async (_, slip, reason) => {
  await expect(connectsAfter(slip)).rejects.toThrow(reason);
});

test('a login that is none of it is let in, and none is taken for another', async () => {
  await expect(connectsAfter(() => '')).resolves.toBeUndefined();
  const source = new DataSource({ type: 'postgres', url: database.address.adminUrl, poolSize: 1 });
  await expect(connectAs('tocsin_app', source)).rejects.toThrow('Connected as postgres');
});

test.each(['DISABLE ROW LEVEL SECURITY', 'NO FORCE ROW LEVEL SECURITY'])(
  'no hub starts on a table that says %s',
  async (slip) => {
    const options = { database: database.address, documentation: true, log: silentLog, proof: testProof() };
    await database.admin(`ALTER TABLE report ${slip}`);
    await expect(createApp(options)).rejects.toThrow('not forced on report');
    await database.admin('ALTER TABLE report ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY');
    await (await createApp(options)).stop();
  },
);

test('no setting of a hub that is served takes a fence down', () => {
  const naming = globSync('src/**/*.ts').filter((file) => readFileSync(file, 'utf8').includes('codeFence'));
  expect(naming.sort()).toEqual([
    'src/app/join.ts',
    'src/platform/database/transaction.ts',
    'src/platform/database/work.ts',
  ]);
});

test('a named statement, prepared once and asked by two tenants in turn, runs by one kept plan and answers each its own', async () => {
  const tenants = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'];
  await database.admin('SET session_replication_role = replica');
  for (const id of tenants)
    await database.admin(
      "INSERT INTO member (id, organisation_id, name, email) VALUES (gen_random_uuid(), $1, 'm', 'm@m.example')",
      [id],
    );
  await database.admin('SET session_replication_role = origin');
  const client: pg.Client = await database.connect('tocsin_app');
  const asked = {
    name: 'members',
    text: 'SELECT organisation_id FROM member WHERE id > $1',
    values: ['00000000-0000-0000-0000-000000000000'],
  };
  for (let turn = 0; turn < 16; turn += 1) {
    const me = tenants[turn % 2];
    await client.query('BEGIN');
    await client.query("SELECT set_config('tocsin.org', $1, true)", [me]);
    expect((await client.query(asked)).rows).toEqual([{ organisation_id: me }]);
    await client.query('COMMIT');
    // Between two tenants there is none.
    expect((await client.query(asked)).rows).toEqual([]);
  }
  const { rows } = await client.query<{ kept: string }>(
    "SELECT generic_plans AS kept FROM pg_prepared_statements WHERE name = 'members'",
  );
  await client.end();
  expect(Number(rows[0]?.kept)).toBeGreaterThan(5);
});
