import { isSignedBy } from './ed25519.ts';
import { fromBase64Url, fromUtf8, parseObject, utf8 } from './encoding.ts';
import { FaultFound, type Place } from './fault.ts';
import { within, type Keys } from './keys.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** What a compact JWS of this type says, once its signature and the window of its key are found good. */
export async function openJws(token: string, typ: string, keys: Keys, place: Place): Promise<Claims> {
  const [head = '', body = '', tail = '', ...rest] = token.split('.');
  const header = objectIn(head);
  const claims = objectIn(body);
  const signature = fromBase64Url(tail);
  if (!header || !claims || !signature || rest.length > 0) {
    throw new FaultFound('MALFORMED', place, `The ${typ} cannot be read.`);
  }
  if (header.alg !== 'Ed25519' || header.typ !== typ || header.crit !== undefined) {
    throw new FaultFound('MALFORMED', place, `The token is no ${typ} signed with Ed25519.`);
  }
  const key = keys.receipt.get(String(header.kid));
  if (!key) throw new FaultFound('KEY_UNKNOWN', place, `The hub has no key ${String(header.kid)} for receipts.`);
  if (!(await isSignedBy(key.publicKey, signature, utf8(`${head}.${body}`)))) {
    throw new FaultFound('SIGNATURE_INVALID', place, `The ${typ} is not what was signed.`);
  }
  if (!isCount(claims.iat)) throw new FaultFound('MALFORMED', place, `The ${typ} has no time.`);
  if (!within(claims.iat, key)) {
    throw new FaultFound('KEY_OUT_OF_WINDOW', place, `The key ${key.kid} was not valid at the time of the ${typ}.`);
  }
  if (claims.iss !== keys.origin) {
    throw new FaultFound('SIGNATURE_INVALID', place, `The ${typ} is not one of ${keys.origin}.`);
  }
  return claims;
}

export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function objectIn(part: string): Claims | null {
  const bytes = fromBase64Url(part);
  return bytes && parseObject(fromUtf8(bytes));
}
