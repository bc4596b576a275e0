import type { DataSource } from 'typeorm';

import { openLog } from '../ledger/open-log.service.ts';
import { ProgressReader } from '../ledger/progress.ts';
import { Signals } from '../ledger/signals.ts';
import { Wakes } from '../ledger/wakes.ts';
import { systemClock, type Clock } from '../platform/clock.ts';
import { connectAs, dataSourceFor } from '../platform/database/data-source.ts';
import { urlOf, type DatabaseAddress } from '../platform/database/logins.ts';
import { poolUse, type PoolUse } from '../platform/database/pool.ts';
import { PrimaryMark } from '../platform/database/replica/primary-mark.ts';
import { Replica } from '../platform/database/replica/replica.ts';
import { Work } from '../platform/database/work.ts';
import type { Log } from '../platform/log.ts';
import type { Keeping } from '../retention/schedule.ts';
import type { Lookup } from '../routing/lookup.ts';
import { entities } from './entities.ts';
import { REACTING } from './tick.ts';
import { Workers, type ProofOptions } from './workers.ts';

export interface NodeOptions {
  readonly database: DatabaseAddress;
  readonly documentation: boolean;
  readonly log: Log;
  readonly clock?: Clock;
  /** Connections for tenants' requests; at least 1. */
  readonly poolSize?: number;
  /** How the world is asked about resources; without it nothing is looked up. */
  readonly lookup?: Lookup | null;
  readonly proof: ProofOptions;
  /** How long reports are kept that are over. */
  readonly keeping?: Keeping;
  /** False: it numbers, follows and signs nothing; another process does. */
  readonly works?: boolean;
  /** How long a look waits for the replica to be as far as the primary. */
  readonly replicaPatienceMs?: number;
  /** False in tests that look at row-level security alone; nothing outside of them sets it. */
  readonly codeFence?: boolean;
}

/** One of the processes that make a hub, on their common database: it hears the others, and works beside them. */
export interface Node {
  /** For tenants' requests. */
  readonly requests: DataSource;
  readonly work: Work;
  readonly signals: Signals;
  /** The name of the log. */
  readonly origin: string;
  readonly progress: ProgressReader;
  /** The pools of connections: for requests, and for the flow and what the hub looks up itself. */
  readonly pools: () => { readonly requests: PoolUse; readonly flow: PoolUse };
  /** Null: the primary answers everything. */
  readonly replica: Replica | null;
  stop(): Promise<void>;
}

const SYSTEM_POOL = 4;
const REPLICA_WITHIN_MS = 2_000;

/** Connects to a migrated database, listens, and, unless told not to, numbers, follows and signs where it leads. */
export async function joinHub(options: NodeOptions): Promise<Node> {
  const { database, log, works = true } = options;
  const { work, disconnect, ...opened } = await open(options);
  const signals = new Signals();
  const workers = works ? new Workers({ clock: systemClock, ...options, work, signals }) : null;
  const wake = () => workers?.wake();
  const wakes = new Wakes(urlOf('tocsin_app', database), signals, wake, log, () => workers?.backend ?? null);
  work.onCommit(() => (workers?.leads ? workers.wake() : wakes.hint()));
  await wakes.start();
  workers?.start();
  const stop = async () => {
    await workers?.stop();
    await wakes.stop();
    await disconnect();
  };
  return { ...opened, work, signals, progress: new ProgressReader(work, REACTING), stop };
}

/** The logins' pools, and the name of the log that their entries go to: both, or neither. */
async function open(options: NodeOptions) {
  const { database, clock = systemClock, proof, poolSize = 10, works = true, codeFence } = options;
  const [requests, system] = await both(
    connectAs('tocsin_app', dataSourceFor('tocsin_app', database, entities, poolSize)),
    connectAs('tocsin_system', dataSourceFor('tocsin_system', database, entities, SYSTEM_POOL)),
  );
  const replica = replicaOf(options);
  const work = new Work(requests, system, codeFence, replica);
  const disconnect = () => Promise.all([requests.destroy(), system.destroy(), replica?.stop()]);
  const pools = () => ({ requests: poolUse(requests), flow: poolUse(system) });
  try {
    const origin = await openLog(work, clock, proof.vault, { origin: proof.origin ?? null, signsLog: works });
    replica?.start();
    return { requests, work, disconnect, pools, origin, replica };
  } catch (error) {
    await disconnect();
    throw error;
  }
}

function replicaOf({ database, log, poolSize = 10, replicaPatienceMs: patienceMs }: NodeOptions): Replica | null {
  const { loginSecret, replicaUrl } = database;
  if (replicaUrl === undefined) return null;
  const address = { adminUrl: replicaUrl, loginSecret };
  return new Replica({
    connect: () => connectAs('tocsin_app', dataSourceFor('tocsin_app', address, entities, poolSize, REPLICA_WITHIN_MS)),
    primary: new PrimaryMark(urlOf('tocsin_app', database)),
    log,
    patienceMs,
  });
}

/** Two connections at once; where one fails, the other is not left open. */
async function both(...connecting: readonly [Promise<DataSource>, Promise<DataSource>]) {
  const [one, other] = await Promise.allSettled(connecting);
  if (one.status === 'fulfilled' && other.status === 'fulfilled') return [one.value, other.value] as const;
  for (const each of [one, other]) if (each.status === 'fulfilled') await each.value.destroy();
  throw [one, other].find((each) => each.status === 'rejected')?.reason;
}
