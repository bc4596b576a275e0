import path from 'node:path';

import pg from 'pg';

import type { HubConfig } from '../../app/config/hub.ts';
import { migrations } from '../../app/migrations.ts';
import type { DatabaseAddress } from '../../platform/database/logins.ts';
import { migrate } from '../../platform/database/migrate.ts';
import { FolderError, openDataFolder, readSecrets } from '../data-folder.ts';
import { withEmbeddedDatabase } from '../embedded-database.ts';
import { importHub, readExport } from './export.ts';
import type { Manifest } from './sealed-folder.ts';

/** Makes a hub of an export: in a new folder, or in the new database of DATABASE_URL. */
export async function importInto(
  from: string,
  { database, folder: configured }: HubConfig,
  folder: string = configured,
): Promise<{ madeAt: string; target: string }> {
  const manifest = await readExport(from);
  if (database) {
    await fill(from, manifest, database);
    return { madeAt: manifest.madeAt, target: new URL(database.adminUrl).host };
  }
  const target = path.resolve(folder);
  if (readSecrets(target)) throw new FolderError('IN_USE', `${target} holds a hub already: import into a new folder.`);
  openDataFolder(target, manifest.mode);
  await withEmbeddedDatabase(target, (address) => fill(from, manifest, address));
  return { madeAt: manifest.madeAt, target };
}

async function fill(from: string, manifest: Manifest, address: DatabaseAddress): Promise<void> {
  await migrate(address, migrations);
  await requireEmpty(address.adminUrl);
  await importHub(from, manifest, address);
}

/** What is there already would be overwritten, and its proofs with it. */
async function requireEmpty(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM hub.organisation LIMIT 1');
    if (rowCount !== 0) throw new FolderError('IN_USE', 'The database holds a hub already: import into a new one.');
  } finally {
    await client.end();
  }
}
