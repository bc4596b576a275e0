import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { secureCluster, type Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { formatIdentity, identityOf, isRunning, parseIdentity, thisProcess } from './process-identity.ts';
import type { Durability } from './settings.ts';
import { startFailure } from './start-failure.ts';
import type { Watchdog } from './watchdog.ts';

/**
 * The working folder under a name that needs no way to it: the account may have no right to pass through the folders
 * above (a clone under /root), but Node enters the folder before it changes the account.
 */
export const hereByProc = '/proc/self/cwd';

/** Everything the programs need and nothing of ours: PGDATA, PGPORT, LD_LIBRARY_PATH or a locale would change them. */
export const serverEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const stagingPrefix = 'postgres.init.';

interface NewCluster {
  folder: string;
  data: string;
  account: Account;
  binaries: Binaries;
  password: string;
  durability: Durability;
  watchdog: Watchdog;
}

/** Makes the cluster unless it exists. It is renamed into place when whole, so an interrupted start leaves none. */
export async function ensureCluster(cluster: NewCluster): Promise<void> {
  await removeAbandonedStaging(cluster.folder);
  if (clusterExists(cluster.data)) return secureCluster(cluster.folder, cluster.data, cluster.account);

  const staging = fs.mkdtempSync(path.join(cluster.folder, `${stagingPrefix}${formatIdentity(thisProcess())}.`));
  try {
    if (cluster.account) fs.lchownSync(staging, cluster.account.uid, cluster.account.gid);
    const made = path.join(staging, 'data');
    fs.mkdirSync(made, { mode: 0o700 });
    if (cluster.account) fs.lchownSync(made, cluster.account.uid, cluster.account.gid);
    await runInitdb(staging, made, cluster);
    moveIntoPlace(made, cluster.data);
    if (cluster.durability === 'durable') syncFolder(cluster.folder);
  } finally {
    fs.rmSync(staging, { recursive: true, force: true });
  }
}

function clusterExists(data: string): boolean {
  try {
    const entries = fs.readdirSync(data);
    if (entries.length === 0 || entries.includes('PG_VERSION')) return entries.length > 0;
  } catch (cause) {
    if (!fs.lstatSync(data, { throwIfNoEntry: false })) return false;
    const message = `${data} cannot be read by uid ${process.getuid?.()}: it belongs to uid ${fs.lstatSync(data).uid}. Start as that account, or choose another folder.`;
    throw new EmbeddedPostgresError('START_FAILED', message, { cause });
  }
  throw new EmbeddedPostgresError(
    'START_FAILED',
    `${data} holds files but no PostgreSQL cluster (no PG_VERSION). Move it away, or choose another folder.`,
  );
}

/** A rename onto a folder that is not empty fails: another start was quicker, and its cluster is the one to use. */
function moveIntoPlace(made: string, data: string): void {
  try {
    fs.renameSync(made, data);
  } catch (error) {
    if (!fs.existsSync(path.join(data, 'PG_VERSION'))) throw error;
  }
}

async function runInitdb(
  staging: string,
  data: string,
  { binaries, account, password, durability, watchdog }: NewCluster,
) {
  const passwordFile = path.join(staging, 'password');
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (account) fs.lchownSync(passwordFile, account.uid, account.gid);
  const child = spawn(binaries.initdb, initdbArguments(durability), {
    ...account,
    cwd: data,
    env: serverEnvironment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const identity = child.pid === undefined ? undefined : identityOf(child.pid);
  if (identity) watchdog.watch(identity);
  const failure = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `ended with ${signal ?? code}`));
  });
  fs.rmSync(passwordFile, { force: true });
  if (failure === undefined) return;
  throw startFailure(`The cluster was not made, initdb ${failure}`, output);
}

function initdbArguments(durability: Durability): string[] {
  return [
    ...['-D', hereByProc, '--username=postgres', '--auth=scram-sha-256', `--pwfile=${hereByProc}/../password`],
    ...['--encoding=UTF8', '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...(durability === 'throwaway' ? ['--no-sync', '--no-data-checksums'] : []),
  ];
}

async function removeAbandonedStaging(folder: string): Promise<void> {
  for (const name of fs.readdirSync(folder)) {
    if (!name.startsWith(stagingPrefix)) continue;
    const maker = parseIdentity(name.slice(stagingPrefix.length).split('.')[0] ?? '');
    if (maker && isRunning(maker)) continue;
    await removeWithRival(path.join(folder, name));
  }
}

/** An initdb whose starter was just killed may still be at work there, or clear up itself: each trips over the other. */
async function removeWithRival(staging: string): Promise<void> {
  for (let attempt = 0; attempt < 40 && fs.existsSync(staging); attempt++) {
    if (attempt > 0) await sleep(50);
    await fs.promises.rm(staging, { recursive: true, force: true }).catch(() => {});
  }
}

function syncFolder(folder: string): void {
  const descriptor = fs.openSync(folder, 'r');
  fs.fsyncSync(descriptor);
  fs.closeSync(descriptor);
}
