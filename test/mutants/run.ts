import 'reflect-metadata';

import { Command } from 'commander';

import { startTestServer } from '../support/postgres.ts';
import { accessMutants } from './access.ts';
import type { Mutant } from './mutant.ts';

async function run(suite: string, { json, only }: { json?: true; only?: string }): Promise<void> {
  if (suite !== 'access') throw new Error(`There are no mutants of ${suite}. There are: access.`);
  const server = await startTestServer();
  try {
    await using place = await accessMutants(server);
    const chosen = place.mutants.filter(({ name }) => name.includes(only ?? ''));
    const survivors = await survivorsOf(chosen);
    const counts = { killed: chosen.length - survivors.length, survived: survivors.length };
    process.stdout.write(json ? `${JSON.stringify({ ...counts, survivors })}\n` : told(counts, survivors));
    process.exitCode = survivors.length === 0 ? 0 : 1;
  } catch (error) {
    // Said before the database goes, under which whatever is still at work fails in its turn.
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    await server.stop();
  }
}

/** One after the other: each has the world to itself. */
async function survivorsOf(mutants: readonly Mutant[]): Promise<string[]> {
  const survivors: string[] = [];
  for (const { name, killed } of mutants) if (!(await killed())) survivors.push(name);
  return survivors;
}

const told = ({ killed, survived }: { killed: number; survived: number }, survivors: readonly string[]): string =>
  [`${killed} killed, ${survived} survived`, ...survivors.map((name) => `survived: ${name}`), ''].join('\n');

await new Command('mutants')
  .description('takes away each thing that keeps tenants apart, in turn, and asks the tests that must notice')
  .argument('<suite>', 'access')
  .option('--json', 'as one object: {killed, survived, survivors}')
  .option('--only <text>', 'those with this text in their names')
  .action(run)
  .parseAsync();
