import type { GraphQLSchema } from 'graphql';

import { TokenService } from '../feed/token.service.ts';
import type { ProgressReader } from '../ledger/progress.ts';
import type { Resolvers } from '../platform/api/context.ts';
import { systemClock, type Clock } from '../platform/clock.ts';
import { Counters } from '../platform/counters.ts';
import type { Work } from '../platform/database/work.ts';
import type { Log } from '../platform/log.ts';
import { AccessTokens, type OAuthSettings } from '../tenancy/access-token.service.ts';
import { Authenticator } from '../tenancy/authenticator.service.ts';
import { ClientUse } from '../tenancy/client-use.service.ts';
import { Sessions } from '../tenancy/session.service.ts';
import { joinHub, type Node, type NodeOptions } from './join.ts';
import { makeResolvers } from './resolvers.ts';
import { containerOf, makeSchema } from './schema.ts';

export interface AppOptions extends NodeOptions {
  /** Whose access tokens are believed beside keys; nobody's without it. */
  readonly oauth?: OAuthSettings | null;
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
  readonly pools: Node['pools'];
  readonly replica: Node['replica'];
  stop(): Promise<void>;
}

const NO_ISSUER: OAuthSettings = { issuers: [], audience: 'urn:tocsin:hub' };

/** Joins the hub on a migrated database, and can answer for it. */
export async function createApp(options: AppOptions): Promise<App> {
  const { log, clock = systemClock, proof, documentation } = options;
  const { requests, origin, signals, ...node } = await joinHub(options);
  const { work, progress, pools, replica } = node;
  const accessTokens = new AccessTokens(options.oauth ?? NO_ISSUER, clock, log);
  const use = new ClientUse(requests, clock, log);
  const tokens = new TokenService(origin, proof.vault);

  return {
    schema: makeSchema(),
    resolvers: containerOf(makeResolvers({ work, clock, signals, tokens, accessTokens, documentation })),
    work,
    authenticator: new Authenticator(requests, clock, accessTokens, use),
    accessTokens,
    sessions: new Sessions(work, clock),
    log,
    clock,
    counters: new Counters(),
    progress,
    pools,
    replica,
    stop: async () => {
      await use.written();
      await node.stop();
    },
  };
}
