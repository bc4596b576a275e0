import { fromBase64, parseObject } from './encoding.ts';
import { FaultFound, type Tally } from './fault.ts';
import { isCount } from './jws.ts';
import { EMPTY_CHAIN, nextInChain } from './leaf.ts';
import { LineReader, type LogSource } from './log-source.ts';
import { StatedEnds, type Head } from './stated-ends.ts';
import type { FeedEnd } from './statement.ts';
import { sameBytes, type Hash } from './tree.ts';

const PATH = 'feeds.ndjson';

/** A line of feeds.ndjson: a number in somebody's feed, and the chain up to it. */
interface FeedLine extends Head {
  readonly organisation: string;
  readonly entry: string;
  /** The chain as the line says it; null when it cannot be read. */
  readonly said: Hash | null;
  readonly path: string;
}

/**
 * Each feed is numbered without a gap, and chained over the entries of the log: told each entry in turn, once it is
 * verified. What is wrong with a feed is the verdict only where nothing is wrong with the log, so it waits for the end.
 */
export class Feeds {
  private readonly heads = new Map<string, Head>();
  private readonly stated: StatedEnds;
  private reader: LineReader | null = null;
  /** The line that waits for its entry; null at the end of the file, undefined before it is read. */
  private line: FeedLine | null | undefined;
  /** So many lines are good. */
  private chained = 0;
  private fault: { readonly error: unknown } | null = null;

  constructor(
    private readonly source: LogSource,
    tally: Tally,
  ) {
    this.stated = new StatedEnds(tally);
  }

  /** The numbers that this entry has in feeds; false when `more` has to be awaited first, and then this again. */
  follow(entry: string, leaf: Hash): boolean {
    return this.unlessAtFault(() => {
      for (let line = this.next(); line !== undefined; line = this.next()) {
        if (line?.entry !== entry) return true;
        this.chain(line, leaf);
        this.line = undefined;
      }
      return false;
    });
  }

  async more(): Promise<void> {
    await this.reader?.more();
  }

  /** What an entry states of a feed. */
  state(end: FeedEnd, position: number): void {
    this.stated.add({ end, position }, this.heads.get(end.organisation));
  }

  /** Called after the last entry. */
  async end(): Promise<void> {
    // Where no entry came after it, the next line has not been asked for.
    while (!this.unlessAtFault(() => this.next() !== undefined)) await this.more();
    if (this.line) this.fault ??= { error: notInLog(this.line) };
    if (!this.fault && !this.stated.looksBack) return this.stated.endAgreed();
    await this.lookBack();
    if (this.fault) throw this.fault.error;
    this.stated.end(this.heads);
  }

  /** The lines once more, as far as they are known to be good: what is stated of them was said later. */
  private async lookBack(): Promise<void> {
    if (this.chained === 0) return;
    const again = new LineReader(this.source, PATH);
    for (let count = 0; count < this.chained; count += 1) {
      const { organisation, seq, said } = parse((await again.next()) ?? '', again.place);
      this.stated.check(organisation, { seq, hash: said ?? EMPTY_CHAIN });
    }
    await again.close();
  }

  private unlessAtFault(step: () => boolean): boolean {
    try {
      return this.fault ? true : step();
    } catch (error) {
      this.fault = { error };
      return true;
    }
  }

  private next(): FeedLine | null | undefined {
    return (this.line ??= this.read());
  }

  private read(): FeedLine | null | undefined {
    this.reader ??= new LineReader(this.source, PATH);
    const text = this.reader.take();
    if (text == null) return text;
    const { place: path } = this.reader;
    const line = parse(text, path);
    const { seq, hash } = this.heads.get(line.organisation) ?? { seq: 0, hash: EMPTY_CHAIN };
    if (line.seq !== seq + 1) {
      const place = { organisation: line.organisation, seq: seq + 1, path };
      throw new FaultFound('FEED_NOT_DENSE', place, `Number ${seq + 1} of the feed does not come here.`);
    }
    return { ...line, hash, path };
  }

  private chain({ organisation, seq, entry, hash, said, path }: FeedLine, leaf: Hash): void {
    const next = nextInChain(hash, leaf);
    if (!said || !sameBytes(said, next)) {
      const place = { organisation, seq, path, entry };
      throw new FaultFound('FEED_CHAIN_BROKEN', place, 'The hash is not that of the feed up to here.');
    }
    this.heads.set(organisation, { seq, hash: next });
    this.chained += 1;
  }
}

function notInLog({ organisation, seq, path, entry }: FeedLine): FaultFound {
  const message = 'The log has no such entry at or after here.';
  return new FaultFound('ENTRY_MISSING', { organisation, seq, path, entry }, message);
}

function parse(line: string, path: string): Pick<FeedLine, 'organisation' | 'seq' | 'entry' | 'said'> {
  const { organisation, generation, seq, entry, hash } = parseObject(line) ?? {};
  const isWhole = typeof organisation === 'string' && isCount(seq) && typeof entry === 'string';
  if (!isWhole || !isCount(generation) || typeof hash !== 'string')
    throw new FaultFound('MALFORMED', { path }, 'The line is of no feed.');
  return { organisation, seq, entry, said: fromBase64(hash) };
}
