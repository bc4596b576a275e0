import { fromBase64, parseObject } from './encoding.ts';
import { FaultFound } from './fault.ts';
import { isCount } from './jws.ts';
import { EMPTY_CHAIN, nextInChain } from './leaf.ts';
import { hashesInTiles, LineReader, type LogSource } from './log-source.ts';
import { Payloads } from './payloads.ts';
import type { Head, StatedEnds } from './stated-ends.ts';
import { sameBytes, type Hash } from './tree.ts';

/** A line of feeds.ndjson: a number in somebody's feed, and the chain up to it. */
interface FeedLine {
  readonly organisation: string;
  readonly seq: number;
  readonly entry: string;
  readonly hash: Hash | null;
}

/** Each feed is numbered without a gap, and chained over the entries of the log: call when the entries are verified. */
export async function checkFeeds(source: LogSource, size: number, stated: StatedEnds): Promise<void> {
  const reader = new LineReader(source, 'feeds.ndjson');
  const entries = new Entries(source, size);
  const heads = new Map<string, Head>();
  for (let line = await reader.next(); line !== null; line = await reader.next()) {
    const { organisation, seq, entry, hash } = parse(line, reader.place);
    const head = heads.get(organisation) ?? { seq: 0, hash: EMPTY_CHAIN };
    const place = { organisation, seq: head.seq + 1, path: reader.place };
    if (seq !== head.seq + 1) {
      throw new FaultFound('FEED_NOT_DENSE', place, `Number ${head.seq + 1} of the feed does not come here.`);
    }
    const leaf = await entries.leafOf(entry);
    if (!leaf)
      throw new FaultFound('ENTRY_MISSING', { ...place, entry }, 'The log has no such entry at or after here.');
    const next = nextInChain(head.hash, leaf);
    if (!hash || !sameBytes(hash, next)) {
      throw new FaultFound('FEED_CHAIN_BROKEN', { ...place, entry }, 'The hash is not that of the feed up to here.');
    }
    heads.set(organisation, { seq, hash: next });
    stated.check(organisation, { seq, hash: next });
  }
  await entries.close();
  stated.end(heads);
}

/** Leaf hashes by entry, for questions in the order of the log. */
class Entries {
  private readonly payloads: Payloads;
  private readonly hashes: AsyncIterator<Hash>;
  private entry: string | null = null;
  private leaf: Hash | null = null;

  constructor(source: LogSource, size: number) {
    this.payloads = new Payloads(source);
    this.hashes = hashesInTiles(source, size);
  }

  async leafOf(entry: string): Promise<Hash | null> {
    while (this.entry !== entry) {
      const payload = await this.payloads.next();
      const leaf = await this.hashes.next();
      if (!payload || leaf.done) return null;
      this.entry = payload.entry;
      this.leaf = leaf.value;
    }
    return this.leaf;
  }

  async close(): Promise<void> {
    await this.payloads.close();
  }
}

function parse(line: string, path: string): FeedLine {
  const { organisation, generation, seq, entry, hash } = parseObject(line) ?? {};
  const isWhole = typeof organisation === 'string' && isCount(seq) && typeof entry === 'string';
  if (!isWhole || !isCount(generation) || typeof hash !== 'string')
    throw new FaultFound('MALFORMED', { path }, 'The line is of no feed.');
  return { organisation, seq, entry, hash: fromBase64(hash) };
}
