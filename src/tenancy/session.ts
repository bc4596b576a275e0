import { randomBytes } from 'node:crypto';

const HOUR_MS = 60 * 60 * 1000;

/** A session that is not used for so long has ended. */
export const IDLE_MS = 30 * 60 * 1000;
/** However busy it is: a person signs in anew in the morning, and her provider is asked again whether she is still there. */
export const LASTS_MS = 12 * HOUR_MS;
/** An invitation that is not taken up by then is renewed. */
export const INVITED_MS = 7 * 24 * HOUR_MS;

/** 256 random bits, for a session or an invitation; only their SHA-256 is stored. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const looksLikeSecret = (text: string): boolean => /^[\w-]{43}$/.test(text);

/** Who somebody is to an OpenID provider, and how she proved it there. */
export interface Person {
  readonly issuer: string;
  readonly subject: string;
  /** `acr` of the ID token, as the provider writes it. */
  readonly acr: string | null;
  readonly secondFactor: boolean;
}
