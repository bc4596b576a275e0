// A node of a hub, for experiments that kill it. It takes one argument, of JSON, and prints one line of it when it serves.
import { systemClock } from '../../src/platform/clock.ts';
import type { DatabaseAddress } from '../../src/platform/database/logins.ts';
import { makeLog } from '../../src/platform/log.ts';
import { startHub } from '../../src/server/hub.ts';
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
const clock = { now: () => new Date(systemClock.now().getTime() + clockOffMs) };
const proof = proofFiles('DATABASE_URL', folder, {
  keys: null,
  anchor: `${folder}/anchor`,
  witness: null,
  origin: null,
});
const hub = await startHub({
  ...{ database, documentation: true, log: makeLog('warn'), host: '127.0.0.1', port: 0 },
  ...{ poolSize, clock, sockets, limits: { load }, proof: { ...proof, checkpointEveryMs: 50 } },
});
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => void hub.stop().then(() => process.exit()));
const made = operator
  ? await new OrganisationService(hub.app.work, hub.app.clock).createFirstOperator('Operator')
  : null;
const says: ChildSays = { url: hub.url, wsUrl: hub.wsUrl, operatorKey: made?.key ?? null };
console.log(JSON.stringify(says));
