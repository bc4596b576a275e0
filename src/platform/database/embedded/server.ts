import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import { hereByProc, serverEnvironment } from './cluster.ts';
import { vacate } from './occupant.ts';
import { identityOf } from './process-identity.ts';
import { startFailure, worthAnotherAttempt } from './start-failure.ts';
import type { Watchdog } from './watchdog.ts';

export interface Server {
  readonly pid: number;
  readonly port: number;
  /** Resolves when the server has ended, however it ended. */
  readonly ended: Promise<void>;
  signal(name: 'SIGINT' | 'SIGQUIT'): void;
}

interface Launch {
  program: string;
  data: string;
  log: string;
  account: Account;
  watchdog: Watchdog;
  arguments(port: number): string[];
  onSpawned?: (() => void) | undefined;
}

export async function startServer(launch: Launch): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    await vacate(launch.data);
    const outcome = await attemptStart(launch);
    if (typeof outcome !== 'string') return outcome;
    if (attempt === 20 || !worthAnotherAttempt(outcome)) {
      throw startFailure(`PostgreSQL did not start. ${launch.log} ends with`, outcome);
    }
    await sleep(attempt * 50);
  }
}

/** On one port; a string is what the log said when it failed. Recovery after a crash may take its time. */
async function attemptStart(launch: Launch): Promise<Server | string> {
  const port = await findFreePort();
  const log = openLog(launch.log);
  const child = spawn(launch.program, ['-D', hereByProc, ...launch.arguments(port)], {
    ...launch.account,
    cwd: launch.data,
    env: serverEnvironment,
    // Its own session: Ctrl-C in a terminal must reach us first, or the database is gone before we are done with it.
    detached: true,
    // Never our output: a reader of our pipe would wait for the database to end too.
    stdio: ['ignore', log, log],
  });
  fs.closeSync(log);
  let failure: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      if (child.pid !== undefined) return;
      failure = error.message;
      resolve();
    });
  });
  const { pid } = child;
  const identity = pid === undefined ? undefined : identityOf(pid);
  if (identity) launch.watchdog.watch(identity);
  launch.onSpawned?.();
  if (pid !== undefined && (await isReady(launch.data, pid, ended))) {
    child.unref();
    const signal = (name: 'SIGINT' | 'SIGQUIT') => {
      child.ref();
      child.kill(name);
    };
    return { pid, port, ended, signal };
  }
  return failure ?? fs.readFileSync(launch.log, 'utf8');
}

/** What postmaster.pid says once sessions are let in; the second while it follows another server. */
const ANSWERS: ReadonlySet<string> = new Set(['ready', 'standby']);

/** Asked of postmaster.pid, not of the log: a rival start writes the same log, but the file names the pid. */
async function isReady(data: string, pid: number, ended: Promise<void>): Promise<boolean> {
  let over = false;
  void ended.then(() => (over = true));
  while (!over) {
    const lines = readLines(path.join(data, 'postmaster.pid'));
    if (lines[0] === String(pid) && ANSWERS.has(lines[7]?.trim() ?? '')) return true;
    await Promise.race([ended, sleep(10)]);
  }
  return false;
}

function readLines(file: string): string[] {
  try {
    return fs.readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** Begun anew at every attempt, so it cannot grow for ever. The server gets it open and needs no right to its place. */
function openLog(log: string): number {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND, O_NOFOLLOW } = fs.constants;
  return fs.openSync(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW, 0o600);
}

/** Free when asked; if somebody takes it before the server does, the server says so and is started on another. */
function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
