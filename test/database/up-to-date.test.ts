import type { MigrationInterface, QueryRunner } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { migrations } from '../../src/app/migrations.ts';
import { LoginsError, type DatabaseAddress } from '../../src/platform/database/logins.ts';
import { migrate, nameOf } from '../../src/platform/database/migrate.ts';
import { isUpToDate } from '../../src/platform/database/up-to-date.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startTestServer, TEMPLATE } from '../support/postgres.ts';

class Tomorrow implements MigrationInterface {
  readonly name = 'Tomorrow9999999999999';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE hub.tomorrow ()');
  }

  async down(): Promise<void> {}
}

const names = migrations.map(nameOf);

/** Of its own: logins belong to the whole server, and others' tests run on theirs. */
let server: Awaited<ReturnType<typeof startTestServer>>;
let database: TestDatabase;
beforeAll(async () => {
  server = await startTestServer();
  database = await createDatabase(TEMPLATE, server);
}, 60_000);
afterAll(async () => {
  await database.drop();
  await server.stop();
});

const isSo = (address = database.address) => isUpToDate(address, names);

/** The same database, for a start that can look and mend nothing. */
function withoutAdministrator(): DatabaseAddress {
  const url = new URL(database.address.adminUrl);
  url.username = 'nobody';
  return { ...database.address, adminUrl: url.href };
}

test('logins and schema that are as this release makes them are looked at, and nothing is done', async () => {
  expect(await isSo()).toBe(true);
  expect(await migrate(withoutAdministrator(), migrations)).toEqual([]);
});

test.each([
  ["a login's setting is another", "ALTER ROLE tocsin_app SET statement_timeout = '10min'"],
  ["a login's setting is gone", 'ALTER ROLE tocsin_system RESET transaction_timeout'],
  ['a login has no settings at all', 'ALTER ROLE tocsin_ledger RESET ALL'],
  ['the owner looks for tables elsewhere', 'ALTER ROLE tocsin_owner SET search_path = public'],
  ['a login may not enter the schema', 'REVOKE USAGE ON SCHEMA hub FROM tocsin_app'],
  ['the definer may not enter the schema', 'REVOKE USAGE ON SCHEMA hub FROM tocsin_definer'],
  ['the owner may not become the definer', 'REVOKE tocsin_definer FROM tocsin_owner'],
])('found and mended at the next start: %s', async (_what, damage) => {
  await database.admin(damage);
  expect(await isSo()).toBe(false);
  await expect(migrate(withoutAdministrator(), migrations)).rejects.toThrow();
  expect(await migrate(database.address, migrations)).toEqual([]);
  expect(await isSo()).toBe(true);
});

test("an operator's own setting of a login stays, and is not looked for mending at each start", async () => {
  await database.admin("ALTER ROLE tocsin_app SET work_mem = '8MB'");
  expect(await isSo()).toBe(true);
  expect(await migrate(database.address, migrations)).toEqual([]);
  const [role] = await database.admin(
    "SELECT FROM pg_roles WHERE rolname = 'tocsin_app' AND 'work_mem=8MB' = ANY (rolconfig)",
  );
  expect(role).toBeDefined();
});

test('a migration that was not applied is found and applied, and one of a later release is left alone', async () => {
  const later = await createDatabase(TEMPLATE, server);
  try {
    expect(await isUpToDate(later.address, [...names, 'Tomorrow9999999999999'])).toBe(false);
    expect(await migrate(later.address, [...migrations, Tomorrow])).toEqual(['Tomorrow9999999999999']);
    expect(await later.admin("SELECT to_regclass('hub.tomorrow') AS made")).toEqual([{ made: 'tomorrow' }]);
    expect(await isUpToDate(later.address, [...names, 'Tomorrow9999999999999'])).toBe(true);
    expect(await isSo(later.address)).toBe(true);
  } finally {
    await later.drop();
  }
});

test('an empty database is not up to date', async () => {
  await database.admin('CREATE DATABASE empty');
  const url = new URL(database.address.adminUrl);
  url.pathname = '/empty';
  const address = { ...database.address, adminUrl: url.href };
  expect(await isSo(address)).toBe(false);
  expect(await migrate(address, migrations)).toEqual(names);
  expect(await isSo(address)).toBe(true);
});

test('logins of another secret, and a server that does not answer, are for who mends to explain', async () => {
  const stranger = { ...database.address, loginSecret: 'a secret that these logins were not made with' };
  expect(await isSo(stranger)).toBe(false);
  await expect(migrate(stranger, migrations)).rejects.toThrow(LoginsError);
  const gone = { ...database.address, adminUrl: 'postgres://postgres@127.0.0.1:1/postgres' };
  expect(await isSo(gone)).toBe(false);
  await expect(migrate(gone, migrations)).rejects.toThrow(/ECONNREFUSED/);
});
