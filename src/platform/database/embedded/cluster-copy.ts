import fs from 'node:fs';
import path from 'node:path';

import pg from 'pg';

/** What PostgreSQL makes anew at a start, or must not find there ("Making a Base Backup Using the Low Level API"). */
const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts', 'pg_internal.init', 'backup_label', 'tablespace_map']);
/** Folders that must be there and may be empty. */
const EMPTIED = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
/** Read last: what it says was already on the disk must be in the copy. */
const CONTROL = path.join('global', 'pg_control');
const SEGMENT = /^[0-9A-F]{24}$/;

/**
 * Copies a cluster while its server runs, so that a server started on the copy recovers it to the end of the copying:
 * every transaction that was committed before this was called is in it. `adminUrl` is the superuser's; `into` does not
 * exist yet. Throws what PostgreSQL says, for one that has no tablespaces elsewhere.
 */
export async function copyCluster(adminUrl: string, data: string, into: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'tocsin backup' });
  await client.connect();
  try {
    // Holds the log back from the start of the copying to its end; gone with this session, however it ends.
    await client.query(`SELECT pg_create_physical_replication_slot($1, true, true)`, [`tocsin_backup_${process.pid}`]);
    const start = await one<{ wal: string }>(client, `SELECT pg_walfile_name(pg_backup_start('tocsin', true)) AS wal`);
    copyFolder(data, into, '');
    fs.copyFileSync(path.join(data, CONTROL), path.join(into, CONTROL));
    const stop = await one<{ label: string; map: string; wal: string }>(
      client,
      `SELECT labelfile AS label, spcmapfile AS map, pg_walfile_name(lsn) AS wal FROM pg_backup_stop(wait_for_archive => false)`,
    );
    if (stop.map.trim() !== '')
      throw new Error('The cluster has tablespaces outside its folder, which are not copied.');
    fs.writeFileSync(path.join(into, 'backup_label'), stop.label, { mode: 0o600 });
    copyLog(path.join(data, 'pg_wal'), path.join(into, 'pg_wal'), start.wal, stop.wal);
  } finally {
    await client.end();
  }
}

async function one<Row extends object>(client: pg.Client, query: string): Promise<Row> {
  const { rows } = await client.query<Row>(query);
  if (!rows[0]) throw new Error('PostgreSQL answered nothing.');
  return rows[0];
}

function copyFolder(from: string, into: string, at: string): void {
  fs.mkdirSync(path.join(into, at), { recursive: true, mode: 0o700 });
  for (const entry of fs.readdirSync(path.join(from, at), { withFileTypes: true })) {
    const name = path.join(at, entry.name);
    if (LEFT_OUT.has(entry.name) || entry.name.startsWith('pgsql_tmp') || name === CONTROL) continue;
    if (EMPTIED.has(name)) fs.mkdirSync(path.join(into, name), { mode: 0o700 });
    else if (entry.isDirectory()) copyFolder(from, into, name);
    else if (entry.isFile()) copyUnlessGone(path.join(from, name), path.join(into, name));
  }
}

/** A table may be dropped while it is copied; the log knows. */
function copyUnlessGone(from: string, into: string): void {
  try {
    fs.copyFileSync(from, into);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

/** The log from the start of the copying to its end: PostgreSQL has closed the last segment by then. */
function copyLog(from: string, into: string, first: string, last: string): void {
  const names = fs.readdirSync(from).filter((name) => SEGMENT.test(name) && name >= first && name <= last);
  if (!names.includes(first) || !names.includes(last))
    throw new Error(`PostgreSQL no longer has its log from ${first} to ${last}.`);
  for (const name of names) fs.copyFileSync(path.join(from, name), path.join(into, name));
}
