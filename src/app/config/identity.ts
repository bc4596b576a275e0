import { z } from 'zod';

import { isTrustworthyAddress } from '../../tenancy/issuer.ts';
import { words, type Environment } from './environment.ts';

/** Issuers of access tokens, and what their tokens must be for. */
export interface OAuthConfig {
  readonly issuers: readonly string[];
  readonly audience: string;
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

export const identityVariables = z.object({
  OIDC_ISSUERS: words
    .refine(
      (issuers) => issuers.every(isTrustworthyAddress),
      'OIDC_ISSUERS must be https addresses, parted by spaces, each as its tokens say it in "iss" (http on this machine only).',
    )
    .optional(),
  OIDC_AUDIENCE: z
    .url('OIDC_AUDIENCE must be a URI, e.g. https://hub.example/graphql: what tokens for this hub say in "aud".')
    .max(500)
    .optional(),
  OIDC_LOGIN_ISSUER: z
    .string()
    .refine(isTrustworthyAddress, 'OIDC_LOGIN_ISSUER must be an https address (http on this machine only).')
    .optional(),
  OIDC_LOGIN_CLIENT_ID: z.string().max(255).optional(),
  OIDC_LOGIN_SECRET: z.string().optional(),
  OIDC_LOGIN_KEY: z.string().optional(),
  OIDC_LOGIN_ACR: words.optional(),
  PUBLIC_URL: z
    .string()
    .refine(
      (text) => isTrustworthyAddress(text) && new URL(text).pathname === '/',
      'PUBLIC_URL must be the https address at which browsers find the hub, without a path (http on this machine only).',
    )
    .optional(),
});
type Read = z.infer<typeof identityVariables>;

/** Null: keys only (and a trial's own issuer). */
export const oauthOf = ({ OIDC_ISSUERS: issuers, OIDC_AUDIENCE: audience }: Read): OAuthConfig | null =>
  audience === undefined ? null : { issuers: issuers ?? [], audience };

/** Null: people sign in nowhere (and at a trial's own issuer). */
export function loginOf(read: Read): LoginConfig | null {
  const { OIDC_LOGIN_ISSUER: issuer, OIDC_LOGIN_CLIENT_ID: clientId, PUBLIC_URL: url } = read;
  if (issuer === undefined || clientId === undefined || url === undefined) return null;
  return {
    ...{ issuer, clientId, origin: new URL(url).origin },
    secret: read.OIDC_LOGIN_SECRET ?? null,
    keyFile: read.OIDC_LOGIN_KEY ?? null,
    secondFactorAcr: read.OIDC_LOGIN_ACR ?? [],
  };
}

export function identityProblems(given: Environment): string[] {
  const open = given['OIDC_ISSUERS'] !== undefined && given['OIDC_AUDIENCE'] === undefined;
  return [
    ...(open
      ? ['OIDC_ISSUERS needs OIDC_AUDIENCE: without it a token for any other resource would open this hub.']
      : []),
    ...loginProblems(given),
  ];
}

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
