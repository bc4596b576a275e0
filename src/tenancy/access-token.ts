import { z } from 'zod';

import { isKeepable } from '../platform/text.ts';
import { PERMISSIONS, type Permission } from '../platform/viewer.ts';

/**
 * What a token may be signed with. RFC 9068 2.1 asks for RS256; nothing symmetric, so that no public key can be taken
 * for a shared secret. RFC 9864 calls EdDSA by its curve; issuers that have not heard of it are heard all the same.
 */
export const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'Ed25519', 'EdDSA'];

/** Clocks differ; so much later or earlier is still now. */
export const SKEW_SECONDS = 30;

/** However long an issuer lets it live: a token is asked for anew within a day. */
export const OLDEST_SECONDS = 24 * 60 * 60;

/** JWS compact serialisation, with a signature, of a size that a header can carry. */
const COMPACT = /^[\w-]{2,2000}\.[\w-]{2,6000}\.[\w-]{20,1500}$/;

export const looksLikeToken = (text: string): boolean => COMPACT.test(text);

/** One that the database can compare: it has no NUL, and no halves of a character. */
const name = z.string().min(1).max(255).refine(isKeepable, 'it has characters that no name has');

/** RFC 9068 2.2, beside `aud` and `iat`, which were looked at with the signature. */
const claims = z.object({
  iss: z.string(),
  sub: name,
  client_id: name,
  jti: z.string().min(1),
  exp: z.number(),
  scope: z.string().optional(),
  // A token that is bound to its holder's own key (RFC 7800) is worth nothing without a proof that we do not ask for.
  cnf: z.never('tokens that are bound to a key cannot be checked here').optional(),
});

/** Whom a token that was found good is about. */
export interface Issued {
  readonly issuer: string;
  readonly clientId: string;
  readonly subject: string;
  /** What of its client's permissions the token may use. Null: it names no scope (some say so by an empty one), and uses all. */
  readonly permissions: readonly Permission[] | null;
  readonly expiresAt: Date;
}

/** Throws a ZodError where a claim is missing or is not what it must be. */
export function readClaims(payload: unknown): Issued {
  const { iss, sub, client_id: clientId, exp, scope } = claims.parse(payload);
  const expiresAt = new Date((exp + SKEW_SECONDS) * 1000);
  return { issuer: iss, clientId, subject: sub, permissions: scope?.trim() ? named(scope) : null, expiresAt };
}

/** Those of ours among the words of a scope (RFC 6749 3.3); others are some other resource's business. */
function named(scope: string): Permission[] {
  const words = new Set(scope.split(' '));
  return PERMISSIONS.filter((permission) => words.has(permission));
}
