import { fromBase64Url } from './encoding.ts';
import { FaultFound, type Place } from './fault.ts';
import { isCount, openJws } from './jws.ts';
import type { Keys } from './keys.ts';
import { isHash, type Hash } from './tree.ts';

export const RECEIPT_TYPE = 'tocsin-receipt+jwt';

/** The hub's word that it recorded an entry, and will have it in its log within `within` seconds of `iat`. */
export interface Receipt {
  readonly entry: string;
  readonly kind: string;
  readonly leaf: Hash;
  readonly iat: number;
  readonly within: number;
}

export async function openReceipt(token: string, keys: Keys, place: Place): Promise<Receipt> {
  const claims = await openJws(token, RECEIPT_TYPE, keys, place);
  const { entry, kind, iat, within } = claims;
  const leaf = typeof claims.leaf === 'string' ? fromBase64Url(claims.leaf) : null;
  const isWhole = typeof entry === 'string' && typeof kind === 'string' && isCount(iat) && isCount(within);
  if (!isWhole || !leaf || !isHash(leaf)) throw new FaultFound('MALFORMED', place, 'The receipt does not say all.');
  return { entry, kind, leaf, iat, within };
}
