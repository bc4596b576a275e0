import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';
import type { TestProject } from 'vitest/node';

import { migrations } from '../../src/app/migrations.ts';
import { migrate } from '../../src/platform/database/migrate.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/database/embedded/launcher.ts';

/** Where test databases are made, and the secret behind its logins. */
export interface TestServer {
  /** Of the superuser, for the database `postgres`. */
  readonly adminUrl: string;
  readonly loginSecret: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    adminUrl: string;
    loginSecret: string;
  }
}

export const TEMPLATE = 'tocsin_template';

/** A PostgreSQL with a migrated template that each test database is a clone of. */
export async function startTestServer(
  settings: Readonly<Record<string, string>> = {},
): Promise<TestServer & { readonly postgres: EmbeddedPostgres; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
  const loginSecret = 'a secret for tests that nobody else uses';
  const postgres = await startEmbeddedPostgres({
    folder,
    password: 'postgres',
    durability: 'throwaway',
    removeOnExit: true,
    settings: { file_copy_method: 'clone', ...settings },
  });
  const adminUrl = postgres.url('postgres');
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  await migrate({ adminUrl: postgres.url(TEMPLATE), loginSecret }, migrations);
  return { adminUrl, loginSecret, postgres, stop: () => postgres.stop('immediate') };
}

/** One for the whole run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { adminUrl, loginSecret, stop } = await startTestServer();
  project.provide('adminUrl', adminUrl);
  project.provide('loginSecret', loginSecret);
  return stop;
}
