import fs from 'node:fs';
import path from 'node:path';

import { parentOf, everyProcess, wordsOf } from '../../src/platform/database/embedded/process-identity.ts';
import { audit, settled } from './audit.ts';
import { must, until, type Counts, type Experiment, type Scale } from './experiment.ts';
import { Load } from './load.ts';
import { LocalHub } from './local-hub.ts';
import { enrol } from './place.ts';
import type { PostgresServer } from './postgres-server.ts';
import { Roots } from './roots.ts';

/** Killed together with the watchdog that would have ended its PostgreSQL, so that this is left behind. */
async function orphaned(_: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  await using hub = new LocalHub(LocalHub.newFolder());
  await hub.starts();
  const cast = await enrol(hub.way, hub.operatorKey);
  const [load, roots] = [new Load(cast), new Roots(hub)];
  const kills = short ? 2 : 8;
  let left = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    await load.goesOn(short ? 20 : 50);
    const orphan = hub.databasePid;
    const dogs = everyProcess().filter((pid) => parentOf(pid) === hub.pid && wordsOf(pid).includes(WATCHDOG));
    for (const dog of dogs) process.kill(dog, 'SIGKILL');
    await hub.ends('SIGKILL');
    if (hub.databasePid === orphan) left += 1;
    await hub.starts();
    must(hub.databasePid !== orphan && !fs.existsSync(`/proc/${orphan}/exe`), 'Two PostgreSQL ran on one folder.');
  }
  must(left > 0, 'No PostgreSQL was left behind.');
  await load.ends(mutations);
  const books = await audit(hub, cast, load, roots);
  return { injected: kills, acknowledged: load.acknowledged, ...books, seen: { 'left behind': left } };
}

const WATCHDOG = 'tocsin-postgres-watchdog';

/** A backup is made under load, more happens, and the backup is put back beside the anchor, which knows more. */
async function restored(_: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  await using hub = new LocalHub(LocalHub.newFolder());
  await hub.starts();
  const cast = await enrol(hub.way, hub.operatorKey);
  const load = new Load(cast);
  const backup = path.join(path.dirname(hub.folder), 'backup');
  // Only submissions are counted here, and they are not all that is done.
  const enough = short ? mutations / 3 : mutations;
  while (load.submitted.length < enough) await load.goesOn(20);
  const before = load.submitted.length;
  await hub.runs('backup', backup);
  await load.ends(mutations);
  await settled(hub);
  const [head] = await hub.rows<{ size: number }>('SELECT max(size)::int AS size FROM ledger_checkpoint');
  await hub.ends('SIGTERM');

  await using old = new LocalHub(path.join(path.dirname(hub.folder), 'restored'), hub.anchor);
  await old.runs('restore', backup, '--folder', old.folder);
  await old.starts();
  const { code, message } = await refusal(old);
  must(code === 'BEHIND_ANCHOR' && message.includes('tocsin keys accept-restore'), `It says ${code}: ${message}`);
  must(message.includes(`${head?.size} were signed before`), `It does not say what was signed before: ${message}`);
  const [signed] = await old.rows<{ size: number }>('SELECT max(size)::int AS size FROM ledger_checkpoint');
  const lost = await missing(
    old,
    load.submitted.slice(0, before).map(({ key }) => key),
  );
  const gone = await missing(
    old,
    load.submitted.map(({ key }) => key),
  );
  const [now] = await old.rows<{ size: number }>('SELECT max(size)::int AS size FROM ledger_checkpoint');
  must(now?.size === signed?.size, 'It has signed.');
  await old.runs('keys', 'accept-restore');
  await until('it signs again', async () => !(await health(old)).proof);
  return {
    ...{ injected: 1, acknowledged: before, lost, repeated: await repeatedOn(old) },
    seen: { 'acknowledged after the backup, named as lost': gone - lost, 'signed before': head?.size ?? '?' },
  };
}

interface Health {
  readonly proof?: { readonly code: string; readonly message: string };
}

const health = async ({ urls }: LocalHub): Promise<Health> =>
  (await fetch(new URL('/readyz', urls[0]))).json() as Promise<Health>;

async function refusal(hub: LocalHub): Promise<{ code: string; message: string }> {
  await until('it refuses to sign', async () => (await health(hub)).proof !== undefined);
  return (await health(hub)).proof ?? { code: '', message: '' };
}

async function missing(hub: LocalHub, titles: readonly string[]): Promise<number> {
  const [row] = await hub.rows<{ n: number }>(
    `SELECT count(*)::int AS n FROM unnest($1::text[]) AS told(title) WHERE NOT EXISTS (SELECT FROM report r WHERE r.title = told.title)`,
    [titles],
  );
  return row?.n ?? NaN;
}

async function repeatedOn(hub: LocalHub): Promise<number> {
  const [row] = await hub.rows<{ n: number }>('SELECT (count(*) - count(DISTINCT title))::int AS n FROM report');
  return row?.n ?? NaN;
}

export const orphanedDatabase: Experiment = {
  name: 'orphaned-database',
  sentence:
    'a hub with its own PostgreSQL is killed together with the watchdog: the next start ends what was left behind, and goes on',
  run: orphaned,
};
export const restoredBackup: Experiment = {
  name: 'restored-backup',
  sentence: 'a backup of a while ago is put back: the hub serves, signs nothing, says what is lost and what to do',
  run: restored,
};
