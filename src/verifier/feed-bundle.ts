import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { assertWitnessed } from './cosignature.ts';
import { isObject, parseObject } from './encoding.ts';
import { FaultFound, judge, type Tally, type Verdict } from './fault.ts';
import { checkFeedEntry, parseFeedEntry, type FeedEntry } from './feed-entry.ts';
import { isCount } from './jws.ts';
import { readKeys, vkeysOf, type Keys } from './keys.ts';
import { EMPTY_CHAIN, nextInChain } from './leaf.ts';
import type { Known } from './log-bundle.ts';
import { FEED_STATED, openStatement, recordedEnds, type FeedEnd } from './statement.ts';
import { sameBytes, type Hash } from './tree.ts';

export const FEED_BUNDLE = 'tocsin-feed-bundle/1';

/** The proofs of one organisation, as `tocsin receipts` writes them; entries in the order of the feed, from number 1. */
interface FeedBundle {
  readonly origin: string;
  readonly organisation: string;
  readonly generation: number;
  readonly keys: string;
  readonly checkpoint: string;
  readonly fetchedAt: number | null;
  readonly entries: readonly unknown[];
  readonly statements: readonly unknown[];
}

/** Verifies a feed bundle; the steps are those of docs/protocols/ledger.md. */
export async function verifyFeedBundle(json: string, { pinned, seen, witnessed }: Known): Promise<Verdict> {
  return judge(async (tally) => {
    const bundle = parse(json);
    const keys = await readKeys(bundle.keys, pinned);
    if (bundle.origin !== keys.origin) {
      throw new FaultFound(
        'MALFORMED',
        { path: 'keys' },
        `The bundle is of ${bundle.origin}, its keys of ${keys.origin}.`,
      );
    }
    const checkpoint = await openCheckpoint(bundle.checkpoint, keys, 'checkpoint');
    Object.assign(tally, {
      origin: keys.origin,
      vkeys: vkeysOf(keys),
      size: checkpoint.size,
      checkpoint: bundle.checkpoint,
    });
    if (witnessed) tally.cosignaturesVerified = await assertWitnessed(bundle.checkpoint, witnessed, 'checkpoint');
    if (seen !== null) checkSeen(checkpoint, await openCheckpoint(seen, keys, 'seen'));
    tally.checkpointOk = true;
    const feed = new Feed(bundle, keys, checkpoint, tally);
    await feed.entries();
    await feed.statements();
    feed.promises();
  });
}

/** All that can be said of two checkpoints without the log between them. */
function checkSeen(checkpoint: Checkpoint, seen: Checkpoint): void {
  if (seen.size > checkpoint.size) {
    const place = { position: checkpoint.size, path: 'seen' };
    throw new FaultFound('LOG_TRUNCATED', place, `The log once had ${seen.size} entries, and has ${checkpoint.size}.`);
  }
  if (seen.size === checkpoint.size && !sameBytes(seen.root, checkpoint.root)) {
    throw new FaultFound('INCONSISTENT', { position: 0, path: 'seen' }, 'The hub signed two logs of the same size.');
  }
}

/** One reading of a bundle: what is learned of an entry counts for those after it. */
class Feed {
  private readonly chain: Hash[] = [EMPTY_CHAIN];
  private readonly open: { readonly seq: number; readonly entry: string; readonly due: number }[] = [];
  /** The latest instant at which the log is known to have been no longer than the checkpoint says. */
  private latest: number;
  private lastPosition = -1;

  constructor(
    private readonly bundle: FeedBundle,
    private readonly keys: Keys,
    private readonly checkpoint: Checkpoint,
    private readonly tally: Tally,
  ) {
    this.latest = bundle.fetchedAt ?? 0;
  }

  async entries(): Promise<void> {
    for (const [index, value] of this.bundle.entries.entries()) {
      const seq = index + 1;
      const each = parseFeedEntry(value, { seq });
      if (each.seq !== seq) this.throwNumber(seq);
      await this.entry(each);
      this.tally.entriesVerified += 1;
    }
  }

  private async entry(each: FeedEntry): Promise<void> {
    const { seq, entry, included } = each;
    const { receipt, said } = await checkFeedEntry(each, this.keys, this.checkpoint);
    if (included && included.position <= this.lastPosition) {
      throw new FaultFound(
        'ENTRY_SWAPPED',
        { seq, entry },
        'A feed is in the order of the log, and this entry is not.',
      );
    }
    if (included) this.lastPosition = included.position;
    if (included && said) this.latest = Math.max(this.latest, said.at);
    if (receipt && included) this.tally.receiptsVerified += 1;
    if (receipt && !included) this.open.push({ seq, entry, due: receipt.iat + receipt.within });
    this.chain.push(nextInChain(this.chain.at(-1) ?? EMPTY_CHAIN, each.leaf));
    if (said?.kind !== FEED_STATED) return;
    const ends = recordedEnds(said.rows);
    if (!ends) throw new FaultFound('MALFORMED', { seq, entry }, 'The entry does not say what it states.');
    for (const end of ends) if (end.organisation === this.bundle.organisation) this.end(end);
  }

  async statements(): Promise<void> {
    for (const [index, token] of this.bundle.statements.entries()) {
      const place = { path: `statements:${index + 1}` };
      if (typeof token !== 'string') throw new FaultFound('MALFORMED', place, 'A statement is a JWS.');
      const stated = await openStatement(token, this.keys, place);
      if (stated.organisation !== this.bundle.organisation || stated.generation > this.bundle.generation) {
        throw new FaultFound('STATEMENT_WRONG', place, 'The statement is of another feed.');
      }
      this.end(stated);
      if (stated.size <= this.checkpoint.size) this.latest = Math.max(this.latest, stated.iat);
      this.tally.statementsVerified += 1;
    }
  }

  /** A receipt whose time is over, and whose entry is not in the log: the hub said what it did not do. */
  promises(): void {
    const broken = this.open.find(({ due }) => due < this.latest);
    if (broken) {
      const { seq, entry, due } = broken;
      const message = `The entry was to be in the log by ${new Date(due * 1000).toISOString()}, and is not.`;
      throw new FaultFound('BROKEN_PROMISE', { seq, entry }, message);
    }
    this.tally.receiptsPending = this.open.length;
  }

  private end({ n, h }: FeedEnd): void {
    const hash = this.chain[n];
    if (!hash) {
      const seq = this.chain.length;
      throw new FaultFound('LOG_TRUNCATED', { seq }, `The feed had ${n} entries, and ends here before number ${seq}.`);
    }
    if (!sameBytes(hash, h)) {
      throw new FaultFound('STATEMENT_WRONG', { seq: n }, `The first ${n} entries are not those that were stated.`);
    }
  }

  private throwNumber(seq: number): never {
    const isLater = this.bundle.entries.slice(seq).some((value) => isObject(value) && value.seq === seq);
    const code = isLater ? 'ENTRY_SWAPPED' : 'FEED_NOT_DENSE';
    throw new FaultFound(code, { seq }, `Number ${seq} of the feed ${isLater ? 'stands later' : 'is missing'}.`);
  }
}

function parse(json: string): FeedBundle {
  const { format, origin, organisation, generation, fetchedAt = null, ...rest } = parseObject(json) ?? {};
  const { keys, checkpoint, entries, statements } = rest;
  const isNamed = typeof origin === 'string' && typeof organisation === 'string' && isCount(generation);
  const isSigned = typeof keys === 'string' && typeof checkpoint === 'string';
  const isTimed = fetchedAt === null || isCount(fetchedAt);
  const isWhole = isNamed && isSigned && isTimed && Array.isArray(entries) && Array.isArray(statements);
  if (format !== FEED_BUNDLE || !isWhole) throw new FaultFound('MALFORMED', {}, `This is no ${FEED_BUNDLE}.`);
  return { origin, organisation, generation, keys, checkpoint, fetchedAt, entries, statements };
}
