import 'reflect-metadata';

import { Command } from 'commander';

import { LONG, SHORT } from './experiment.ts';
import { EXPERIMENTS, holds, outcomeOf, type Outcome } from './experiments.ts';
import { PostgresServer } from './postgres-server.ts';

interface Options {
  readonly json?: true;
  readonly short?: true;
}

/** Runs the experiments named, or all; one after the other, for each is about what happens under load. */
async function run(names: readonly string[], { json, short }: Options): Promise<void> {
  const unknown = names.find((name) => !EXPERIMENTS.some((each) => each.name === name));
  if (unknown !== undefined) {
    throw new Error(`There is no experiment ${unknown}. There are: ${EXPERIMENTS.map(({ name }) => name).join(', ')}.`);
  }
  const wanted = EXPERIMENTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const outcomes: Outcome[] = [];
  const server = await PostgresServer.start();
  try {
    for (const experiment of wanted) {
      if (!json) console.log(`${experiment.name}: ${experiment.sentence}`);
      const outcome = await outcomeOf(experiment, server, short ? SHORT : LONG);
      outcomes.push(outcome);
      if (!json) console.log(textOf(outcome));
    }
  } finally {
    await server.stop();
  }
  if (json) console.log(JSON.stringify(outcomes, null, 2));
  process.exitCode = outcomes.every(holds) ? 0 : 1;
}

function textOf(outcome: Outcome): string {
  const { injected, acknowledged, lost, repeated, seen, seconds, error } = outcome;
  const counts = { injected, acknowledged, lost, repeated, ...seen };
  const said = Object.entries(counts).map(([name, value]) => `${name} ${value}`);
  return `  ${holds(outcome) ? 'holds' : 'FAILS'}  ${said.join(', ')} (${seconds} s)${error === null ? '' : `\n  ${error}`}\n`;
}

await new Command('faults')
  .argument('[names...]')
  .option('--json')
  .option('--short', 'a few of each, in seconds')
  .action(run)
  .parseAsync();
