import { readFileSync } from 'node:fs';

import type { LoginConfig } from '../../app/config/identity.ts';

/** The OpenID provider where people sign in, and what this hub is to it. */
export interface LoginSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** A shared secret, or a private key (PEM, PKCS #8) for `private_key_jwt` (RFC 7523). */
  readonly proof: { readonly secret: string } | { readonly key: string };
  /** `acr` values that mean a second factor there; beside them, `mfa` in `amr` does (RFC 8176). */
  readonly secondFactorAcr: readonly string[];
  /** Where browsers find the hub, e.g. `https://hub.example`. Null: where it listens. */
  readonly origin: string | null;
}

/** The provider did not take the person, or what it said is not good: an answer for her, with nothing of why it failed. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
}

/** As the configuration has it, the key read. Throws where the file cannot be. */
export function readLogin({ secret, keyFile, ...login }: LoginConfig): LoginSettings {
  return { ...login, proof: keyFile === null ? { secret: secret ?? '' } : { key: readFileSync(keyFile, 'utf8') } };
}
