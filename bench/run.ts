import { writeFileSync } from 'node:fs';

import { Command } from 'commander';

import { coldStart } from './cold-start.ts';
import { fanOut } from './fan-out.ts';
import { footprint } from './footprint.ts';
import { latency } from './latency.ts';
import { ledger } from './ledger/ledger.ts';
import { match } from './match/match.ts';
import { memory } from './memory/memory.ts';
import type { Figure } from './support/measure.ts';
import { notify } from './notify.ts';
import { resume } from './resume.ts';
import { pageDepth } from './page-depth.ts';
import { overload } from './overload.ts';
import { replica } from './replica.ts';
import { revocation } from './revocation.ts';
import { rls } from './rls.ts';
import { scaleOut } from './scale-out.ts';
import { submitBulk } from './submit-bulk.ts';
import { submitOne } from './submit-one.ts';
import { submitPeer } from './submit-peer.ts';
import { triagePage } from './triage-page.ts';

interface Options {
  readonly json?: true;
  readonly smoke?: true;
  readonly long?: true;
  readonly feed?: string;
}

/** Every bench by its name. `smoke` asks for the smallest run that still checks that the answers are right. */
const BENCHES: Readonly<Record<string, (options: Options) => Promise<Figure[]>>> = {
  'submit-bulk': ({ smoke, feed }) =>
    submitBulk({ rows: smoke ? 2_000 : 20_000, pairs: smoke ? 1 : 5, feed: feed ?? null }),
  match: ({ smoke }) =>
    match(smoke ? { ranges: 2_000, suffixes: 2_000, pairs: 1 } : { ranges: 515_000, suffixes: 500_000, pairs: 5 }),
  'submit-one': ({ smoke }) => submitOne(smoke ? { requests: 64, pairs: 1 } : { requests: 300, pairs: 5 }),
  'submit-peer': ({ smoke }) =>
    submitPeer(
      smoke ? { requests: 32, reports: 1, names: 20, pairs: 1 } : { requests: 300, reports: 2, names: 1_000, pairs: 5 },
    ),
  'triage-page': ({ smoke }) =>
    triagePage(smoke ? { cases: 100, requests: 8, pairs: 1 } : { cases: 5_000, requests: 40, pairs: 5 }),
  'page-depth': async ({ smoke }) => {
    if (smoke) return pageDepth({ cases: 1_000, page: 100, requests: 5, pairs: 1 });
    const depth = { page: 10_000, requests: 200, pairs: 9 };
    return [...(await pageDepth({ ...depth, cases: 100_000 })), ...(await pageDepth({ ...depth, cases: 1_000_000 }))];
  },
  latency: ({ smoke }) => latency(smoke ? { rounds: 5, peakMs: 1_000 } : { rounds: 60, peakMs: 8_000 }),
  'fan-out': async ({ smoke }) => {
    if (smoke) return fanOut({ sockets: 20, organisations: 4, events: 5, bursts: 1, pairs: 1 });
    const size = { sockets: 2_000, organisations: 100, bursts: 3, pairs: 5 };
    return [...(await fanOut({ ...size, events: 20 })), ...(await fanOut({ ...size, events: 100 }))];
  },
  replica: ({ smoke }) =>
    replica(smoke ? { cases: 100, requests: 200, pairs: 1 } : { cases: 5_000, requests: 400, pairs: 5 }),
  revocation: ({ smoke }) => revocation(smoke ? { sockets: 1, apartMs: 0 } : { sockets: 10, apartMs: 1_500 }),
  resume: ({ smoke }) =>
    resume(
      smoke
        ? { clients: 6, organisations: 2, events: 1_500, pairs: 1 }
        : { clients: 1_000, organisations: 50, events: 10_000, pairs: 3 },
    ),
  overload: ({ smoke }) =>
    overload(smoke ? { peakMs: 2_000, overloadMs: 3_000 } : { peakMs: 20_000, overloadMs: 60_000 }),
  'cold-start': ({ smoke }) => coldStart({ pairs: smoke ? 1 : 5 }),
  ledger: ({ smoke }) => ledger(smoke ? { entries: 200, pairs: 1 } : { entries: 2_000, pairs: 5 }),
  memory: ({ smoke, long }) =>
    memory(
      smoke
        ? { restMs: 1_000, sockets: 100, organisations: 5, slowMs: 3_000 }
        : { restMs: 15_000, sockets: 2_000, organisations: 100, slowMs: long ? 600_000 : 60_000 },
    ),
  footprint: ({ smoke }) =>
    footprint(smoke ? { indicators: 100, sockets: 100 } : { indicators: 2_000, sockets: 1_050 }),
  notify: ({ smoke }) => notify(smoke ? { forMs: 300, pairs: 1 } : { forMs: 2_000, pairs: 5 }),
  'scale-out': ({ smoke }) =>
    scaleOut(
      smoke
        ? { rounds: 1, submitMs: 500, sockets: 12, organisations: 2, events: 5, bursts: 1, wakeUps: 5 }
        : { rounds: 3, submitMs: 3_000, sockets: 300, organisations: 15, events: 20, bursts: 5, wakeUps: 300 },
    ),
  rls: ({ smoke }) => rls({ cases: smoke ? 500 : 20_000, rounds: smoke ? 1 : 7 }),
};

async function run(names: readonly string[], options: Options): Promise<void> {
  const wanted = names.length > 0 ? names : Object.keys(BENCHES);
  const unknown = wanted.find((name) => !BENCHES[name]);
  if (unknown !== undefined)
    throw new Error(`There is no bench ${unknown}. There are: ${Object.keys(BENCHES).join(', ')}.`);
  const figures: Figure[] = [];
  for (const name of wanted) figures.push(...(await figuresOf(name, options)));
  if (!options.smoke && names.length === 0)
    writeFileSync('bench/results.json', `${JSON.stringify(figures, null, 2)}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
}

/** Told as soon as they are there. One that is wrong does not keep the others from being measured, and fails the run. */
async function figuresOf(name: string, options: Options): Promise<Figure[]> {
  const start = performance.now();
  try {
    const figures = (await BENCHES[name]?.(options)) ?? [];
    if (!options.json) process.stdout.write(table(figures));
    return figures;
  } catch (error) {
    process.exitCode = 1;
    console.error(`${name} FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return [];
  } finally {
    if (!options.json) console.log(`  (${((performance.now() - start) / 1000).toFixed(0)} s)`);
  }
}

function table(figures: readonly Figure[]): string {
  const lines = figures.map(
    ({ name, metric, value, baseline, ratio, spread, pairs, bar, goal, meetsBar, meetsGoal }) => {
      const verdict = meetsGoal ? 'goal reached' : meetsBar ? 'bar reached' : 'BELOW THE BAR';
      const range = spread.map((part) => part.toFixed(3)).join(' to ');
      return `${name}: ${metric}\n  ratio ${ratio.toFixed(3)} (${range}, ${pairs} pairs; bar ${bar}, goal ${goal}): ${verdict}\n  ours ${value.toFixed(1)}, baseline ${baseline.toFixed(1)}\n`;
    },
  );
  return lines.join('');
}

await new Command('bench')
  .argument('[names...]')
  .option('--json')
  .option('--smoke', 'the smallest run, for correctness only')
  .option('--long', 'memory: ten minutes of a slow consumer')
  .option('--feed <file>', 'a CSV feed for submit-bulk instead of made values')
  .action(run)
  .parseAsync();
