import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

import { Failed, until } from './experiment.ts';

/** Whose feed one subscriber hears, by which key, and from where on. */
export interface Seat {
  readonly feed: string;
  readonly key: string;
  readonly cursor: string;
  /** The number of the last event before it. */
  readonly last: number;
}

export interface CrowdOptions {
  readonly url: string;
  readonly seats: readonly Seat[];
  /** They come from so many addresses. */
  readonly addresses: number;
}

/** Where all of them stand: of each feed the number of the last event that the slowest, and the first, has heard. */
export interface CrowdSays {
  readonly open: number;
  readonly lost: number;
  readonly repeated: number;
  readonly heard: number;
  readonly connections: number;
  readonly least: Readonly<Record<string, number>>;
  readonly most: Readonly<Record<string, number>>;
  readonly closes: Readonly<Record<string, number>>;
}

/** From the root of the project, where npm and the tests run. */
const PROGRAM = path.resolve('dist/test/faults/crowd-child.js');

/** Subscribers that come back whenever they are cut, and count what they miss and what they hear twice. */
export class Crowd {
  private newest: CrowdSays | null = null;
  private readonly child: ChildProcess;

  private constructor(options: CrowdOptions) {
    this.child = spawn(process.execPath, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdin?.write(`${JSON.stringify(options)}\n`);
    let rest = '';
    this.child.stdout?.on('data', (text) => {
      const lines = (rest + String(text)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.newest = JSON.parse(line) as CrowdSays;
    });
  }

  /** Once every one of them has been let in. */
  static async gathers(options: CrowdOptions): Promise<Crowd> {
    const crowd = new Crowd(options);
    await until('every subscriber is connected', () => crowd.newest !== null || crowd.child.exitCode !== null);
    return crowd;
  }

  get says(): CrowdSays {
    if (!this.newest || this.child.exitCode !== null) throw new Failed('The subscribers are gone.');
    return this.newest;
  }

  /** Until everybody has heard everything up to these numbers. */
  async hasHeard(heads: Readonly<Record<string, number>>): Promise<CrowdSays> {
    await until(
      'every subscriber has heard its whole feed',
      () => Object.entries(heads).every(([feed, head]) => (this.says.least[feed] ?? 0) >= head),
      240_000,
    );
    return this.says;
  }

  end(): void {
    this.child.stdin?.end();
  }
}
