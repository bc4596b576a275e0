import { ObservableType, type Reading, ResourceKind, accept } from './observable.ts';
import { ObservableRefusal, type Refusal, quoted, refuse } from './refusal.ts';

const TYPE_BY_LENGTH: ReadonlyMap<number, ObservableType> = new Map([
  [32, ObservableType.FILE_MD5],
  [40, ObservableType.FILE_SHA1],
  [64, ObservableType.FILE_SHA256],
  [128, ObservableType.FILE_SHA512],
]);

const HEXADECIMAL = /^[0-9a-f]+$/i;

/** A file hash, told by its length; null if the text is none. Files are context: nobody can switch one off. */
export function readHash(text: string): Reading | null {
  const type = HEXADECIMAL.test(text) ? TYPE_BY_LENGTH.get(text.length) : undefined;
  return type === undefined ? null : accept(type, text.toLowerCase());
}

/** SHA-256 fingerprint of a certificate, plain or with the colons that OpenSSL prints. */
export function readCertificate(text: string): Reading {
  const digits = text.replaceAll(':', '');
  if (digits.length === 64 && HEXADECIMAL.test(digits)) {
    const value = digits.toLowerCase();
    return accept(ObservableType.X509_SHA256, value, { kind: ResourceKind.CERTIFICATE, value });
  }
  const hint = `${quoted(text)} is no SHA-256 fingerprint of a certificate. Send its 64 hexadecimal digits.`;
  return refuse(ObservableRefusal.MALFORMED_HASH, hint);
}

/** Why a text of hexadecimal digits alone is nothing; null for other texts. */
export function unknownHash(text: string): Refusal | null {
  if (!HEXADECIMAL.test(text) || text.length < 16) return null;
  const hint = `${text.length} hexadecimal digits are no MD5 (32), SHA-1 (40), SHA-256 (64) or SHA-512 (128). Send the whole hash.`;
  return refuse(ObservableRefusal.MALFORMED_HASH, hint);
}
