import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import path from 'node:path';

import { readDemoFile } from '../../src/server/demo-file.ts';

/** From the root of the project, where npm runs. */
const PROGRAM = path.resolve('bin/tocsin.js');

/** A trial in a process of its own, by the very command that `npm start` runs once it has built. */
export class ServedHub {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
  ) {}

  /** Resolves when it says that it listens. */
  static async start(folder: string, port: number): Promise<ServedHub> {
    const words = ['serve', '--demo', '--end-with-parent', '--folder', folder, '--port', String(port)];
    const env = { PATH: process.env['PATH'], LOG_LEVEL: 'error' };
    const child = spawn(process.execPath, [PROGRAM, ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await firstLine(child);
    const url = /^Tocsin listens at (\S+)/.exec(line)?.[1];
    if (url === undefined) throw new Error(`The hub said ${line}`);
    return new ServedHub(child, folder, url);
  }

  get pid(): number {
    return this.child.pid ?? NaN;
  }

  /** Asks as the demo's vendor who it is; throws where it is not answered with that. */
  async answers(): Promise<void> {
    const vendor = readDemoFile(this.folder)?.organisations.vendor;
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${vendor?.apiKey}` },
      body: JSON.stringify({ query: '{ viewer { organisation { name } } }' }),
    });
    const { data } = (await response.json()) as { data?: { viewer: { organisation: { name: string } } } };
    if (!vendor || data?.viewer.organisation.name !== vendor.name) throw new Error(`HTTP ${response.status}`);
  }

  async stop(): Promise<void> {
    await endOf(this.child);
  }
}

/** The first line that a program prints; throws where it ends without. */
export async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('Nothing is read of what it prints.');
  const lines = createInterface(child.stdout);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`It ended with ${code} before it was ready.`);
  });
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  ended.catch(() => undefined);
  return line;
}

/** Ends a program, and waits for it. */
export async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
