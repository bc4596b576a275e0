import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import { EmbeddedPostgresError } from '../platform/database/embedded/embedded-postgres-error.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../platform/database/embedded/launcher.ts';
import type { DatabaseAddress } from '../platform/database/logins.ts';
import { FolderError, readSecrets, type Secrets } from './data-folder.ts';
import { readRunning } from './running-file.ts';

const DATABASE = 'tocsin';
/** A hub that is told to stop lets requests under way finish first. */
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 100;

export interface EmbeddedDatabase {
  readonly postgres: EmbeddedPostgres;
  readonly address: DatabaseAddress;
}

/**
 * Starts PostgreSQL on the folder, with a database for the hub. Throws FolderError IN_USE while a hub runs on it.
 * `onSpawned`: called when PostgreSQL is on its way.
 */
export async function startEmbeddedDatabase(
  folder: string,
  { superuserPassword: password, loginSecret }: Secrets,
  throwaway = false,
  onSpawned?: () => void,
): Promise<EmbeddedDatabase> {
  const durability = throwaway ? 'throwaway' : 'durable';
  const postgres = await whenFree(folder, () =>
    startEmbeddedPostgres({ folder, password, durability, removeOnExit: throwaway, onSpawned }),
  );
  try {
    await ensureDatabase(postgres.url('postgres'));
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return { postgres, address: { adminUrl: postgres.url(DATABASE), loginSecret } };
}

/** Uses the database of the hub in the folder, whether the hub runs or not. */
export async function withEmbeddedDatabase<Result>(
  folder: string,
  use: (address: DatabaseAddress) => Promise<Result>,
): Promise<Result> {
  const secrets = readSecrets(folder);
  if (!secrets) throw new FolderError('NO_HUB', `There is no hub in ${folder} yet: tocsin serve makes one.`);
  const started = await startEmbeddedDatabase(folder, secrets).catch((error: unknown) => {
    if (error instanceof HubRuns) return error;
    throw error;
  });
  if (started instanceof HubRuns) return use(addressOn(started.databasePort, secrets));
  try {
    return await use(started.address);
  } finally {
    await started.postgres.stop();
  }
}

/** Another hub serves the folder. */
class HubRuns extends FolderError {
  constructor(
    folder: string,
    pid: number,
    url: string,
    readonly databasePort: number,
  ) {
    super('IN_USE', `${folder} is in use: a hub runs on it already, at ${url} (process ${pid}). Use it, or stop it.`);
  }
}

/** Waits for a hub that is on its way out; says where one is that stays. */
async function whenFree(folder: string, start: () => Promise<EmbeddedPostgres>): Promise<EmbeddedPostgres> {
  for (const last = Date.now() + PATIENCE_MS; ;) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof EmbeddedPostgresError) || error.code !== 'FOLDER_IN_USE') throw error;
      const running = readRunning(folder, error.holder);
      if (!running) throw error;
      if (!running.stopping || Date.now() > last) {
        throw new HubRuns(folder, running.pid, running.url, running.databasePort);
      }
      await sleep(LOOK_EVERY_MS);
    }
  }
}

function addressOn(port: number, { superuserPassword, loginSecret }: Secrets): DatabaseAddress {
  return { adminUrl: `postgres://postgres:${superuserPassword}@127.0.0.1:${port}/${DATABASE}`, loginSecret };
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
