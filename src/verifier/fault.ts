/** What can be wrong with a proof; docs/protocols/ledger.md says of each what it shows. */
export const FAULT_CODES = [
  'MALFORMED',
  'KEY_UNKNOWN',
  'KEY_OUT_OF_WINDOW',
  'SIGNATURE_INVALID',
  'CHECKPOINT_TAMPERED',
  'COSIGNATURE_INVALID',
  'NOT_WITNESSED',
  'INCONSISTENT',
  'LOG_TRUNCATED',
  'ENTRY_MISSING',
  'ENTRY_SWAPPED',
  'BODY_TAMPERED',
  'LEAF_TAMPERED',
  'HASH_TAMPERED',
  'TILE_TAMPERED',
  'FEED_NOT_DENSE',
  'FEED_CHAIN_BROKEN',
  'STATEMENT_WRONG',
  'BROKEN_PROMISE',
] as const;
export type FaultCode = (typeof FAULT_CODES)[number];

/** Where: a position of the log, a number of a feed, an entry, or a file (and its line, after a colon). */
export interface Place {
  readonly position?: number;
  readonly organisation?: string;
  readonly seq?: number;
  readonly entry?: string;
  readonly path?: string;
}

export interface Fault extends Place {
  readonly fault: FaultCode;
  readonly message: string;
}

/** Ends a verification: the first fault is the verdict, for what comes after it stands on nothing. */
export class FaultFound extends Error {
  override readonly name = 'FaultFound';

  constructor(
    readonly code: FaultCode,
    readonly place: Place,
    message: string,
  ) {
    super(message);
  }

  get fault(): Fault {
    return { fault: this.code, ...this.place, message: this.message };
  }
}

/** What a verification came to; `fault` is null exactly when `ok`. */
export interface Verdict {
  readonly ok: boolean;
  readonly origin: string | null;
  /** The log keys that the note of keys gives, oldest first: what to pin the next time, once they are known to be right. */
  readonly vkeys: readonly string[];
  /** Of the checkpoint; null when that was not reached. */
  readonly size: number | null;
  readonly checkpoint: string | null;
  readonly checkpointOk: boolean;
  /** By how many of the witnesses that were asked for. */
  readonly cosignaturesVerified: number;
  readonly entriesVerified: number;
  /** Signed by the hub, of the very entry, and that entry under the checkpoint. */
  readonly receiptsVerified: number;
  /** Signed by the hub, and the time that it gave itself to include the entry is not known to be over. */
  readonly receiptsPending: number;
  readonly statementsVerified: number;
  readonly fault: Fault | null;
}

export type Tally = { -readonly [Key in Exclude<keyof Verdict, 'ok' | 'fault'>]: Verdict[Key] };

/** Runs a verification that counts in the tally what it has found to hold. */
export async function judge(run: (tally: Tally) => Promise<void>): Promise<Verdict> {
  const tally: Tally = {
    ...{ origin: null, vkeys: [], size: null, checkpoint: null, checkpointOk: false },
    ...{ cosignaturesVerified: 0 },
    ...{ entriesVerified: 0, receiptsVerified: 0, receiptsPending: 0, statementsVerified: 0 },
  };
  try {
    await run(tally);
    return { ok: true, ...tally, fault: null };
  } catch (error) {
    if (error instanceof FaultFound) return { ok: false, ...tally, fault: error.fault };
    throw error;
  }
}
