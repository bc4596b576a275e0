import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../src/platform/database/embedded/launcher.ts';
import {
  everyProcess,
  identityOf,
  isRunning,
  parentOf,
  wordsOf,
} from '../../src/platform/database/embedded/process-identity.ts';
import type { Owned } from './embedded-owner.ts';

export const password = `it's a "pass/word" @ 100 %`;
const repository = path.resolve(import.meta.dirname, '../..');
const ownerProgram = 'test/platform/embedded-owner.ts';

export interface Owner extends Owned {
  readonly process: ChildProcess;
  readonly lines: string[];
  kill(signal: NodeJS.Signals): Promise<void>;
}

let template: Promise<string> | undefined;

/** Making a cluster takes a second, copying it does not. The copy is open to others and root's: as after a restore. */
async function makeTemplate(): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-embedded-template-'));
  const server = await startEmbeddedPostgres({ folder, password, durability: 'throwaway' });
  await server.stop();
  return folder;
}

export async function removeTemplate(): Promise<void> {
  const folder = await template;
  template = undefined;
  if (folder) fs.rmSync(folder, { recursive: true, force: true });
}

/** Folders, servers and processes of one test; `clear` ends and removes all of them. */
export class EmbeddedWorld {
  readonly #root = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-embedded-'));
  readonly #servers: EmbeddedPostgres[] = [];
  readonly #owners: ChildProcess[] = [];
  #count = 0;

  constructor() {
    // Other accounts must be able to pass, as through /tmp; what is kept from them is kept by the folders inside.
    fs.chmodSync(this.#root, 0o755);
  }

  folder(): string {
    return path.join(this.#root, `hub-${++this.#count}`);
  }

  async cluster(): Promise<string> {
    const folder = this.folder();
    fs.mkdirSync(folder, { mode: 0o700 });
    fs.cpSync(await (template ??= makeTemplate()), folder, { recursive: true });
    return folder;
  }

  async start(folder: string, more: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres({ folder, password, durability: 'throwaway', ...more });
    this.#servers.push(server);
    return server;
  }

  /** Runs a process that starts a server on the folder and then does its task. */
  launch(
    options: Partial<EmbeddedPostgresOptions> & { folder: string },
    task: string,
    how: SpawnOptions & { repository?: string } = {},
  ) {
    const program = path.join(how.repository ?? repository, ownerProgram);
    const all: EmbeddedPostgresOptions = { password, durability: 'throwaway', ...options };
    const child = spawn(process.execPath, [program, JSON.stringify(all), task], {
      ...how,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#owners.push(child);
    return child;
  }

  async own(...parameters: Parameters<EmbeddedWorld['launch']>): Promise<Owner> {
    const child = this.launch(...parameters);
    if (!child.stdout || !child.stderr) throw new Error('no pipes');
    const lines: string[] = [];
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    readline.createInterface(child.stdout).on('line', (line) => lines.push(line));
    await until(() => lines.length > 0 || child.exitCode !== null, 20_000);
    if (lines.length === 0) throw new Error(`The owner ended with ${child.exitCode}: ${errors}`);
    const kill = async (signal: NodeJS.Signals) => {
      child.kill(signal);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    };
    const owned: Owned = JSON.parse(lines[0] ?? '');
    return { ...owned, process: child, lines, kill };
  }

  async clear(): Promise<void> {
    for (const child of this.#owners) child.kill('SIGKILL');
    await Promise.all(this.#servers.map((server) => server.stop('immediate')));
    // The servers of killed owners are stopped by their watchdogs meanwhile.
    await until(() => processesUnder(this.#root).length === 0, 15_000);
    fs.rmSync(this.#root, { recursive: true, force: true });
  }
}

export async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function until(condition: () => boolean, milliseconds: number): Promise<void> {
  for (const end = Date.now() + milliseconds; !condition();) {
    if (Date.now() > end) throw new Error(`Not within ${milliseconds} ms: ${condition}`);
    await sleep(10);
  }
}

export function isAlive(pid: number): boolean {
  const identity = identityOf(pid);
  return identity !== undefined && isRunning(identity);
}

/** The watchdogs that the process started. */
export function watchdogsOf(pid: number): number[] {
  return everyProcess().filter((candidate) => {
    return parentOf(candidate) === pid && wordsOf(candidate).includes('tocsin-postgres-watchdog');
  });
}

function processesUnder(folder: string): number[] {
  return everyProcess().filter((pid) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) && isAlive(pid);
    } catch {
      return false;
    }
  });
}
