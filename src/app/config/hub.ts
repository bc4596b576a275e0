import { z } from 'zod';

import type { DatabaseAddress } from '../../platform/database/logins.ts';
import { keepingOf, type Keeping } from '../../retention/schedule.ts';
import { databaseOf, databaseProblems, databaseVariables } from './database.ts';
import { folder, onOrOff, readVariables, whole, type Environment } from './environment.ts';
import {
  identityProblems,
  identityVariables,
  loginOf,
  oauthOf,
  type LoginConfig,
  type OAuthConfig,
} from './identity.ts';
import { limitProblems, limitsOf, limitVariables, type LimitConfig } from './limits.ts';
import { operationsOf, operationsProblems, operationsVariables, type OperationsConfig } from './operations.ts';
import { proofOf, proofProblems, proofVariables, type ProofConfig } from './proof.ts';

/** How a hub is started. */
export interface HubConfig {
  /** Null: the embedded PostgreSQL, in `folder`. */
  readonly database: DatabaseAddress | null;
  readonly host: string;
  /** Null: not asked for, so 4000 or the next that is free. */
  readonly port: number | null;
  readonly folder: string;
  readonly logLevel: string;
  readonly poolSize: number;
  readonly proof: ProofConfig;
  readonly keeping: Keeping;
  /** Null: keys only (and a trial's own issuer). */
  readonly oauth: OAuthConfig | null;
  /** Null: people sign in nowhere (and at a trial's own issuer). */
  readonly login: LoginConfig | null;
  /** Whether browsers get GraphiQL; null: in a trial. */
  readonly graphiql: boolean | null;
  readonly limits: LimitConfig;
  readonly operations: OperationsConfig;
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const variables = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: whole('PORT', 0, 65_535).optional(),
  TOCSIN_FOLDER: folder,
  LOG_LEVEL: z.enum(LEVELS, `LOG_LEVEL must be one of ${LEVELS.join(', ')}.`).default('info'),
  TOCSIN_KEEP_REPORTS: whole('TOCSIN_KEEP_REPORTS', 0, 36_500).optional(),
  GRAPHIQL: onOrOff('GRAPHIQL').optional(),
  ...databaseVariables.shape,
  ...proofVariables.shape,
  ...identityVariables.shape,
  ...limitVariables.shape,
  ...operationsVariables.shape,
});

const problemsIn = (given: Environment): string[] =>
  [databaseProblems, proofProblems, identityProblems, limitProblems, operationsProblems].flatMap((problems) =>
    problems(given),
  );

/** Throws `ConfigError`. */
export function readHubConfig(environment?: Environment): HubConfig {
  const read = readVariables(variables, environment, problemsIn);
  return {
    database: databaseOf(read),
    host: read.HOST,
    port: read.PORT ?? null,
    folder: read.TOCSIN_FOLDER,
    logLevel: read.LOG_LEVEL,
    poolSize: read.POOL_SIZE,
    proof: proofOf(read),
    keeping: keepingOf(read.TOCSIN_KEEP_REPORTS),
    oauth: oauthOf(read),
    login: loginOf(read),
    graphiql: read.GRAPHIQL === undefined ? null : read.GRAPHIQL === 'on',
    limits: limitsOf(read),
    operations: operationsOf(read),
  };
}

/** Of a program that needs nothing else from its surroundings. */
export const readLogLevel = (environment?: Environment): string =>
  readVariables(variables.pick({ LOG_LEVEL: true }), environment).LOG_LEVEL;
