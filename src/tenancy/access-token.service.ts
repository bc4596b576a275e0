import { decodeJwt, errors, jwtVerify } from 'jose';
import { ZodError } from 'zod';

import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { ALGORITHMS, OLDEST_SECONDS, SKEW_SECONDS, looksLikeToken, readClaims, type Issued } from './access-token.ts';
import { IssuerKeys } from './issuer-keys.service.ts';

/** Whose tokens are believed, and what they must be for. */
export interface OAuthSettings {
  /** `iss` of each, to the letter. */
  readonly issuers: readonly string[];
  /** The hub's own name in `aud`: its resource indicator (RFC 8707). */
  readonly audience: string;
}

/** The token is none of this hub's; says why to who is entitled to hear it. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}

/** Reads access tokens (RFC 9068) of the configured issuers. */
export class AccessTokens {
  private readonly issuers = new Map<string, IssuerKeys>();
  readonly audience: string;

  constructor(
    { issuers, audience }: OAuthSettings,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.audience = audience;
    for (const issuer of issuers) this.trust(issuer);
  }

  /** For an issuer whose address is known only when the hub listens: its own. */
  trust(issuer: string): void {
    if (!this.issuers.has(issuer)) this.issuers.set(issuer, new IssuerKeys(issuer, this.clock, this.log));
  }

  /** Whom the token is about. Throws a TokenError, and a Denial while the issuer's keys are not known. */
  async read(token: string): Promise<Issued> {
    try {
      if (!looksLikeToken(token)) throw new TokenError('It is no signed JWT.');
      const { iss } = decodeJwt(token);
      const keys = this.issuers.get(String(iss));
      if (!keys) throw new TokenError('Its issuer is not one of this hub.');
      const { payload } = await jwtVerify(token, (header, jws) => keys.find(header, jws), {
        algorithms: ALGORITHMS,
        typ: 'at+jwt',
        issuer: String(iss),
        audience: this.audience,
        clockTolerance: SKEW_SECONDS,
        maxTokenAge: OLDEST_SECONDS,
        currentDate: this.clock.now(),
      });
      return readClaims(payload);
    } catch (error) {
      throw refusing(error);
    }
  }
}

/** What the token's holder can mend; everything else stays a fault. */
function refusing(error: unknown): unknown {
  if (error instanceof errors.JOSEError) return new TokenError(`It is not good: ${error.message}.`, { cause: error });
  if (!(error instanceof ZodError)) return error;
  const [issue] = error.issues;
  return new TokenError(`It is not good: ${issue?.path.join('.')}: ${issue?.message}.`, { cause: error });
}
