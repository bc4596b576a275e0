import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { assertWitnessed, type WitnessPolicy } from './cosignature.ts';
import { fromUtf8 } from './encoding.ts';
import { FaultFound, judge, type Tally, type Verdict } from './fault.ts';
import { History, known, stored } from './history.ts';
import { readKeys, vkeysOf } from './keys.ts';
import { disagreementOf, throwFault } from './leaf-check.ts';
import { Feeds } from './log-feeds.ts';
import { readHashes, readLeaves, type LogSource } from './log-source.ts';
import type { NoteKey } from './note.ts';
import { Payloads, saidIn, type Payload } from './payloads.ts';
import { FEED_STATED, recordedEnds } from './statement.ts';
import { TileCheck } from './tile-check.ts';
import { bundlePath, tilePath, TILE_WIDTH, tileAt } from './tiles.ts';
import { Frontier } from './tree.ts';

/** What a verifier knows beforehand: the more it does, the less it has to believe. */
export interface Known {
  /** A log key, from elsewhere than the bundle. Null: the keys in the bundle are believed. */
  readonly pinned: NoteKey | null;
  /** A checkpoint seen earlier: the log must still begin with it. */
  readonly seen: string | null;
  /** Who has to have cosigned the checkpoint. Null: nobody is asked for. */
  readonly witnessed?: WitnessPolicy | null;
}

/** PUBLIC: what everybody may read of a hub, which is the tree without the contents. WHOLE: a bundle of `tocsin export`. */
export type Extent = 'WHOLE' | 'PUBLIC';

/** Verifies a whole log, of any length in bounded memory; the steps are those of docs/protocols/ledger.md. */
export async function verifyLog(
  source: LogSource,
  extent: Extent,
  { pinned, seen, witnessed }: Known,
): Promise<Verdict> {
  return judge(async (tally) => {
    const keys = await readKeys(await readText(source, 'keys'), pinned);
    const signed = await readText(source, 'checkpoint');
    const checkpoint = await openCheckpoint(signed, keys, 'checkpoint');
    Object.assign(tally, { origin: keys.origin, vkeys: vkeysOf(keys), size: checkpoint.size, checkpoint: signed });
    if (witnessed) tally.cosignaturesVerified = await assertWitnessed(signed, witnessed, 'checkpoint');
    const sequences = [known(signed, keys, 'checkpoint')];
    if (seen !== null) sequences.push(known(seen, keys, 'seen'));
    if (extent === 'WHOLE') sequences.push(stored(source, keys));
    const feeds = extent === 'WHOLE' ? new Feeds(source, tally) : null;
    const walk = new Walk(source, checkpoint, tally, await History.of(sequences, checkpoint.size));
    await walk.run(feeds);
    tally.checkpointOk = true;
    await feeds?.end();
  });
}

/** One walk over the entries, first to last. */
class Walk {
  private readonly tree = new Frontier();
  private readonly tiles: TileCheck;

  constructor(
    private readonly source: LogSource,
    private readonly checkpoint: Checkpoint,
    private readonly tally: Tally,
    private readonly history: History,
  ) {
    this.tiles = new TileCheck(source, checkpoint.size);
  }

  /** Without feeds there are no payloads either. */
  async run(feeds: Feeds | null): Promise<void> {
    const { size } = this.checkpoint;
    const payloads = feeds ? new Payloads(this.source) : null;
    if (this.history.isDue(0)) await this.history.check(this.tree);
    for (let index = 0; index * TILE_WIDTH < size; index += 1) await this.bundle(index, payloads, feeds);
    await this.tiles.end();
    await payloads?.end(size);
  }

  /** Nothing is awaited for the sake of one entry, as long as the files are as they should be. */
  private async bundle(index: number, payloads: Payloads | null, feeds: Feeds | null): Promise<void> {
    const { size } = this.checkpoint;
    const { width } = tileAt(0, index, size);
    const leaves = await readLeaves(this.source, index, size);
    const hashes = await readHashes(this.source, 0, index, size);
    for (let at = 0; at < width; at += 1) {
      const position = index * TILE_WIDTH + at;
      const leaf = leaves[at] ?? (await this.throwMissing(position, index));
      const found = payloads?.at(position) ?? null;
      const payload = found instanceof Promise ? await found : found;
      const tile = hashes[at] ?? throwNoHash(position, index, size);
      const wrong = disagreementOf({ leaf, tile, content: payload?.content ?? null });
      if (wrong) await throwFault(this.source, size, position, wrong);
      this.tree.append(tile, this.tiles.add);
      if (payload && feeds) {
        read(payload, feeds);
        while (!feeds.follow(payload.entry, tile)) await feeds.more();
      }
      if (this.history.isDue(this.tree.size)) await this.history.check(this.tree);
      this.tally.entriesVerified += 1;
    }
    await this.tiles.check();
  }

  private async throwMissing(position: number, index: number): Promise<never> {
    const { size } = this.checkpoint;
    const isLast = (index + 1) * TILE_WIDTH >= size;
    const goesOn = !isLast && (await readLeaves(this.source, index + 1, size)).length > 0;
    const path = bundlePath(tileAt(0, index, size));
    const code = goesOn ? 'ENTRY_MISSING' : 'LOG_TRUNCATED';
    throw new FaultFound(
      code,
      { position, path },
      `The log has no entry ${position}, of the ${size} that were signed.`,
    );
  }
}

/** What stands beside the body agrees with it, and the feeds hear what it states of them. */
function read({ position, entry, kind, content }: Payload, feeds: Feeds): void {
  if (!content) return;
  const said = saidIn(content.body);
  if (said?.id !== entry || said.kind !== kind) {
    throw new FaultFound('MALFORMED', { position, entry }, 'The body is not of the entry and kind beside it.');
  }
  if (kind !== FEED_STATED) return;
  const ends = recordedEnds(said.rows);
  if (!ends) throw new FaultFound('MALFORMED', { position, entry }, 'The entry does not say what it states.');
  for (const end of ends) feeds.state(end, position);
}

function throwNoHash(position: number, index: number, size: number): never {
  const path = tilePath(tileAt(0, index, size));
  throw new FaultFound('TILE_TAMPERED', { position, path }, `The tile has no hash for position ${position}.`);
}

async function readText(source: LogSource, path: string): Promise<string> {
  const bytes = await source.read(path);
  const text = bytes && fromUtf8(bytes);
  if (text === null)
    throw new FaultFound('MALFORMED', { path }, bytes ? `${path} is no text.` : `There is no ${path}.`);
  return text;
}
