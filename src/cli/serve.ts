import path from 'node:path';

import { Command } from 'commander';

import { readHubConfig, type HubConfig } from '../app/config/hub.ts';
import type { LoginConfig } from '../app/config/identity.ts';
import type { ProofConfig } from '../app/config/proof.ts';
import type { DatabaseAddress } from '../platform/database/logins.ts';
import { makeLog, type Log } from '../platform/log.ts';
import type { LimitSettings } from '../server/limits/settings.ts';
import type { MetricsAddress } from '../server/metrics/door.ts';
import { readLogin, type LoginSettings } from '../server/sign-in/login.ts';
import { openTracing } from './tracing.ts';
import { toldToEnd } from './end-of-service.ts';
import { EXIT, Failure } from './failure.ts';
import { print, tolerateClosedOutput } from './output.ts';
import { warnWithoutAnchor } from './anchor-warning.ts';
import { describeService, type Service } from './service-text.ts';

interface ServeOptions {
  readonly demo?: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly folder?: string;
  readonly migrate?: boolean;
  readonly work?: boolean;
  readonly endWithParent?: boolean;
  readonly json?: boolean;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('serve a hub until it is told to stop (Ctrl-C, SIGTERM): requests under way are finished first')
    .option('--demo', 'a trial: demo organisations with printed keys, example names accepted, loopback only')
    .option('--host <host>', 'where to listen (else HOST, else 127.0.0.1)')
    .option(
      '--port <port>',
      'where to listen; 0: any free port (else PORT, else 4000 or the next that is free)',
      readPort,
    )
    .option('--folder <folder>', 'data and secrets of a hub with its own database (else TOCSIN_FOLDER, else .tocsin)')
    .option('--migrate', 'with DATABASE_URL: bring the database to the newest schema first')
    .option('--no-work', 'with DATABASE_URL: answer only; "tocsin work" numbers, follows and signs beside it')
    .option('--end-with-parent', 'stop when the process that started it ends, as npm start wants it')
    .option('--json', 'print one JSON object when it listens')
    .addHelpText(
      'after',
      `
A new folder becomes a trial with --demo, and a production hub without, for ever. A production hub begins without
organisations: "tocsin org create-operator NAME" makes the first. With DATABASE_URL and TOCSIN_LOGIN_SECRET it serves
from a PostgreSQL of your own. OIDC_ISSUERS and OIDC_AUDIENCE let access tokens in beside keys; OIDC_LOGIN_ISSUER and
PUBLIC_URL let people sign in at /auth; GRAPHIQL=on serves a page for browsers at /graphql, as a trial does. LOG_LEVEL (info) and POOL_SIZE (10) are read from the environment.

Examples:
  tocsin serve --demo
  tocsin serve --folder /var/lib/tocsin --host 10.0.0.5 --port 4000
  DATABASE_URL=postgres://... TOCSIN_LOGIN_SECRET=... tocsin serve --migrate
  DATABASE_URL=postgres://... TOCSIN_LOGIN_SECRET=... tocsin serve --no-work`,
    )
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  // Nobody reads what it prints any more: it serves on all the same.
  tolerateClosedOutput(() => undefined);
  const told = toldToEnd({ withParent: options.endWithParent ?? false });
  const config = readHubConfig();
  const log = makeLog(config.logLevel);
  const tracing = await openTracing(config.operations.tracing, log);
  const asked = {
    log,
    host: options.host ?? config.host,
    port: options.port ?? config.port,
    poolSize: config.poolSize,
    proof: config.proof,
    keeping: config.keeping,
    oauth: config.oauth,
    login: config.login && readLoginFile(config.login),
    graphiql: config.graphiql,
    ...config.operations,
    bounds: (await import('../server/limits/settings.ts')).limitSettings(config.limits),
  };
  const service = config.database
    ? await serveOn(config.database, options.folder ?? config.folder, options, asked)
    : await serveFolder(options, config, asked);
  const { hub, mode, demo, folder } = service;
  const text = await describeService(service);
  const demoFile = demo && folder ? path.join(folder, 'demo.json') : null;
  print(options.json, { url: hub.url, wsUrl: hub.wsUrl, mode, folder, demoFile }, () => text);
  const reason = await Promise.race([told, service.databaseEnded.then(() => DATABASE_ENDED)]);
  log.info({ reason }, 'stopping');
  await service.stop();
  await tracing?.close();
  if (reason === DATABASE_ENDED) {
    const message = `PostgreSQL ended by itself; ${folder}/postgres.log may say why. Start again: the data stays.`;
    throw new Failure('DATABASE_ENDED', message, EXIT.FAILED);
  }
}

const DATABASE_ENDED = 'its database ended';

interface Asked extends Pick<HubConfig, 'host' | 'port' | 'poolSize' | 'oauth' | 'graphiql' | 'keeping'> {
  readonly login: LoginSettings | null;
  readonly log: Log;
  readonly proof: ProofConfig;
  readonly bounds: LimitSettings;
  readonly metrics: MetricsAddress | null;
  readonly drainMs: number;
}

async function serveFolder(options: ServeOptions, config: HubConfig, asked: Asked): Promise<Service> {
  if (options.work === false) throw usage('--no-work is for DATABASE_URL: nobody else works on an embedded database.');
  if (options.migrate) throw usage('--migrate is for DATABASE_URL; the embedded database is migrated at each start.');
  const folder = path.resolve(options.folder ?? config.folder);
  const { startLocalHub } = await import('../server/local-hub.ts');
  return { ...(await startLocalHub({ ...asked, folder, mode: options.demo ? 'TRIAL' : 'PRODUCTION' })), folder };
}

async function serveOn(
  database: DatabaseAddress,
  folder: string,
  options: ServeOptions,
  asked: Asked,
): Promise<Service> {
  if (options.demo) throw usage('--demo makes a trial with a database of its own: unset DATABASE_URL.');
  const [{ migrate }, { migrations }, { requireMigrated }, { startHub }, { startOnPort }, { proofFiles }] =
    await Promise.all([
      import('../platform/database/migrate.ts'),
      import('../app/migrations.ts'),
      import('../server/schema-version.ts'),
      import('../server/hub.ts'),
      import('../server/free-port.ts'),
      import('../server/proof-files.ts'),
    ]);
  if (options.migrate) await migrate(database, migrations);
  await requireMigrated(database);
  const works = options.work ?? true;
  const proof = proofFiles('DATABASE_URL', folder, asked.proof);
  if (works) warnWithoutAnchor(proof, asked.log);
  const hub = await startOnPort(asked.port, asked.host, (port) =>
    startHub({
      ...asked,
      ...asked.bounds,
      database,
      works,
      documentation: false,
      graphiql: asked.graphiql ?? false,
      proof,
      port,
    }),
  );
  // A database that is elsewhere comes back: the hub waits for it.
  const databaseEnded = new Promise<void>(() => undefined);
  return { hub, mode: 'PRODUCTION', demo: null, folder: null, databaseEnded, stop: () => hub.stop() };
}

function readLoginFile(login: LoginConfig): LoginSettings {
  try {
    return readLogin(login);
  } catch (error) {
    throw usage(`OIDC_LOGIN_KEY cannot be read: ${String(error)}`);
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw usage('--port takes a number from 0 to 65535.');
  return port;
}

const usage = (message: string): Failure => new Failure('USAGE', message, EXIT.USAGE);
