import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { inject } from 'vitest';

import { urlOf, type DatabaseAddress, type Login } from '../../src/platform/database/logins.ts';
import { TEMPLATE } from './postgres.ts';

/** A migrated database of a test's own. */
export interface TestDatabase {
  readonly address: DatabaseAddress;
  /** Rows of one statement as the superuser: what a test knows better than any tenant. */
  admin<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  connect(login: Login): Promise<pg.Client>;
  drop(): Promise<void>;
}

export async function createDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const server = new pg.Client({ connectionString: adminUrl });
  await server.connect();
  await server.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY file_copy`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const address = { adminUrl: url.href, loginSecret: inject('loginSecret') };
  const admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  await admin.query('SET search_path = hub');
  return {
    address,
    admin: async (text, values = []) => (await admin.query(text, [...values])).rows as never,
    connect: async (login) => {
      const client = new pg.Client({ connectionString: urlOf(login, address) });
      await client.connect();
      return client;
    },
    drop: async () => {
      await admin.end();
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.end();
    },
  };
}
