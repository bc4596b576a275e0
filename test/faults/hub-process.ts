import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import { until } from './experiment.ts';
import type { ChildOptions, ChildSays } from './hub-child.ts';

/** From the root of the project, where npm and the tests run. */
const PROGRAM = path.resolve('dist/test/faults/hub-child.js');

/** A node of a hub in a process of its own. */
export class HubProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly said: ChildSays,
    private readonly told: readonly string[],
  ) {}

  static async start(options: ChildOptions): Promise<HubProcess> {
    const child = spawn(process.execPath, ['--enable-source-maps', PROGRAM, JSON.stringify(options)], {
      // Its input closes when we end, however that comes about, and it ends with it.
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const told: string[] = [];
    let line = '';
    child.stdout.on('data', (text) => (line += String(text)));
    child.stderr.on('data', (text) => told.push(String(text)));
    await until(`a node serves (${told.join('')})`, () => line.includes('\n') || child.exitCode !== null);
    if (child.exitCode !== null) throw new Error(`A node ended with ${child.exitCode}: ${told.join('')}`);
    return new HubProcess(child, JSON.parse(line) as ChildSays, told);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get url(): string {
    return this.said.url;
  }

  get wsUrl(): string {
    return this.said.wsUrl;
  }

  get operatorKey(): string | null {
    return this.said.operatorKey;
  }

  /** What it has logged. */
  get log(): string {
    return this.told.join('');
  }

  get lives(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.child.kill(signal);
    if (this.lives) await once(this.child, 'exit');
  }
}
