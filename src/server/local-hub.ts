import path from 'node:path';

import { FolderError, openDataFolder } from './data-folder.ts';
import { startEmbeddedDatabase } from './embedded-database.ts';
import type { LocalHub, LocalHubOptions } from './folder-hub.ts';

/** Starts the hub of a folder on the newest schema. Throws FolderError when the folder is not fit, or in use. */
export async function startLocalHub(options: LocalHubOptions): Promise<LocalHub> {
  const folder = path.resolve(options.folder);
  const host = options.host ?? '127.0.0.1';
  const secrets = openDataFolder(folder, options.mode);
  if (secrets.mode === 'TRIAL' && !isLoopback(host)) {
    const message = `${folder} is a trial, whose keys lie open in it: it listens on loopback only, not on ${host}.`;
    throw new FolderError('WRONG_MODE', message);
  }
  // The rest of the hub is read in while PostgreSQL starts; earlier it would keep PostgreSQL from being started.
  const readRest = () => import('./folder-hub.ts');
  const database = await startEmbeddedDatabase(folder, secrets, options.throwaway, () => void readRest());
  try {
    const { serveFolder } = await readRest();
    return await serveFolder(folder, secrets.mode, database, { ...options, host });
  } catch (error) {
    await database.postgres.stop();
    throw error;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
