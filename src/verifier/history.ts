import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { FaultFound } from './fault.ts';
import type { Keys } from './keys.ts';
import { LineReader, type LogSource } from './log-source.ts';
import { sameBytes, type Frontier } from './tree.ts';

const STORED = 'checkpoints.ndjson';

/** A checkpoint that the log must begin with, and where it stands. */
interface Milestone extends Checkpoint {
  readonly path: string;
}

/**
 * The checkpoints that a log signed before, each held against the tree when it has grown to that size: whoever has seen
 * one would see it if anything under it were changed.
 */
export class History {
  private readonly next: (Milestone | null)[] = [];
  private agreed = 0;

  private constructor(
    private readonly sequences: readonly AsyncIterator<Milestone>[],
    private readonly size: number,
  ) {}

  static async of(sequences: readonly AsyncIterator<Milestone>[], size: number): Promise<History> {
    const history = new History(sequences, size);
    for (const index of sequences.keys()) await history.advance(index);
    return history;
  }

  /** Cheap, since it is asked after each leaf. */
  isDue(size: number): boolean {
    return this.next.some((milestone) => milestone?.size === size);
  }

  async check(tree: Frontier): Promise<void> {
    const root = tree.root();
    for (const index of this.sequences.keys()) {
      for (let due = this.next[index]; due?.size === tree.size; due = this.next[index]) {
        if (!sameBytes(due.root, root)) {
          const message = `The first ${due.size} entries are not those of the checkpoint that was signed for this size.`;
          throw new FaultFound('INCONSISTENT', { position: this.agreed, path: due.path }, message);
        }
        await this.advance(index);
      }
    }
    this.agreed = tree.size;
  }

  private async advance(index: number): Promise<void> {
    const before = this.next[index]?.size ?? 0;
    const read = await this.sequences[index]?.next();
    const milestone = !read || read.done ? null : read.value;
    if (milestone && milestone.size < before) {
      throw new FaultFound('MALFORMED', { path: milestone.path }, 'Checkpoints are kept in the order of their sizes.');
    }
    if (milestone && milestone.size > this.size) {
      const place = { position: this.size, path: milestone.path };
      throw new FaultFound('LOG_TRUNCATED', place, `The log once had ${milestone.size} entries, and has ${this.size}.`);
    }
    this.next[index] = milestone;
  }
}

/** One checkpoint that somebody has kept. */
export async function* known(note: string, keys: Keys, path: string): AsyncGenerator<Milestone> {
  yield { ...(await openCheckpoint(note, keys, path)), path };
}

/** All that a log bundle has kept. */
export async function* stored(source: LogSource, keys: Keys): AsyncGenerator<Milestone> {
  const reader = new LineReader(source, STORED);
  for (let line = await reader.next(); line !== null; line = await reader.next()) {
    yield* known(stringIn(line, reader.place), keys, reader.place);
  }
}

function stringIn(line: string, path: string): string {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'string') return value;
  } catch {
    // What cannot be parsed is no string either.
  }
  throw new FaultFound('MALFORMED', { path }, 'The line is no JSON string.');
}
