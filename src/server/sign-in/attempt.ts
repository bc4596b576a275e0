import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import { sha256 } from '../../platform/ids.ts';

/** What somebody came for who was sent to the provider; the browser keeps it, and nothing of it is kept here. */
const wish = z.object({
  invitation: z.string().max(100).nullable(),
  /** Row id of the organisation to act for. */
  organisation: z.uuid().nullable(),
  /** Where to go afterwards: a path of this hub. */
  back: z.string().max(1000),
  begun: z.number(),
});
export type AttemptWish = z.infer<typeof wish>;

/** For the way to the provider and back. */
export const ATTEMPT_SECONDS = 600;

/**
 * One attempt to sign in. Its cookie holds 256 random bits and the wish; `state`, `nonce` and the PKCE verifier are
 * made of both, so that an answer of the provider is taken only from the browser that asked, and only for what it asked.
 */
export interface Attempt {
  readonly cookie: string;
  readonly wish: AttemptWish;
  readonly state: string;
  readonly nonce: string;
  /** RFC 7636 4.1: 43 characters. */
  readonly verifier: string;
}

export function beginAttempt(asked: AttemptWish): Attempt {
  const text = Buffer.from(JSON.stringify(asked)).toString('base64url');
  return made(`${randomBytes(32).toString('base64url')}.${text}`, asked);
}

/** The attempt of a cookie; null when there is none that still counts. */
export function resumeAttempt(cookie: string | null, now: Date): Attempt | null {
  const text = /^[\w-]{43}\.([\w-]{1,2000})$/.exec(cookie ?? '')?.[1];
  if (cookie === null || text === undefined) return null;
  const asked = read(text);
  const age = asked ? now.getTime() - asked.begun : Infinity;
  return asked && age >= 0 && age < ATTEMPT_SECONDS * 1000 ? made(cookie, asked) : null;
}

function made(cookie: string, asked: AttemptWish): Attempt {
  const part = (use: string): string => sha256(`${use} ${cookie}`).toString('base64url');
  return { cookie, wish: asked, state: part('state'), nonce: part('nonce'), verifier: part('verifier') };
}

function read(text: string): AttemptWish | null {
  try {
    return wish.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    return null;
  }
}

/** A path of this hub, in letters of which no browser makes another host; anything else is the default. */
export function ownPath(asked: string | null, otherwise: string): string {
  return asked !== null && /^\/(?![/\\])[\w\-./~%?=&+:@,;!*'()]{0,900}$/.test(asked) ? asked : otherwise;
}
