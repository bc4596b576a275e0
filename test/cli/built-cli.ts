import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');
export const entry = path.join(root, 'bin', 'tocsin.js');

let built: Promise<void> | undefined;

/** Compiles the command line, and the programs of tests, as `npm run build:programs` does; test files that run at the same time take turns. */
export function build(): Promise<void> {
  return (built ??= inTurn(path.join(root, 'dist', '.building'), async () => {
    const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.programs.json'], { cwd: root });
  }));
}

async function inTurn(lock: string, act: () => Promise<void>): Promise<void> {
  fs.mkdirSync(path.dirname(lock), { recursive: true });
  while (!tryLock(lock)) await sleep(100);
  try {
    await act();
  } finally {
    fs.rmSync(lock);
  }
}

/** The lock of a run that was killed is nobody's. */
function tryLock(lock: string): boolean {
  try {
    fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = fs.existsSync(lock) ? fs.readFileSync(lock, 'utf8') : '';
    if (holder !== '' && !fs.existsSync(`/proc/${holder}`)) fs.rmSync(lock, { force: true });
    return false;
  }
}

/** A command in a process of its own. */
export class Running {
  stdout = '';
  stderr = '';

  private constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (text) => (this.stdout += String(text)));
    child.stderr?.on('data', (text) => (this.stderr += String(text)));
  }

  /** With nothing but `environment` around it. */
  static start(words: readonly string[], environment: Record<string, string> = {}): Running {
    const env = { PATH: process.env['PATH'], LOG_LEVEL: 'warn', ...environment };
    return new Running(spawn(process.execPath, [entry, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** What it printed once it serves; throws what it said when it ends instead. */
  async listening(): Promise<{ url: string; mode: string; demoFile: string | null }> {
    while (!this.stdout.includes('\n}\n')) {
      if (this.child.exitCode !== null) throw new Error(`It ended with ${this.child.exitCode}: ${this.stderr}`);
      await sleep(20);
    }
    return JSON.parse(this.stdout);
  }

  /** The exit code, or the signal that ended it. */
  async ended(): Promise<number | string> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode ?? child.signalCode ?? 'unknown';
  }

  end(signal: NodeJS.Signals): Promise<number | string> {
    this.child.kill(signal);
    return this.ended();
  }
}
