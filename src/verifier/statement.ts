import { fromBase64Url, isObject } from './encoding.ts';
import { FaultFound, type Place } from './fault.ts';
import { isCount, openJws } from './jws.ts';
import type { Keys } from './keys.ts';
import { isHash, type Hash } from './tree.ts';

export const STATEMENT_TYPE = 'tocsin-feed-statement+jwt';

/** The kind of entry by which the hub records that it stated the end of a feed. */
export const FEED_STATED = 'FEED_STATED';

/** What a feed was when it had `n` entries. */
export interface FeedEnd {
  readonly organisation: string;
  readonly generation: number;
  readonly n: number;
  readonly h: Hash;
  readonly size: number;
}

/** The hub's word on the end of a feed: who holds its n entries knows that there was none beside them. */
export interface FeedStatement extends FeedEnd {
  readonly iat: number;
}

export async function openStatement(token: string, keys: Keys, place: Place): Promise<FeedStatement> {
  const claims = await openJws(token, STATEMENT_TYPE, keys, place);
  const end = feedEnd(claims.org, claims);
  if (!end || !isCount(claims.iat)) throw new FaultFound('MALFORMED', place, 'The statement does not say all.');
  return { ...end, iat: claims.iat };
}

/** The ends of feeds that an entry of the kind FEED_STATED records; null when it does not say all. */
export function recordedEnds(rows: unknown): FeedEnd[] | null {
  if (!Array.isArray(rows)) return null;
  const ends = rows.flatMap((row: unknown) => (isObject(row) ? (feedEnd(row.id, row) ?? []) : []));
  return ends.length === rows.length ? ends : null;
}

function feedEnd(organisation: unknown, said: Readonly<Record<string, unknown>>): FeedEnd | null {
  const { gen, n, size } = said;
  const h = typeof said.h === 'string' ? fromBase64Url(said.h) : null;
  if (typeof organisation !== 'string' || !isCount(gen) || !isCount(n) || !isCount(size) || !h || !isHash(h))
    return null;
  return { organisation, generation: gen, n, h, size };
}
