import { sameBytes, type Hash } from '../verifier/tree.ts';

/** The last tree that a log signed, or was about to sign, as it is known outside the database. */
export interface Anchored {
  readonly size: number;
  readonly root: Hash;
  /** Of the feeds: a restored database is older than what clients hold. */
  readonly generation: number;
}

/**
 * Where the last signed tree is kept apart from the database, so that a database that was restored, or lost its last
 * commits, is noticed before a second history is signed.
 */
export interface Anchor {
  /** For people: where it is. */
  readonly place: string;
  /** Null: this log was never anchored here. */
  read(origin: string): Promise<Anchored | null>;
  /** Durable when it returns. */
  write(origin: string, anchored: Anchored): Promise<void>;
}

export const REFUSALS = [
  'ANCHOR_MISSING',
  'ANCHOR_UNUSABLE',
  'BEHIND_ANCHOR',
  'INCONSISTENT',
  'LEDGER_CHANGED',
  'KEY_MISSING',
  'NO_WITNESS',
  'WITNESS_AHEAD',
  'WITNESS_DISAGREES',
] as const;
export type RefusalToSign = (typeof REFUSALS)[number];

/** Nothing is signed until a person has looked; says what to do. The hub goes on serving. */
export class Unsigned extends Error {
  override readonly name = 'Unsigned';

  constructor(
    readonly code: RefusalToSign,
    message: string,
  ) {
    super(message);
  }
}

/** What is about to be signed, and what was signed before by the database's own account. */
export interface Candidate {
  readonly size: number;
  readonly last: { readonly size: number; readonly root: Hash } | null;
  readonly rootAt: (size: number) => Promise<Hash>;
}

const RESTORED = 'If this database was restored from a backup, say so: tocsin keys accept-restore.';

/** Throws Unsigned where signing the tree would tell another history than was signed before. */
export async function assertExtends(anchor: Anchor | null, anchored: Anchored | null, tree: Candidate): Promise<void> {
  const { size, last } = tree;
  if (last && (last.size > size || !sameBytes(await tree.rootAt(last.size), last.root))) {
    const message = `The ledger is not what was signed at size ${last.size}: rows of it were changed. Restore a backup from before that.`;
    throw new Unsigned('LEDGER_CHANGED', message);
  }
  if (!anchor) return;
  if (!anchored) {
    if (!last) return;
    const message = `${anchor.place} knows nothing of this log, which has signed ${last.size} entries: put it back, or move it along with the data. ${RESTORED}`;
    throw new Unsigned('ANCHOR_MISSING', message);
  }
  if (anchored.size > size) {
    const message = `${size} entries are here, and ${anchored.size} were signed before (${anchor.place}): ${anchored.size - size} are lost. ${RESTORED}`;
    throw new Unsigned('BEHIND_ANCHOR', message);
  }
  if (!sameBytes(await tree.rootAt(anchored.size), anchored.root)) {
    const message = `The first ${anchored.size} entries are not those that were signed before (${anchor.place}). ${RESTORED}`;
    throw new Unsigned('INCONSISTENT', message);
  }
}
