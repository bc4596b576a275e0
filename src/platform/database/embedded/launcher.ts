import fs from 'node:fs';
import path from 'node:path';
import { chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { startServer, type Server } from './server.ts';
import { serverArguments, type Durability } from './settings.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

export interface EmbeddedPostgres {
  readonly port: number;
  readonly pid: number;
  /** The folder given: the cluster is in its `postgres`, the server's log in its `postgres.log`. */
  readonly folder: string;
  /** For the superuser `postgres`, with the password. */
  url(database: string): string;
  /** Resolves when the server has ended, however that came about. */
  readonly ended: Promise<void>;
  /** Resolves when the server has ended. `fast` ends sessions and writes everything out; after `immediate` the next start recovers. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Made when missing. */
  folder: string;
  /** Of the superuser; it counts when the cluster is made, and must be the same at every later start. */
  password: string;
  /** `throwaway` is fast and loses data when the machine (not the process) crashes. */
  durability: Durability;
  settings?: Readonly<Record<string, string>>;
  /** Delete the folder and all in it once the server has ended, also when this process was killed. */
  removeOnExit?: boolean;
  /** Called once the server is on its way: what takes time can be done meanwhile. */
  onSpawned?: (() => void) | undefined;
}

/** Starts PostgreSQL on the folder; it ends when this process ends, however that comes about. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = path.resolve(options.folder);
  const data = path.join(folder, 'postgres');
  const { durability, password } = options;
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const account = chooseAccount(folder, data);
  const binaries = await findBinaries(account);
  const watchdog = startWatchdog({
    signal: durability === 'durable' ? 'INT' : 'QUIT',
    remove: options.removeOnExit ? folder : undefined,
  });
  try {
    await ensureCluster({ folder, data, account, binaries, password, durability, watchdog });
    const server = await startServer({
      ...{ program: binaries.postgres, data, log: path.join(folder, 'postgres.log'), account, watchdog },
      arguments: (port) => serverArguments({ port, durability, settings: options.settings ?? {} }),
      onSpawned: options.onSpawned,
    });
    return present(server, folder, options, watchdog);
  } catch (error) {
    watchdog.release();
    throw error;
  }
}

function present(
  server: Server,
  folder: string,
  options: EmbeddedPostgresOptions,
  watchdog: Watchdog,
): EmbeddedPostgres {
  const credentials = `postgres:${encodeURIComponent(options.password)}`;
  return {
    port: server.port,
    pid: server.pid,
    folder,
    ended: server.ended,
    url: (database) => `postgres://${credentials}@127.0.0.1:${server.port}/${encodeURIComponent(database)}`,
    stop: async (mode = 'fast') => {
      server.signal(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await server.ended;
      watchdog.release();
      if (options.removeOnExit) fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
