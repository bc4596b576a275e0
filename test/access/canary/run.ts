import 'reflect-metadata';

import { Command } from 'commander';

import { startTestServer } from '../../support/postgres.ts';
import { driveCanary } from './drive.ts';

interface Options {
  readonly runs: string;
  readonly seed: string;
  readonly json?: true;
}

async function run({ runs, seed, json }: Options): Promise<void> {
  const server = await startTestServer();
  try {
    const { operations, answered, compared, fields, hits } = await driveCanary(Number(runs), Number(seed), server);
    const counts = { operations, answered, compared, fields: fields.size, hits: hits.length, seed: Number(seed) };
    process.stdout.write(json ? `${JSON.stringify(counts)}\n` : `${JSON.stringify({ ...counts, hits }, null, 2)}\n`);
    process.exitCode = hits.length === 0 ? 0 : 1;
  } finally {
    await server.stop();
  }
}

await new Command('canary')
  .description(
    'drives random operations as one tenant, and looks for the strings and ids of others in all that comes back',
  )
  .option('--runs <n>', 'operations', '10000')
  .option('--seed <n>', 'which', String(Date.now() % 1_000_000_000))
  .option('--json', 'counts only')
  .action(run)
  .parseAsync();
