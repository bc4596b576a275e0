import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { inject } from 'vitest';

import { urlOf, type DatabaseAddress, type Login } from '../../src/platform/database/logins.ts';
import { TEMPLATE, type TestServer } from './postgres.ts';

/** A migrated database of a test's own. */
export interface TestDatabase {
  readonly address: DatabaseAddress;
  /** Rows of one statement as the superuser: what a test knows better than any tenant. */
  admin<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  connect(login: Login): Promise<pg.Client>;
  /** A backup of it as it stands, that can be gone back to; nobody else may be connected. */
  copy(): Promise<TestDatabase>;
  drop(): Promise<void>;
}

/** The server of the run of tests. */
const serverOfRun = (): TestServer => ({ adminUrl: inject('adminUrl'), loginSecret: inject('loginSecret') });

export async function createDatabase(template = TEMPLATE, on: TestServer = serverOfRun()): Promise<TestDatabase> {
  const { adminUrl, loginSecret } = on;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const server = new pg.Client({ connectionString: adminUrl });
  await server.connect();
  await server.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const address = { adminUrl: url.href, loginSecret };
  let admin = await superuser(url.href);
  return {
    address,
    admin: async (text, values = []) => (await admin.query(text, [...values])).rows as never,
    connect: async (login) => {
      const client = new pg.Client({ connectionString: urlOf(login, address) });
      await client.connect();
      return client;
    },
    copy: async () => {
      await admin.end();
      const copy = await createDatabase(name, on);
      admin = await superuser(url.href);
      return copy;
    },
    drop: async () => {
      await admin.end();
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.end();
    },
  };
}

async function superuser(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query('SET search_path = hub');
  return client;
}
