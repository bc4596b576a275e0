import { z } from 'zod';

import type { DatabaseAddress } from '../platform/database/logins.ts';
import { keepingOf, type Keeping } from '../retention/schedule.ts';
import { isTrustworthyAddress } from '../tenancy/issuer.ts';
import { quorumOf, readWitnesses, type WitnessAddress } from './witness-address.ts';

/** The environment is not right; `problems` names each thing that is wrong and what to do about it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`The environment is not right. ${problems.join(' ')}`);
  }
}

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
  /** Issuers of access tokens, and what their tokens must be for; null: keys only (and a trial's own issuer). */
  readonly oauth: { readonly issuers: readonly string[]; readonly audience: string } | null;
  /** Where people sign in; null: nowhere (and at a trial's own issuer). */
  readonly login: LoginConfig | null;
  /** Whether browsers get GraphiQL; null: in a trial. */
  readonly graphiql: boolean | null;
  readonly limits: LimitConfig;
}

/** The OpenID provider of people, and what the hub is there. */
export interface LoginConfig {
  readonly issuer: string;
  readonly clientId: string;
  /** One of the two: a shared secret, or a file with a private key. */
  readonly secret: string | null;
  readonly keyFile: string | null;
  readonly secondFactorAcr: readonly string[];
  /** Where browsers find the hub. */
  readonly origin: string;
}

/** What a hub bounds otherwise than hubs do. */
export interface LimitConfig {
  /** A folder, or a file, of documents that are asked by their hash. */
  readonly trustedDocuments: string | null;
  readonly onlyTrusted: boolean;
  /** Addresses and ranges of proxies whose X-Forwarded-For is believed. */
  readonly proxies: string;
  /** Points of a client: how many at once, and how many come back each second. */
  readonly rate: { readonly maximum: number; readonly restoreRate: number } | null;
}

/** Where what proof rests on is kept, where that is not the data folder. */
export interface ProofConfig {
  /** Of private keys. Null: keys.json in the folder. */
  readonly keys: string | null;
  /** Null: beside the data folder, and nowhere for a database of one's own. */
  readonly anchor: string | null;
  /** Who signs checkpoints along (C2SP tlog-witness), and how many of them have to. */
  readonly witness: { readonly each: readonly WitnessAddress[]; readonly quorum: number } | null;
  /** What a new log is called. */
  readonly origin: string | null;
}

/** Which hub the command line asks, as whom, when its options do not say. */
export interface ClientConfig {
  readonly url: string | null;
  readonly key: string | null;
  readonly folder: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const SECRET_LENGTH = 32;

const whole = (name: string, least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, `${name} must be a whole number from ${least} to ${most}.`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `${name} must be from ${least} to ${most}.`);

const folder = z.string().default('.tocsin');

const hubVariables = z.object({
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'DATABASE_URL must look like postgres://owner:password@host:5432/tocsin (a role that may create roles).',
    })
    .optional(),
  TOCSIN_LOGIN_SECRET: z
    .string()
    .min(SECRET_LENGTH, `TOCSIN_LOGIN_SECRET needs ${SECRET_LENGTH} characters or more: openssl rand -base64 32`)
    .optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: whole('PORT', 0, 65_535).optional(),
  TOCSIN_FOLDER: folder,
  LOG_LEVEL: z.enum(LEVELS, `LOG_LEVEL must be one of ${LEVELS.join(', ')}.`).default('info'),
  POOL_SIZE: whole('POOL_SIZE', 1, 150).default(10),
  TOCSIN_KEYS: z.string().optional(),
  TOCSIN_ANCHOR: z.string().optional(),
  TOCSIN_WITNESS: z
    .string()
    .transform(readWitnesses)
    .refine(
      (witnesses) => witnesses.every((each) => each !== null),
      'TOCSIN_WITNESS must be the http(s) address of a witness and its key, parted by a space; several, by commas.',
    )
    .optional(),
  TOCSIN_QUORUM: whole('TOCSIN_QUORUM', 0, 100).optional(),
  TOCSIN_ORIGIN: z
    .string()
    .regex(/^[a-z0-9][a-z0-9./-]{2,99}$/, 'TOCSIN_ORIGIN takes 3 to 100 of a-z, 0-9, dot, slash and hyphen.')
    .optional(),
  OIDC_ISSUERS: z
    .string()
    .transform((text) => text.trim().split(/[\s,]+/))
    .refine(
      (issuers) => issuers.every(isTrustworthyAddress),
      'OIDC_ISSUERS must be https addresses, parted by spaces, each as its tokens say it in "iss" (http on this machine only).',
    )
    .optional(),
  OIDC_AUDIENCE: z
    .url('OIDC_AUDIENCE must be a URI, e.g. https://hub.example/graphql: what tokens for this hub say in "aud".')
    .max(500)
    .optional(),
  TOCSIN_KEEP_REPORTS: whole('TOCSIN_KEEP_REPORTS', 0, 36_500).optional(),
  OIDC_LOGIN_ISSUER: z
    .string()
    .refine(isTrustworthyAddress, 'OIDC_LOGIN_ISSUER must be an https address (http on this machine only).')
    .optional(),
  OIDC_LOGIN_CLIENT_ID: z.string().max(255).optional(),
  OIDC_LOGIN_SECRET: z.string().optional(),
  OIDC_LOGIN_KEY: z.string().optional(),
  OIDC_LOGIN_ACR: z
    .string()
    .transform((text) => text.trim().split(/[\s,]+/))
    .optional(),
  PUBLIC_URL: z
    .string()
    .refine(
      (text) => isTrustworthyAddress(text) && new URL(text).pathname === '/',
      'PUBLIC_URL must be the https address at which browsers find the hub, without a path (http on this machine only).',
    )
    .optional(),
  GRAPHIQL: z.enum(['on', 'off'], 'GRAPHIQL must be on or off.').optional(),
  TRUSTED_DOCUMENTS: z.string().optional(),
  TRUSTED_DOCUMENTS_ONLY: z.enum(['on', 'off'], 'TRUSTED_DOCUMENTS_ONLY must be on or off.').default('off'),
  TRUSTED_PROXIES: z.string().default(''),
  RATE_POINTS: whole('RATE_POINTS', 1_000, 999_999).optional(),
  RATE_PER_SECOND: whole('RATE_PER_SECOND', 1, 999_999).optional(),
});

const clientVariables = z.object({
  TOCSIN_URL: z
    .url({
      protocol: /^https?$/,
      error: 'TOCSIN_URL must be the http(s) address of a hub, e.g. http://127.0.0.1:4000.',
    })
    .optional(),
  TOCSIN_KEY: z
    .string()
    .regex(/^tocsin_[\w-]{20,100}$/, 'TOCSIN_KEY must be an API key: it begins with tocsin_.')
    .optional(),
  TOCSIN_FOLDER: folder,
});

/** What is right for each variable alone, and not for all together. */
function contradictionsIn(variables: Environment): string[] {
  const { DATABASE_URL: url, TOCSIN_LOGIN_SECRET: secret } = variables;
  if (url !== undefined && secret === undefined) {
    return ['DATABASE_URL needs TOCSIN_LOGIN_SECRET, always the same: openssl rand -base64 32'];
  }
  // A forgotten DATABASE_URL would otherwise bring up a second, empty hub without a word.
  if (url === undefined && secret !== undefined) {
    return ['TOCSIN_LOGIN_SECRET is for a database of your own: set DATABASE_URL, or unset it.'];
  }
  const named = variables['TOCSIN_WITNESS']?.split(',').length ?? 0;
  if (Number(variables['TOCSIN_QUORUM'] ?? 0) > named) {
    return [`TOCSIN_QUORUM is how many of the witnesses of TOCSIN_WITNESS have to sign, of which there are ${named}.`];
  }
  if (variables['OIDC_ISSUERS'] !== undefined && variables['OIDC_AUDIENCE'] === undefined) {
    return ['OIDC_ISSUERS needs OIDC_AUDIENCE: without it a token for any other resource would open this hub.'];
  }
  return [...loginProblems(variables), ...limitProblems(variables)];
}

export function readHubConfig(environment: Environment = process.env): HubConfig {
  const read = parse(hubVariables, environment, contradictionsIn);
  const { OIDC_ISSUERS: issuers, OIDC_AUDIENCE: audience, GRAPHIQL: graphiql } = read;
  return {
    database:
      read.DATABASE_URL === undefined || read.TOCSIN_LOGIN_SECRET === undefined
        ? null
        : { adminUrl: read.DATABASE_URL, loginSecret: read.TOCSIN_LOGIN_SECRET },
    host: read.HOST,
    port: read.PORT ?? null,
    folder: read.TOCSIN_FOLDER,
    logLevel: read.LOG_LEVEL,
    poolSize: read.POOL_SIZE,
    proof: {
      keys: read.TOCSIN_KEYS ?? null,
      anchor: read.TOCSIN_ANCHOR ?? null,
      witness: quorumOf(read.TOCSIN_WITNESS ?? [], read.TOCSIN_QUORUM),
      origin: read.TOCSIN_ORIGIN ?? null,
    },
    keeping: keepingOf(read.TOCSIN_KEEP_REPORTS),
    oauth: audience === undefined ? null : { issuers: issuers ?? [], audience },
    login: loginOf(read),
    graphiql: graphiql === undefined ? null : graphiql === 'on',
    limits: limitsOf(read),
  };
}

function limitsOf(read: z.infer<typeof hubVariables>): LimitConfig {
  const { RATE_POINTS: maximum, RATE_PER_SECOND: restoreRate } = read;
  return {
    trustedDocuments: read.TRUSTED_DOCUMENTS ?? null,
    onlyTrusted: read.TRUSTED_DOCUMENTS_ONLY === 'on',
    proxies: read.TRUSTED_PROXIES,
    rate: maximum === undefined || restoreRate === undefined ? null : { maximum, restoreRate },
  };
}

function limitProblems(given: Environment): string[] {
  const [only, documents] = [given['TRUSTED_DOCUMENTS_ONLY'], given['TRUSTED_DOCUMENTS']];
  return [
    only === 'on' &&
      documents === undefined &&
      'TRUSTED_DOCUMENTS_ONLY needs TRUSTED_DOCUMENTS: the hub would answer nothing.',
    (given['RATE_POINTS'] === undefined) !== (given['RATE_PER_SECOND'] === undefined) &&
      'RATE_POINTS and RATE_PER_SECOND go together: what a client may use at once, and what comes back.',
  ].filter((problem) => problem !== false);
}

/** Of a program that needs nothing else from its surroundings. */
export const readLogLevel = (environment: Environment = process.env): string =>
  parse(hubVariables.pick({ LOG_LEVEL: true }), environment, () => []).LOG_LEVEL;

function loginProblems(given: Environment): string[] {
  if (given['OIDC_LOGIN_ISSUER'] === undefined) {
    const alone = Object.keys(given).filter((name) => name.startsWith('OIDC_LOGIN_'));
    return alone.length > 0 ? [`${alone.join(', ')}: say where people sign in, in OIDC_LOGIN_ISSUER.`] : [];
  }
  const missing = ['OIDC_LOGIN_CLIENT_ID', 'PUBLIC_URL'].filter((name) => given[name] === undefined);
  const proofs = ['OIDC_LOGIN_SECRET', 'OIDC_LOGIN_KEY'].filter((name) => given[name] !== undefined);
  return [
    ...missing.map((name) => `OIDC_LOGIN_ISSUER needs ${name}.`),
    ...(proofs.length === 1 ? [] : ['OIDC_LOGIN_ISSUER needs one of OIDC_LOGIN_SECRET and OIDC_LOGIN_KEY.']),
  ];
}

function loginOf(read: z.infer<typeof hubVariables>): LoginConfig | null {
  const { OIDC_LOGIN_ISSUER: issuer, OIDC_LOGIN_CLIENT_ID: clientId, PUBLIC_URL: url } = read;
  if (issuer === undefined || clientId === undefined || url === undefined) return null;
  return {
    ...{ issuer, clientId, origin: new URL(url).origin },
    secret: read.OIDC_LOGIN_SECRET ?? null,
    keyFile: read.OIDC_LOGIN_KEY ?? null,
    secondFactorAcr: read.OIDC_LOGIN_ACR ?? [],
  };
}

export function readClientConfig(environment: Environment = process.env): ClientConfig {
  const read = parse(clientVariables, environment, () => []);
  return { url: read.TOCSIN_URL ?? null, key: read.TOCSIN_KEY ?? null, folder: read.TOCSIN_FOLDER };
}

/** An empty variable counts as none: files for containers cannot leave one out. */
function parse<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Environment,
  check: (variables: Environment) => string[],
): z.infer<Schema> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const read = schema.safeParse(given);
  const problems = [...(read.success ? [] : read.error.issues.map(({ message }) => message)), ...check(given)];
  if (!read.success || problems.length > 0) throw new ConfigError(problems);
  return read.data;
}
