import type { GraphQLSchema } from 'graphql';

import { TokenService } from '../feed/token.service.ts';
import type { Anchor } from '../ledger/anchor.ts';
import { LogKeeper } from '../ledger/log-keeper.service.ts';
import { openLog } from '../ledger/open-log.service.ts';
import { Sequencer } from '../ledger/sequencer.ts';
import { ProgressReader } from '../ledger/progress.ts';
import { Signals } from '../ledger/signals.ts';
import type { KeyVault } from '../ledger/signing-key.ts';
import { Wakes } from '../ledger/wakes.ts';
import type { Quorum } from '../ledger/quorum.ts';
import type { Resolvers } from '../platform/api/context.ts';
import { systemClock, type Clock } from '../platform/clock.ts';
import { Counters } from '../platform/counters.ts';
import { connectAs, dataSourceFor } from '../platform/database/data-source.ts';
import { urlOf, type DatabaseAddress } from '../platform/database/logins.ts';
import { poolUse, type PoolUse } from '../platform/database/pool.ts';
import { Work } from '../platform/database/work.ts';
import type { Log } from '../platform/log.ts';
import { AccessTokens, type OAuthSettings } from '../tenancy/access-token.service.ts';
import { BY_DEFAULT, type Keeping } from '../retention/schedule.ts';
import type { Lookup } from '../routing/lookup.ts';
import { Authenticator } from '../tenancy/authenticator.service.ts';
import { ClientUse } from '../tenancy/client-use.service.ts';
import { Sessions } from '../tenancy/session.service.ts';
import { entities } from './entities.ts';
import { makeResolvers } from './resolvers.ts';
import { containerOf, makeSchema } from './schema.ts';
import { Workers } from './workers.ts';

export interface AppOptions {
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
  /** Whose access tokens are believed beside keys; nobody's without it. */
  readonly oauth?: OAuthSettings | null;
  /** False in tests that look at row-level security alone; nothing outside of them sets it. */
  readonly codeFence?: boolean;
}

/** What the hub signs with, and what keeps it from signing two histories. */
export interface ProofOptions {
  readonly vault: KeyVault;
  readonly anchor: Anchor | null;
  readonly quorum?: Quorum | null;
  /** What a log is called that has no name yet. */
  readonly origin?: string | null;
  readonly checkpointEveryMs?: number;
}

/** A node of the hub, without its doors. */
export interface App {
  readonly schema: GraphQLSchema;
  readonly resolvers: Resolvers;
  readonly work: Work;
  readonly authenticator: Authenticator;
  readonly accessTokens: AccessTokens;
  readonly sessions: Sessions;
  readonly log: Log;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly progress: ProgressReader;
  /** The pools of connections: for requests, and for the flow and what the hub looks up itself. */
  readonly pools: () => { readonly requests: PoolUse; readonly flow: PoolUse };
  stop(): Promise<void>;
}

const SYSTEM_POOL = 4;
const CHECKPOINT_EVERY_MS = 1_000;
const NO_ISSUER: OAuthSettings = { issuers: [], audience: 'urn:tocsin:hub' };

/** Connects to a migrated database and starts to number, to follow and to listen. */
export async function createApp(options: AppOptions): Promise<App> {
  const { database, log, clock = systemClock, proof } = options;
  const { app, work, disconnect, origin, pools } = await open(options);
  const signals = new Signals();
  const accessTokens = new AccessTokens(options.oauth ?? NO_ISSUER, clock, log);
  const use = new ClientUse(app, clock, log);
  const tokens = new TokenService(origin, proof.vault);
  const sequencer = new Sequencer(urlOf('tocsin_ledger', database), signals, log);
  const keeper = new LogKeeper(sequencer, signals, { ...keeperOf(options), work, clock });
  const wakes = new Wakes(urlOf('tocsin_app', database), signals, () => sequencer.wake(), log, () => sequencer.backend);
  const { lookup = null, documentation, keeping = BY_DEFAULT } = options;
  const workers = new Workers({ work, clock, signals, log, lookup, documentation, keeping });
  work.onCommit(() => (sequencer.leads ? sequencer.wake() : wakes.hint()));
  await wakes.start();
  sequencer.start();
  keeper.start();
  workers.start();

  return {
    schema: makeSchema(),
    resolvers: containerOf(makeResolvers({ work, clock, signals, tokens, accessTokens, documentation })),
    work,
    authenticator: new Authenticator(app, clock, accessTokens, use),
    accessTokens,
    sessions: new Sessions(work, clock),
    log,
    clock,
    counters: new Counters(),
    progress: new ProgressReader(work, workers.kinds),
    pools,
    stop: async () => {
      await workers.stop();
      await keeper.stop();
      await sequencer.stop();
      await wakes.stop();
      await use.written();
      await disconnect();
    },
  };
}

/** The logins' pools, and the name of the log that their entries go to: both, or neither. */
async function open({ database, clock = systemClock, proof, poolSize = 10, codeFence = true }: AppOptions) {
  const app = await connectAs('tocsin_app', dataSourceFor('tocsin_app', database, entities, poolSize));
  const system = await connectAs('tocsin_system', dataSourceFor('tocsin_system', database, entities, SYSTEM_POOL));
  const work = new Work(app, system, codeFence);
  const disconnect = () => Promise.all([app.destroy(), system.destroy()]);
  const pools = () => ({ requests: poolUse(app), flow: poolUse(system) });
  try {
    return { app, work, disconnect, pools, origin: await openLog(work, clock, proof.vault, proof.origin ?? null) };
  } catch (error) {
    await disconnect();
    throw error;
  }
}

function keeperOf({ database, log, proof }: AppOptions) {
  const { vault, anchor, quorum = null, checkpointEveryMs = CHECKPOINT_EVERY_MS } = proof;
  return { url: urlOf('tocsin_ledger', database), log, notary: { vault, anchor, quorum }, checkpointEveryMs };
}
