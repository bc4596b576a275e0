import { toBase64 } from '../../src/verifier/encoding.ts';
import { proveConsistency } from '../../src/verifier/proof.ts';
import { leafHash, rootOf, type Hash } from '../../src/verifier/tree.ts';
import { signCheckpoint, type TestLog } from './log-bundle.ts';
import type { TestKey } from './log-bundle-keys.ts';

export interface Answered {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

/** What a log sends to a witness, by the text of it. */
export async function post(url: string, body: string): Promise<Answered> {
  const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

export const leavesOf = (log: TestLog): Hash[] => log.entries.map(({ leaf }) => leafHash(leaf));

/** That the log of `second` leaves begins with that of `first`, out of the leaves themselves. */
export const proofBetween = (leaves: readonly Hash[], first: number, second: number): Promise<Hash[]> =>
  proveConsistency(first, second, (nodes) =>
    Promise.resolve(
      nodes.map(({ level, index }) => rootOf(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))),
    ),
  );

export const noteOf = (leaves: readonly Hash[], size: number, key: TestKey): string =>
  signCheckpoint({ size, root: rootOf(leaves.slice(0, size)) }, key);

export const requestOf = (old: number, proof: readonly Hash[], note: string): string =>
  `old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${note}`;

/** Asks for the signature under the first `size` leaves, having been given that under `old`. */
export async function askFor(url: string, leaves: readonly Hash[], old: number, size: number, key: TestKey) {
  return post(url, requestOf(old, await proofBetween(leaves, old, size), noteOf(leaves, size, key)));
}
