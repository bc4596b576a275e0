import type { ProofOptions } from '../../src/app/workers.ts';
import type { Anchor, Anchored } from '../../src/ledger/anchor.ts';
import { newKeptKey, type KeptKey, type KeyVault } from '../../src/ledger/signing-key.ts';

/** Keys in memory. */
export class MemoryVault implements KeyVault {
  readonly place = 'the memory of a test';

  constructor(public keys: readonly KeptKey[] | null = null) {}

  read = (): Promise<readonly KeptKey[] | null> => Promise.resolve(this.keys);

  async add(keys: readonly KeptKey[]): Promise<void> {
    this.keys = [...(this.keys ?? []), ...keys];
  }

  async remove(publicKeys: readonly string[]): Promise<void> {
    this.keys = this.keys?.filter(({ x }) => !publicKeys.includes(x)) ?? null;
  }
}

/** An anchor that a test can look into and put back. */
export class MemoryAnchor implements Anchor {
  readonly place = 'the anchor of a test';
  anchored: Anchored | null = null;

  read = (): Promise<Anchored | null> => Promise.resolve(this.anchored);

  async write(_origin: string, anchored: Anchored): Promise<void> {
    this.anchored = anchored;
  }
}

const KEYS = [newKeptKey('LOG'), newKeptKey('RECEIPT')];

/** What a hub of a test signs with: the same keys for every hub of a test file, and nothing outside its database. */
export const testProof = (): ProofOptions => ({ vault: new MemoryVault(KEYS), anchor: null, checkpointEveryMs: 0 });
