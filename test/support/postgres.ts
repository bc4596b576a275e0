import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';
import type { TestProject } from 'vitest/node';

import { migrations } from '../../src/app/migrations.ts';
import { migrate } from '../../src/platform/database/migrate.ts';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/launcher.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the superuser, for the database `postgres`. */
    adminUrl: string;
    loginSecret: string;
  }
}

export const TEMPLATE = 'tocsin_template';

/** One PostgreSQL for the whole run, with a migrated template that each test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
  const loginSecret = 'a secret for tests that nobody else uses';
  const postgres = await startEmbeddedPostgres({
    folder,
    password: 'postgres',
    durability: 'throwaway',
    removeOnExit: true,
    settings: { file_copy_method: 'clone' },
  });
  const adminUrl = postgres.url('postgres');
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  await migrate({ adminUrl: postgres.url(TEMPLATE), loginSecret }, migrations);
  project.provide('adminUrl', adminUrl);
  project.provide('loginSecret', loginSecret);
  return () => postgres.stop('immediate');
}
