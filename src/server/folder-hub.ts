import type { ProofConfig } from '../app/config/proof.ts';
import { migrations } from '../app/migrations.ts';
import { migrate } from '../platform/database/migrate.ts';
import type { Log } from '../platform/log.ts';
import type { Keeping } from '../retention/schedule.ts';
import type { OAuthSettings } from '../tenancy/access-token.service.ts';
import type { HubMode } from './data-folder.ts';
import { readDemoFile, writeDemoFile, type DemoFile } from './demo-file.ts';
import { provideDemo } from './demo-organisations.ts';
import type { EmbeddedDatabase } from './embedded-database.ts';
import { startOnPort } from './free-port.ts';
import { startHub, type Hub } from './hub.ts';
import type { LimitSettings } from './limits/settings.ts';
import { readLookupFile } from './lookup-file.ts';
import type { MetricsAddress } from './metrics/door.ts';
import { describeOAuth, linkDemoClients } from './oidc/demo.ts';
import { TrialIssuer } from './oidc/door.ts';
import { openOidcSecrets, type OidcSecrets } from './oidc/secrets.ts';
import { proofFiles } from './proof-files.ts';
import { writeRunning } from './running-file.ts';
import type { LoginSettings } from './sign-in/login.ts';

/** A name and no address: a trial may listen on another port tomorrow. */
const TRIAL_AUDIENCE = 'urn:tocsin:trial';

export interface LocalHubOptions {
  /** Where its data, secrets and keys are; made when missing. */
  readonly folder: string;
  /** What a new folder becomes, for ever. A folder that is a TRIAL stays one; TRIAL on PRODUCTION is refused. */
  readonly mode: HubMode;
  readonly log: Log;
  readonly host?: string;
  /** 0: any free port. Null, the default: 4000 or the next that is free. */
  readonly port?: number | null;
  readonly poolSize?: number;
  /** Issuers of access tokens besides the trial's own. */
  readonly oauth?: OAuthSettings | null;
  /** Where people sign in. Null, the default: at a trial's own issuer, or nowhere. */
  readonly login?: LoginSettings | null;
  /** GraphiQL for browsers. Null, the default: in a trial. */
  readonly graphiql?: boolean | null;
  /** What it bounds otherwise than hubs do. */
  readonly bounds?: LimitSettings;
  /** A hub for once: faster, and its folder is removed when it ends, however that comes about. */
  readonly throwaway?: boolean;
  readonly proof?: ProofConfig;
  /** How long reports are kept that are over. */
  readonly keeping?: Keeping;
  /** Where Prometheus finds figures; nowhere without it. */
  readonly metrics?: MetricsAddress | null;
  /** How long it serves on once it is told to stop. */
  readonly drainMs?: number;
}

/** A hub with its own PostgreSQL inside. */
export interface LocalHub {
  readonly hub: Hub;
  readonly mode: HubMode;
  /** The organisations and keys of a trial, as in its demo.json; null in production. */
  readonly demo: DemoFile | null;
  /** Resolves when the database has ended, also by itself: the hub is of no use then. */
  readonly databaseEnded: Promise<void>;
  /** Lets requests under way finish, then ends hub and database. */
  stop(): Promise<void>;
}

/** Brings the folder's database to the newest schema, and serves from it. */
export async function serveFolder(
  folder: string,
  mode: HubMode,
  { address, postgres }: EmbeddedDatabase,
  options: LocalHubOptions & { host: string },
): Promise<LocalHub> {
  const { host, port = null, log, poolSize = 10, graphiql = null, oauth = null, login = null } = options;
  await migrate(address, migrations);
  const proof = proofFiles(options.throwaway ? 'THROWAWAY' : 'EMBEDDED', folder, options.proof);
  const trial = mode === 'TRIAL' ? openTrial(folder, oauth) : null;
  const serving = {
    ...{ database: address, log, poolSize, host, proof, lookup: trial?.lookup ?? null, oauth: trial?.oauth ?? oauth },
    ...{ documentation: mode === 'TRIAL', graphiql: graphiql ?? mode === 'TRIAL', issuer: trial?.issuer ?? null },
    ...options.bounds,
    metrics: options.metrics ?? null,
    drainMs: options.drainMs ?? 0,
    ...(options.keeping && { keeping: options.keeping }),
    login: login ?? (trial ? () => trial.issuer.login() : null),
  };
  const hub = await startOnPort(port, host, (chosen) => startHub({ ...serving, port: chosen }));
  const running = { pid: process.pid, url: hub.url, databasePort: postgres.port };
  const end = async () => {
    try {
      writeRunning(folder, { ...running, stopping: true });
      await hub.stop();
    } finally {
      await postgres.stop();
    }
  };
  let ended: Promise<void> | undefined;
  try {
    const demo = trial ? await writeDemo(folder, hub, trial.secrets) : null;
    writeRunning(folder, { ...running, stopping: false });
    return { hub, mode, demo, databaseEnded: postgres.ended, stop: () => (ended ??= end()) };
  } catch (error) {
    await hub.stop();
    throw error;
  }
}

/** What only a trial has: an issuer, where a production hub takes tokens of those that others answer for, and look-ups from a file. */
function openTrial(folder: string, asked: OAuthSettings | null) {
  const secrets = openOidcSecrets(folder);
  const oauth = asked ?? { issuers: [], audience: TRIAL_AUDIENCE };
  return { secrets, oauth, issuer: new TrialIssuer(oauth.audience, secrets), lookup: readLookupFile(folder) };
}

async function writeDemo(folder: string, hub: Hub, secrets: OidcSecrets): Promise<DemoFile> {
  const organisations = await provideDemo(hub.app, readDemoFile(folder));
  const issuer = new URL('/oidc', hub.url).href;
  await linkDemoClients(hub.app, issuer, organisations);
  const oauth = describeOAuth(issuer, hub.app.accessTokens.audience, secrets);
  const people = { signInUrl: new URL('/auth', hub.url).href, password: secrets.password };
  const demo = { url: hub.url, wsUrl: hub.wsUrl, oauth, people, organisations };
  writeDemoFile(folder, demo);
  return demo;
}
