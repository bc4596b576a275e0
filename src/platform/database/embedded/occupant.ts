import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { endSessionsWithoutServer, stopOrphan, worksOn } from './orphans.ts';
import {
  describeProcess,
  identityOf,
  isRunning,
  parseIdentity,
  wordsOf,
  type ProcessIdentity,
} from './process-identity.ts';
import { ownerSetting } from './settings.ts';

interface Occupant extends ProcessIdentity {
  readonly owner: ProcessIdentity | undefined;
}

/**
 * Makes sure that no PostgreSQL runs on the data: an orphan of ours is stopped, anybody else's is an error. It is not a
 * lock: of two starts at once PostgreSQL lets only one live (postmaster.pid, shared memory keyed by the folder).
 */
export async function vacate(data: string): Promise<void> {
  const pidFile = path.join(data, 'postmaster.pid');
  const text = await readPidFile(pidFile);
  if (text === undefined) return;
  const pid = Math.abs(Number.parseInt(text, 10));
  const occupant = Number.isNaN(pid) ? undefined : findOccupant(data, pid);
  if (occupant) {
    if (!occupant.owner || isRunning(occupant.owner)) throw inUse(data, occupant);
    if (!(await stopOrphan(occupant))) throw notStopping(data, occupant);
  }
  await endSessionsWithoutServer(data);
  if (!occupant && (Number.isNaN(pid) || fs.existsSync(`/proc/${pid}`))) discard(pidFile, text);
}

/** An empty file is either a server in its first moment or the remains of a crash: waiting tells them apart. */
async function readPidFile(pidFile: string): Promise<string | undefined> {
  for (let attempt = 0; ; attempt++) {
    if (!fs.existsSync(pidFile)) return undefined;
    const text = fs.readFileSync(pidFile, 'utf8');
    if (text.trim() !== '' || attempt === 20) return text;
    await sleep(50);
  }
}

/** The server with this pid on this data; undefined when the pid means nothing (any more), or another process. */
function findOccupant(data: string, pid: number): Occupant | undefined {
  const identity = identityOf(pid);
  if (!identity) return undefined;
  try {
    return worksOn(data, pid) ? { ...identity, owner: ownerOf(pid) } : undefined;
  } catch {
    // Gone meanwhile, or not ours to look into. A server of another account cannot be on this data.
    const account = fs.statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
    return isRunning(identity) && account === fs.statSync(data).uid ? { ...identity, owner: undefined } : undefined;
  }
}

function ownerOf(pid: number): ProcessIdentity | undefined {
  const word = wordsOf(pid).find((candidate) => candidate.startsWith(`${ownerSetting}=`));
  return parseIdentity(word?.slice(ownerSetting.length + 1) ?? '');
}

/**
 * PostgreSQL replaces the file of a dead server itself, but not an empty one, nor when the pid is a zombie or already
 * another process of the account, which is common in containers. What a rival wrote since we read it is put back.
 */
function discard(pidFile: string, judged: string): void {
  const aside = `${pidFile}.stale-${process.pid}-${Date.now()}`;
  try {
    fs.renameSync(pidFile, aside);
    if (fs.readFileSync(aside, 'utf8') !== judged) fs.linkSync(aside, pidFile);
  } catch {
    // A rival was quicker, either to take it away or to write its own.
  }
  fs.rmSync(aside, { force: true });
}

function inUse(data: string, { pid, owner }: Occupant): EmbeddedPostgresError {
  const folder = path.dirname(data);
  if (!owner) {
    const message = `${folder} is in use: PostgreSQL ${describeProcess(pid)} runs on it and was not started by us. Stop it, or choose another folder.`;
    return new EmbeddedPostgresError('FOLDER_IN_USE', message, { holder: pid });
  }
  const who = owner.pid === process.pid ? `this process, ${owner.pid},` : `process ${describeProcess(owner.pid)}`;
  const message = `${folder} is in use: ${who} runs PostgreSQL ${pid} on it. Stop that process first, or choose another folder.`;
  return new EmbeddedPostgresError('FOLDER_IN_USE', message, { holder: owner.pid });
}

function notStopping(data: string, { pid }: Occupant): EmbeddedPostgresError {
  const message = `${path.dirname(data)} is in use: PostgreSQL ${pid} was left there by a process that is gone, and does not stop. End it (kill ${pid}), then start again.`;
  return new EmbeddedPostgresError('FOLDER_IN_USE', message, { holder: pid });
}
