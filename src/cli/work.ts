import { Command } from 'commander';

import { readHubConfig } from '../app/config/hub.ts';
import { makeLog } from '../platform/log.ts';
import { warnWithoutAnchor } from './anchor-warning.ts';
import { openTracing } from './tracing.ts';
import { toldToEnd } from './end-of-service.ts';
import { EXIT, Failure } from './failure.ts';
import { print, tolerateClosedOutput } from './output.ts';

interface WorkOptions {
  readonly folder?: string;
  readonly endWithParent?: boolean;
  readonly json?: boolean;
}

export function workCommand(): Command {
  return new Command('work')
    .description('number, follow and sign for a hub on DATABASE_URL, and answer nobody, until it is told to stop')
    .option('--folder <folder>', 'where the keys that sign are (else TOCSIN_FOLDER, else .tocsin)')
    .option('--end-with-parent', 'stop when the process that started it ends')
    .option('--json', 'print one JSON object when it works')
    .addHelpText(
      'after',
      `
"tocsin serve" does all of this besides answering; one process is enough for a small hub. Where answering must not wait
for work, run "tocsin serve --no-work" as often as you like, and "tocsin work" once or, so that another takes over when
it fails, twice. All read DATABASE_URL and TOCSIN_LOGIN_SECRET, and the same file of keys (TOCSIN_KEYS); the anchor
(TOCSIN_ANCHOR) is for those that work. METRICS_PORT serves its figures.

Example:
  DATABASE_URL=postgres://... TOCSIN_LOGIN_SECRET=... tocsin work --folder /var/lib/tocsin`,
    )
    .action(work);
}

async function work(options: WorkOptions): Promise<void> {
  tolerateClosedOutput(() => undefined);
  const told = toldToEnd({ withParent: options.endWithParent ?? false });
  const config = readHubConfig();
  if (!config.database) throw new Failure('USAGE', NEEDS_DATABASE, EXIT.USAGE);
  const log = makeLog(config.logLevel);
  const tracing = await openTracing(config.operations.tracing, log);
  const [{ workOn }, { proofFiles }] = await Promise.all([
    import('../server/work.ts'),
    import('../server/proof-files.ts'),
  ]);
  const proof = proofFiles('DATABASE_URL', options.folder ?? config.folder, config.proof);
  warnWithoutAnchor(proof, log);
  const { database, keeping, operations } = config;
  const node = await workOn({ database, log, proof, keeping, documentation: false, metrics: operations.metrics });
  const said = { works: true, metricsUrl: node.metricsUrl };
  print(options.json, said, () => 'Tocsin works on DATABASE_URL: it numbers, follows and signs, and answers nobody.');
  log.info({ reason: await told }, 'stopping');
  await node.stop();
  await tracing?.close();
}

const NEEDS_DATABASE =
  'tocsin work is for a hub on a PostgreSQL of your own: set DATABASE_URL and TOCSIN_LOGIN_SECRET. With an embedded ' +
  'database "tocsin serve" does its work itself.';
