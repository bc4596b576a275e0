import { afterAll, beforeAll, expect, test } from 'vitest';

import { build } from '../cli/built-cli.ts';
import { tableUnder } from '../docs/documents.ts';
import { SHORT } from './experiment.ts';
import { EXPERIMENTS, outcomeOf } from './experiments.ts';
import { PostgresServer } from './postgres-server.ts';

/** What shows most in the least time; the others are left to `npm run faults`. */
const IN_EVERY_RUN: readonly string[] = [
  'kills',
  'database-restart',
  'database-connections',
  'orphaned-database',
  'restored-backup',
];

let server: PostgresServer;
beforeAll(async () => {
  await build();
  server = await PostgresServer.start();
}, 240_000);
afterAll(() => server.stop());

for (const experiment of EXPERIMENTS.filter(({ name }) => IN_EVERY_RUN.includes(name))) {
  test(`${experiment.name}: ${experiment.sentence}`, { timeout: 600_000 }, async () => {
    const outcome = await outcomeOf(experiment, server, SHORT);
    expect(outcome).toMatchObject({ error: null, lost: 0, repeated: 0 });
    expect(outcome.injected).toBeGreaterThan(0);
    expect(outcome.acknowledged).toBeGreaterThan(0);
  });
}

test('docs/faults.md says of each experiment what it came to', () => {
  const told = tableUnder('docs/faults.md', '| program').map(([name = '']) => name.replaceAll('`', ''));
  expect(told.toSorted()).toEqual(EXPERIMENTS.map(({ name }) => name).toSorted());
});
