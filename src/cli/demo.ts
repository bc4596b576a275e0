import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Command } from 'commander';

import { silentLog } from '../platform/log.ts';
import { readDemoFile, type DemoFile } from '../server/demo-file.ts';
import { castOf } from './demo/cast.ts';
import { describeOutcome } from './demo/outcome.ts';
import { runDemo } from './demo/run.ts';
import { storyFile } from './demo/story.ts';
import { Timeline } from './demo/timeline.ts';
import { EXIT, Failure } from './failure.ts';
import { print } from './output.ts';
import { resolveTarget } from './target.ts';

interface DemoOptions {
  readonly url?: string;
  readonly demoFile?: string;
  readonly report?: string;
  readonly json?: true;
}

const EXPLAINED = `
A vendor submits a report, a CERT confirms and forwards it, and registrar, host and mail provider hear of it on sockets
of their own, acknowledge, act and decline; one of them is cut off in the middle and comes back with its cursor. The
names that they claim decide who is to be told: that is written down before, and compared with what the vendor can read
in the end. Then strangers ask for every id that anybody saw. All of it happens through the API, with the keys of the
demo organisations.

It exits with 1 when somebody was not told, was told what was another's, lost an event, or when a stranger saw anything.

Examples:
  tocsin demo
  tocsin demo --report feed.csv --json
  tocsin demo --url http://127.0.0.1:4000 --demo-file .tocsin/demo.json`;

/** Plays the whole story against a hub and says whether it holds. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('play the story of one report from vendor to registrar, and prove who was told what')
    .option('--url <url>', 'a trial that runs (default: a hub for once, which is removed afterwards)')
    .option('--demo-file <file>', "that trial's demo.json (default with --url: .tocsin/demo.json)")
    .option('--report <file>', 'CSV with the columns type and value (default: the story in examples/story.csv)')
    .option('--json', 'print one JSON object, and no timeline')
    .addHelpText('after', EXPLAINED)
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  const timeline = new Timeline((line) => void (options.json || process.stdout.write(line)));
  const { trial, stop } = await findTrial(options);
  timeline.tell(`the hub is at ${trial.url}`);
  try {
    const file = options.report ?? storyFile();
    const outcome = await runDemo({ cast: castOf(trial), file, tell: (what) => timeline.tell(what) });
    print(options.json, outcome.figures, () => `\n${describeOutcome(outcome)}`);
    if (outcome.faults.length > 0) process.exitCode = EXIT.INCOMPLETE;
    if (options.json) for (const fault of outcome.faults.slice(0, MOST_FAULTS)) process.stderr.write(`${fault}\n`);
  } finally {
    await stop();
  }
}

const MOST_FAULTS = 20;

interface Trial {
  readonly trial: DemoFile;
  readonly stop: () => Promise<void>;
}

function findTrial({ url, demoFile }: DemoOptions): Promise<Trial> | Trial {
  if (url === undefined && demoFile === undefined) return startTrial();
  const file = path.resolve(demoFile ?? path.join('.tocsin', 'demo.json'));
  const folder = path.dirname(file);
  const known = path.basename(file) === 'demo.json' ? readDemoFile(folder) : null;
  if (!known) throw new Failure('NO_TRIAL', `${file} is not the demo.json of a trial.`, EXIT.USAGE);
  const target = resolveTarget({ url: url ?? known.url, as: 'operator', folder });
  return { trial: { ...known, url: target.url, wsUrl: target.wsUrl }, stop: () => Promise.resolve() };
}

async function startTrial(): Promise<Trial> {
  const { startLocalHub } = await import('../server/local-hub.ts');
  const folder = mkdtempSync(path.join(tmpdir(), 'tocsin-demo-'));
  const local = await startLocalHub({ folder, mode: 'TRIAL', log: silentLog, port: 0, throwaway: true });
  if (!local.demo) throw new Error('A trial has demo organisations.');
  return { trial: local.demo, stop: () => local.stop() };
}
