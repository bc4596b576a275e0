import fs from 'node:fs';

import { must } from './experiment.ts';
import type { HubProcess } from './hub-process.ts';
import type { Stand } from './stand.ts';

/** Whose session holds the lock of who numbers, seen from the database: the port that it comes from. */
const LEADER = `SELECT a.client_port AS port FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND l.objid = 7104 AND l.granted AND a.datname = current_database()`;
const [LOCAL, INODE] = [1, 9];

/** The node that numbers now. */
export async function leaderOf(stand: Stand): Promise<HubProcess | null> {
  const [row] = await stand.rows<{ port: number }>(LEADER);
  if (!row) return null;
  const suffix = `:${row.port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = fs.readFileSync('/proc/net/tcp', 'utf8').split('\n');
  const socket = sockets.map((line) => line.trim().split(/\s+/)).find((cells) => cells[LOCAL]?.endsWith(suffix));
  return stand.serving.find(({ pid }) => holds(pid, `socket:[${socket?.[INODE]}]`)) ?? null;
}

function holds(pid: number, what: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return fs.readdirSync(folder).some((file) => {
    try {
      return fs.readlinkSync(`${folder}/${file}`) === what;
    } catch {
      // Closed while we looked.
      return false;
    }
  });
}

/** One that leads, and one that does not. */
export async function leaderAndOther(stand: Stand): Promise<[HubProcess, HubProcess]> {
  const leader = await leaderOf(stand);
  const other = stand.serving.find((node) => node !== leader);
  must(leader !== null && other !== undefined, 'Nobody leads, or nobody else serves.');
  return [leader as HubProcess, other as HubProcess];
}
