import type { RowAnswer } from './submission.ts';

/** What became of a file, in numbers. */
export interface Summary {
  readonly rows: number;
  readonly accepted: number;
  /** Reported by us before: in this file, or under the same externalId. */
  readonly joined: number;
  readonly refused: number;
  /** Of the accepted ones: nobody could act on it. It is kept, and is in no case. */
  readonly context: number;
  /** Null: not one row could be sent. */
  readonly report: string | null;
  readonly batches: number;
}

/** Counts answers as they come. */
export class Tally {
  private rows = 0;
  private accepted = 0;
  private joined = 0;
  private refused = 0;
  private context = 0;
  private batches = 0;
  private readonly codes = new Map<string, number>();

  add(answers: readonly RowAnswer[]): void {
    this.batches += 1;
    this.rows += answers.length;
    for (const { status, resourceKind, code } of answers) {
      if (status === 'JOINED') this.joined += 1;
      if (status === 'REFUSED') this.refused += 1;
      if (status === 'ACCEPTED') this.accepted += 1;
      if (status === 'ACCEPTED' && resourceKind === null) this.context += 1;
      if (code !== undefined) this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    }
  }

  summary(report: string | null): Summary {
    const { rows, accepted, joined, refused, context, batches } = this;
    return { rows, accepted, joined, refused, context, report, batches };
  }

  /** How often each reason was given, the most frequent first. */
  reasons(): [code: string, count: number][] {
    return [...this.codes].sort(([, one], [, other]) => other - one);
  }
}
