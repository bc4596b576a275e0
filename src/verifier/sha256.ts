import { hash } from 'node:crypto';

const NOTHING = new Uint8Array();

/**
 * SHA-256 of the parts, one after the other. The only thing here that is not plain language or Web Crypto: a browser
 * puts another file in its place (Web Crypto's own digest would make every hash of a tree wait).
 */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [only = NOTHING] = parts;
  return new Uint8Array(hash('sha256', parts.length > 1 ? Buffer.concat(parts) : only, 'buffer'));
}
