// A node of a hub, for experiments that kill it. It takes one argument, of JSON, and prints one line of it when it serves.
import { systemClock } from '../../src/platform/clock.ts';
import type { DatabaseAddress } from '../../src/platform/database/logins.ts';
import { makeLog } from '../../src/platform/log.ts';
import { startHub } from '../../src/server/hub.ts';
import { readProxies } from '../../src/server/peer.ts';
import { proofFiles } from '../../src/server/proof-files.ts';
import type { LoadLimits } from '../../src/server/limits/limits.ts';
import type { SocketLimits } from '../../src/server/sockets.ts';
import { OrganisationService } from '../../src/tenancy/organisation.service.ts';

export interface ChildOptions {
  readonly database: DatabaseAddress;
  /** Of keys and anchor, which the nodes of a hub share. */
  readonly folder: string;
  readonly poolSize?: number;
  /** How far its clock is off. */
  readonly clockOffMs?: number;
  readonly sockets?: Partial<SocketLimits>;
  readonly load?: Partial<LoadLimits>;
  /** Where it listens; 0: any free port. */
  readonly port?: number;
  /** How long it serves on once it is told to stop. */
  readonly drainMs?: number;
  /** Whose X-Forwarded-For is believed. */
  readonly proxies?: string;
  /** How often it signs, at most. */
  readonly checkpointEveryMs?: number;
  /** Nobody's points run out. */
  readonly unpriced?: boolean;
  /** Makes the first operator. */
  readonly operator?: boolean;
}

export interface ChildSays {
  readonly url: string;
  readonly wsUrl: string;
  readonly operatorKey: string | null;
}

process.stdin.resume().on('end', () => process.exit());
const options = JSON.parse(process.argv[2] ?? '') as ChildOptions;
const { database, folder, poolSize = 10, clockOffMs = 0, sockets = {}, load = {}, operator = false } = options;
const { port = 0, drainMs = 0, checkpointEveryMs = 50, unpriced = false } = options;
const rate = unpriced ? { client: { maximum: 1e12, restoreRate: 1e12 } } : {};
const proxies = readProxies(options.proxies ?? '') ?? [];
const clock = { now: () => new Date(systemClock.now().getTime() + clockOffMs) };
const proof = proofFiles('DATABASE_URL', folder, {
  keys: null,
  anchor: `${folder}/anchor`,
  witness: null,
  origin: null,
});
const hub = await startHub({
  ...{ database, documentation: true, log: makeLog('warn'), host: '127.0.0.1', port, drainMs, proxies },
  ...{ poolSize, clock, sockets, limits: { load, rate }, proof: { ...proof, checkpointEveryMs } },
});
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => void hub.stop().then(() => process.exit()));
const made = operator
  ? await new OrganisationService(hub.app.work, hub.app.clock).createFirstOperator('Operator')
  : null;
const says: ChildSays = { url: hub.url, wsUrl: hub.wsUrl, operatorKey: made?.key ?? null };
console.log(JSON.stringify(says));
