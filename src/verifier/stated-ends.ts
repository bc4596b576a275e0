import { FaultFound, type Tally } from './fault.ts';
import { EMPTY_CHAIN } from './leaf.ts';
import type { FeedEnd } from './statement.ts';
import { sameBytes, type Hash } from './tree.ts';

/** Where a feed ends: how many entries, and the chain over them. */
export interface Head {
  readonly seq: number;
  readonly hash: Hash;
}

interface Stated {
  readonly end: FeedEnd;
  /** Of the entry that states it. */
  readonly position: number;
}

/** The ends of feeds that the log's own entries state. What a verifier keeps of a log grows with these alone. */
export class StatedEnds {
  private readonly open = new Map<string, Stated[]>();

  /** Some end is not the one that its feed has at the moment of the statement: `check` must be called with all numbers. */
  looksBack = false;

  constructor(private readonly tally: Tally) {}

  /** `head`: of the feed now. */
  add(stated: Stated, head: Head | undefined): void {
    const { organisation, n, h } = stated.end;
    if (n === 0) return this.compare(stated, EMPTY_CHAIN);
    if (head?.seq !== n || !sameBytes(head.hash, h)) this.looksBack = true;
    const key = keyOf(organisation, n);
    this.open.set(key, [...(this.open.get(key) ?? []), stated]);
  }

  /** Called with each number of a feed. */
  check(organisation: string, { seq, hash }: Head): void {
    const key = keyOf(organisation, seq);
    for (const stated of this.open.get(key) ?? []) this.compare(stated, hash);
    this.open.delete(key);
  }

  /** Called in the place of `check` and `end` where none looks back. */
  endAgreed(): void {
    for (const stated of this.open.values()) this.tally.statementsVerified += stated.length;
  }

  /** Called after the last feed: what is left is the end of one that does not come so far. */
  end(heads: ReadonlyMap<string, Head>): void {
    const [first] = this.open.values();
    if (!first?.[0]) return;
    const { end, position } = first[0];
    const seq = (heads.get(end.organisation)?.seq ?? 0) + 1;
    const place = { position, organisation: end.organisation, seq };
    throw new FaultFound('LOG_TRUNCATED', place, `A feed that had ${end.n} entries ends before number ${seq}.`);
  }

  private compare({ end, position }: Stated, hash: Hash): void {
    if (!sameBytes(end.h, hash)) {
      const place = { position, organisation: end.organisation, seq: end.n };
      throw new FaultFound('STATEMENT_WRONG', place, `The first ${end.n} entries of the feed are not those stated.`);
    }
    this.tally.statementsVerified += 1;
  }
}

const keyOf = (organisation: string, n: number): string => `${organisation}/${n}`;
