import { Command } from 'commander';
import fc from 'fast-check';

import type { Target } from './target.ts';
import { TARGETS } from './targets.ts';

interface Options {
  readonly seconds: string;
  readonly json?: true;
}

/** What came of one target. */
interface Fuzzed {
  readonly target: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly slowestMs: number;
  /** The first that did not hold, made small, and how to see it again. */
  readonly failure: { readonly input: string; readonly error: string; readonly seed: number } | null;
}

/** Generous: whatever needs so long for a few thousand characters is not linear in them. */
const TOO_SLOW_MS = 2_000;

async function fuzz({ name, property }: Target, seconds: number): Promise<Fuzzed> {
  const seen = { inputs: 0, accepted: 0, slowestMs: 0 };
  const tell = (accepted: boolean, ms: number): void => {
    seen.inputs += 1;
    seen.accepted += accepted ? 1 : 0;
    seen.slowestMs = Math.max(seen.slowestMs, Math.round(ms));
    if (ms > TOO_SLOW_MS) throw new Error(`It took ${Math.round(ms)} ms.`);
  };
  const { failed, counterexample, errorInstance, seed } = await fc.check(property(tell), {
    numRuns: 2 ** 31 - 1,
    interruptAfterTimeLimit: seconds * 1000,
  });
  const failure = failed
    ? { input: JSON.stringify(counterexample).slice(0, 2000), error: String(errorInstance), seed }
    : null;
  return { target: name, ...seen, failure };
}

async function run(names: readonly string[], { seconds, json }: Options): Promise<void> {
  const wanted = names.length === 0 ? TARGETS : TARGETS.filter(({ name }) => names.includes(name));
  if (wanted.length < names.length) throw new Error(`There are: ${TARGETS.map(({ name }) => name).join(', ')}.`);
  const all: Fuzzed[] = [];
  for (const target of wanted) {
    const one = await fuzz(target, Number(seconds));
    all.push(one);
    if (!json) console.log(lineOf(one));
  }
  if (json) console.log(JSON.stringify(all, null, 2));
  if (all.some(({ failure }) => failure !== null)) process.exitCode = 1;
}

function lineOf({ target, inputs, accepted, slowestMs, failure }: Fuzzed): string {
  const counts = `${target}: ${inputs} inputs, ${accepted} accepted, the slowest ${slowestMs} ms`;
  return failure ? `${counts}\n  FAILED by ${failure.input}\n  ${failure.error}\n  seed ${failure.seed}` : counts;
}

await new Command('fuzz')
  .description('feeds what reads strangers with what strangers might send')
  .argument('[targets...]', 'which; all, when left out')
  .option('--seconds <n>', 'for each target', '30')
  .option('--json', 'print one JSON array')
  .action(run)
  .parseAsync();
