import type { GraphQLSchema } from 'graphql';

import { append, theHub } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import { Follower, type Recorded } from '../ledger/follower.ts';
import { Sequencer } from '../ledger/sequencer.ts';
import { Signals } from '../ledger/signals.ts';
import { Wakes } from '../ledger/wakes.ts';
import type { Resolvers } from '../platform/api/context.ts';
import { systemClock, type Clock } from '../platform/clock.ts';
import { connectAs, dataSourceFor } from '../platform/database/data-source.ts';
import { urlOf, type DatabaseAddress } from '../platform/database/logins.ts';
import type { Tx } from '../platform/database/tx.ts';
import { Work } from '../platform/database/work.ts';
import type { Log } from '../platform/log.ts';
import { AccessTokens, type OAuthSettings } from '../tenancy/access-token.service.ts';
import { Authenticator } from '../tenancy/authenticator.service.ts';
import { EntryQuarantined } from '../tenancy/organisation.facts.ts';
import { entities } from './entities.ts';
import { flow } from './flow.ts';
import { makeResolvers } from './resolvers.ts';
import { containerOf, makeSchema } from './schema.ts';

export interface AppOptions {
  readonly database: DatabaseAddress;
  readonly documentation: boolean;
  readonly log: Log;
  readonly clock?: Clock;
  /** Connections for tenants' requests; at least 1. */
  readonly poolSize?: number;
  /** Whose access tokens are believed beside keys; nobody's without it. */
  readonly oauth?: OAuthSettings | null;
}

/** A node of the hub, without its doors. */
export interface App {
  readonly schema: GraphQLSchema;
  readonly resolvers: Resolvers;
  readonly work: Work;
  readonly authenticator: Authenticator;
  readonly tokens: AccessTokens;
  readonly log: Log;
  readonly clock: Clock;
  stop(): Promise<void>;
}

const SYSTEM_POOL = 4;
const NO_ISSUER: OAuthSettings = { issuers: [], audience: 'urn:tocsin:hub' };

/** Connects to a migrated database and starts to number, to follow and to listen. */
export async function createApp(options: AppOptions): Promise<App> {
  const { database, log, clock = systemClock } = options;
  const app = await connectAs('tocsin_app', dataSourceFor('tocsin_app', database, entities, options.poolSize ?? 10));
  const system = await connectAs('tocsin_system', dataSourceFor('tocsin_system', database, entities, SYSTEM_POOL));
  const work = new Work(app, system);
  const signals = new Signals();
  const tokens = new AccessTokens(options.oauth ?? NO_ISSUER, clock, log);

  const sequencer = new Sequencer(urlOf('tocsin_ledger', database), signals, log);
  const wakes = new Wakes(urlOf('tocsin_app', database), signals, () => sequencer.wake(), log);
  const followers = (['INTERACTIVE', 'BULK'] as const).map(
    (lane) =>
      new Follower(lane, flow(clock), work, signals, { log, onQuarantine: (tx, entry) => alarm(tx, clock, entry) }),
  );
  work.onCommit(() => (sequencer.leads ? sequencer.wake() : wakes.hint()));
  await wakes.start();
  sequencer.start();
  for (const follower of followers) follower.start();

  return {
    schema: makeSchema(),
    resolvers: containerOf(makeResolvers({ work, clock, signals, tokens, documentation: options.documentation })),
    work,
    authenticator: new Authenticator(app, clock, tokens),
    tokens,
    log,
    clock,
    stop: async () => {
      await Promise.all(followers.map((follower) => follower.stop()));
      await sequencer.stop();
      await wakes.stop();
      await Promise.all([app.destroy(), system.destroy()]);
    },
  };
}

/** An entry was set aside: every operator hears it in its own feed. */
async function alarm(tx: Tx, clock: Clock, { entryId, kind }: Recorded): Promise<void> {
  const operators = await tx.query<{ id: string }>(`SELECT id FROM organisation WHERE 'OPERATOR' = ANY (roles)`);
  const drafts = operators.map(({ id }) => draft(EntryQuarantined, [{ id, entryId, kind }]));
  await append(tx, theHub(clock.now()), drafts);
}
