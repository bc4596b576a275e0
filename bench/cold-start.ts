import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { chooseAccount } from '../src/platform/database/embedded/account.ts';
import { findBinaries } from '../src/platform/database/embedded/binaries.ts';
import { startOnPort } from '../src/server/free-port.ts';
import { compare, toFigure, type Figure } from './support/measure.ts';
import { endOf, firstLine, ServedHub } from './support/served-hub.ts';

const BARE = path.resolve('dist/bench/baselines/bare-start.js');

/**
 * From the start of the process to the first request that it answers, on a folder that has served before. Beside it
 * what nothing can do without: its imports, and a bare PostgreSQL that starts on the same folder meanwhile.
 */
export async function coldStart({ pairs }: { pairs: number }): Promise<Figure[]> {
  const place = mkdtempSync(path.join(tmpdir(), 'tocsin-bench-'));
  const folder = path.join(place, 'hub');
  try {
    // The same at each start: a trial on another port is another issuer, which costs more than a start.
    const port = await startOnPort(null, '127.0.0.1', (free) => Promise.resolve(free));
    await (await ServedHub.start(folder, port)).stop();
    const { postgres } = await findBinaries(chooseAccount(folder, path.join(folder, 'postgres')));
    const target = { name: 'cold-start', metric: 'ms to the first answer / its imports and PostgreSQL, bare' };
    const figure = await compare(
      { ...target, bar: 2, goal: 1.3, better: 'most' },
      () => startHub(folder, port),
      () => startBare(postgres, folder),
      pairs,
    );
    const absolute = { name: 'cold-start', metric: 'ms to the first answer / 3,000', bar: 1, goal: 0.5 };
    return [figure, toFigure({ ...absolute, better: 'most' }, [{ ours: figure.value, baseline: 3_000 }])];
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

async function startHub(folder: string, port: number): Promise<number> {
  const begun = performance.now();
  const hub = await ServedHub.start(folder, port);
  await hub.answers();
  const took = performance.now() - begun;
  await hub.stop();
  return took;
}

async function startBare(postgres: string, folder: string): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, [BARE, postgres, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await firstLine(child);
  const took = performance.now() - begun;
  if (line !== 'ready') throw new Error(`The baseline said ${line}`);
  await endOf(child);
  return took;
}
