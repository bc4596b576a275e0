import { createHash } from 'node:crypto';

/**
 * SHA-256 of the parts, one after the other. The only thing here that is not plain language or Web Crypto: a browser
 * puts another file in its place (Web Crypto's own digest would make every hash of a tree wait).
 */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
}
