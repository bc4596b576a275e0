import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { migrations } from '../../src/app/migrations.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/database/embedded/launcher.ts';
import { urlOf } from '../../src/platform/database/logins.ts';
import { migrate } from '../../src/platform/database/migrate.ts';

// A server of its own: roles belong to the whole of one, and the other tests' are made by a superuser.
let postgres: EmbeddedPostgres;
let adminUrl: string;

beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tocsin-migrate-'));
  postgres = await startEmbeddedPostgres({ folder, password: 'postgres', durability: 'throwaway', removeOnExit: true });
  const superuser = new pg.Client({ connectionString: postgres.url('postgres') });
  await superuser.connect();
  await superuser.query("CREATE ROLE administrator LOGIN CREATEROLE PASSWORD 'postgres'");
  await superuser.query('CREATE DATABASE tocsin OWNER administrator');
  await superuser.end();
  const url = new URL(postgres.url('tocsin'));
  url.username = 'administrator';
  adminUrl = url.href;
});
afterAll(() => postgres.stop('immediate'));

async function whoAmI(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ login: string }>('SELECT current_user AS login');
  await client.end();
  return rows[0]?.login ?? '';
}

const address = (loginSecret: string) => ({ adminUrl, loginSecret });

test('an administrator who may create roles, and is no superuser, migrates; again changes nothing', async () => {
  const hub = address('the secret of the first day');
  expect(await migrate(hub, migrations)).toHaveLength(migrations.length);
  expect(await migrate(hub, migrations)).toEqual([]);
  expect(await whoAmI(urlOf('tocsin_app', hub))).toBe('tocsin_app');
});

async function ask<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  const { rows } = await client.query<Row>(text);
  await client.end();
  return rows;
}

test('where all is as it should be nothing is written; a login that somebody changed is set right', async () => {
  const hub = address('the secret of the first day');
  const settings = () =>
    ask('SELECT setrole::regrole::text, setconfig::text, xmin::text FROM pg_db_role_setting ORDER BY 1');
  const before = await settings();
  expect(await migrate(hub, migrations)).toEqual([]);
  expect(await settings()).toEqual(before);

  await ask("ALTER ROLE tocsin_app SET statement_timeout = '1h'");
  expect(await migrate(hub, migrations)).toEqual([]);
  const told = ({ setrole, setconfig }: pg.QueryResultRow) => [setrole, setconfig] as unknown[];
  expect((await settings()).map(told)).toEqual(before.map(told));
});

test('with another secret it is refused, and nobody who runs with the old one notices', async () => {
  const [before, after] = [address('the secret of the first day'), address('a secret that somebody mistyped')];
  await expect(migrate(after, migrations)).rejects.toThrow(/another TOCSIN_LOGIN_SECRET.*--rotate-logins/);
  expect(await whoAmI(urlOf('tocsin_ledger', before))).toBe('tocsin_ledger');
});

test('a new secret changes the passwords of the logins when it is meant to, and the old one opens nothing more', async () => {
  const [before, after] = [address('the secret of the first day'), address('the secret of the second day')];
  await migrate(after, migrations, { rotateLogins: true });
  expect(await whoAmI(urlOf('tocsin_ledger', after))).toBe('tocsin_ledger');
  await expect(whoAmI(urlOf('tocsin_ledger', before))).rejects.toThrow('password authentication failed');
  expect(await migrate(after, migrations)).toEqual([]);
});
