import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { everyProcess, identityOf, isRunning, parentOf, wordsOf, type ProcessIdentity } from './process-identity.ts';

/** Whether the process is of a PostgreSQL on this data. Throws when the process is gone, or not ours to look into. */
export function worksOn(data: string, pid: number): boolean {
  const folder = fs.statSync(data, { bigint: true });
  const workingFolder = fs.statSync(`/proc/${pid}/cwd`, { bigint: true });
  const sameFolder = folder.dev === workingFolder.dev && folder.ino === workingFolder.ino;
  return sameFolder && path.basename(fs.readlinkSync(`/proc/${pid}/exe`)).startsWith('postgres');
}

/** Resolves to whether it is gone. `fast` first; sessions that do not end make it `immediate`. */
export async function stopOrphan(server: ProcessIdentity): Promise<boolean> {
  return (await end(server, 'SIGINT', 5)) || (await end(server, 'SIGQUIT', 10));
}

/**
 * Sessions outlive a server that was killed until they notice, and PostgreSQL does not start beside them. A session has
 * lost its server when its parent is no PostgreSQL on the data: those of a rival start keep theirs.
 */
export async function endSessionsWithoutServer(data: string): Promise<void> {
  const mayWorkOn = (pid: number) => {
    try {
      return worksOn(data, pid);
    } catch {
      return false;
    }
  };
  const left = everyProcess()
    .filter((pid) => mayWorkOn(pid) && wordsOf(pid)[0]?.startsWith('postgres: ') && !mayWorkOn(parentOf(pid)))
    .map(identityOf)
    .filter((session) => session !== undefined);
  await Promise.all(left.map(async (session) => (await end(session, 'SIGQUIT', 2)) || end(session, 'SIGKILL', 2)));
}

async function end(target: ProcessIdentity, signal: NodeJS.Signals, seconds: number): Promise<boolean> {
  if (!isRunning(target)) return true;
  try {
    process.kill(target.pid, signal);
  } catch {
    return !isRunning(target);
  }
  for (const last = Date.now() + seconds * 1000; isRunning(target) && Date.now() < last;) await sleep(20);
  return !isRunning(target);
}
