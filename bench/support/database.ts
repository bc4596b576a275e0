import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { migrations } from '../../src/app/migrations.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/database/embedded/launcher.ts';
import type { DatabaseAddress } from '../../src/platform/database/logins.ts';
import { migrate } from '../../src/platform/database/migrate.ts';

/** A migrated database of its own, that syncs to disk as in production. */
export interface BenchDatabase {
  readonly folder: string;
  readonly address: DatabaseAddress;
  readonly postgres: EmbeddedPostgres;
  readonly leave: () => Promise<void>;
}

export async function makeDatabase(): Promise<BenchDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const postgres = await startEmbeddedPostgres({
    folder,
    password: randomUUID(),
    durability: 'durable',
    removeOnExit: true,
  });
  const address = { adminUrl: postgres.url('postgres'), loginSecret: randomUUID() };
  await migrate(address, migrations);
  return { folder, address, postgres, leave: () => postgres.stop('immediate') };
}

/** On the tables of the hub. */
export async function connectTo(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query('SET search_path = hub');
  return client;
}
