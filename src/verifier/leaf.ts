import { sha256 } from './sha256.ts';
import type { Hash } from './tree.ts';

/** The only kind of leaf so far: a commitment to salt and body. */
const COMMITMENT = 0x01;

/** What stands in the log for an entry: `0x01 || SHA-256(salt || body)`. It outlives the body, and tells nothing of it. */
export function leafData(salt: Uint8Array, body: Uint8Array): Uint8Array {
  const data = new Uint8Array(33);
  data[0] = COMMITMENT;
  data.set(sha256(salt, body), 1);
  return data;
}

/** h(0) of a feed's chain. */
export const EMPTY_CHAIN: Hash = new Uint8Array(32);

/** h(n), from h(n-1) and the leaf hash of the feed's entry n. */
export const nextInChain = (previous: Hash, leaf: Hash): Hash => sha256(previous, leaf);
