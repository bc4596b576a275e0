import { FaultFound } from './fault.ts';
import { bundlePath, hashesOf, leavesOf, tileAt, tilePath, TILE_WIDTH } from './tiles.ts';
import { leafHash, type Hash } from './tree.ts';

/** Where a log is read from: a folder, a hub, a browser's cache. Paths are those of the log bundle, without a host. */
export interface LogSource {
  /** Null when nothing is there. */
  read(path: string): Promise<Uint8Array | null>;
  /**
   * The lines of a text file, which may be larger than memory, as many at a time as are at hand; null when it is not
   * there.
   */
  lines(path: string): AsyncIterable<readonly string[]> | null;
}

/** The leaves of bundle `index` in a log of this size; fewer when the log ends early, none when it is not there. */
export async function readLeaves(source: LogSource, index: number, size: number): Promise<Uint8Array[]> {
  const tile = tileAt(0, index, size);
  const exact = await source.read(bundlePath(tile));
  // A hub may have put the full bundle in the place of the partial one by now.
  const bundle = exact ?? (await source.read(bundlePath({ index, width: TILE_WIDTH })));
  const leaves = bundle ? [...leavesOf(bundle)] : [];
  if (exact && leaves.length > tile.width) {
    throw new FaultFound('MALFORMED', { path: bundlePath(tile) }, 'The bundle holds more entries than its name says.');
  }
  return leaves.slice(0, tile.width);
}

/** The hashes of a tile in a log of this size; fewer when something is missing. */
export async function readHashes(source: LogSource, level: number, index: number, size: number): Promise<Hash[]> {
  const tile = tileAt(level, index, size);
  const exact = await source.read(tilePath(tile));
  const bytes = exact ?? (await source.read(tilePath({ ...tile, width: TILE_WIDTH })));
  const hashes = bytes ? hashesOf(bytes) : [];
  if (exact && hashes.length > tile.width) {
    throw new FaultFound('MALFORMED', { path: tilePath(tile) }, 'The tile holds more hashes than its name says.');
  }
  return hashes.slice(0, tile.width);
}

/** Every leaf hash of the log, once by what the entry bundles hold and once by what the tiles of level 0 say. */
export async function* hashesOfLeaves(source: LogSource, size: number): AsyncGenerator<Hash> {
  for (let index = 0; index * TILE_WIDTH < size; index += 1)
    yield* (await readLeaves(source, index, size)).map(leafHash);
}

export async function* hashesInTiles(source: LogSource, size: number): AsyncGenerator<Hash> {
  for (let index = 0; index * TILE_WIDTH < size; index += 1) yield* await readHashes(source, 0, index, size);
}

/** Reads one line after the other, and makes nobody wait for one that is at hand. */
export class LineReader {
  private readonly batches: AsyncIterator<readonly string[]>;
  private batch: readonly string[] = [];
  private at = 0;
  private ended = false;
  private count = 0;

  constructor(
    source: LogSource,
    readonly path: string,
  ) {
    const lines = source.lines(path);
    if (!lines) throw new FaultFound('MALFORMED', { path }, `The bundle has no ${path}.`);
    this.batches = lines[Symbol.asyncIterator]();
  }

  /** Null at the end; undefined when none is at hand, and `more` has to be awaited first. */
  take(): string | null | undefined {
    const line = this.batch[this.at];
    if (line === undefined) return this.ended ? null : undefined;
    this.at += 1;
    this.count += 1;
    return line;
  }

  async more(): Promise<void> {
    const read = await this.batches.next();
    this.ended = read.done === true;
    this.batch = read.done ? [] : read.value;
    this.at = 0;
  }

  /** Null at the end. */
  async next(): Promise<string | null> {
    for (;;) {
      const line = this.take();
      if (line !== undefined) return line;
      await this.more();
    }
  }

  /** Where the last line stands: file and line. */
  get place(): string {
    return `${this.path}:${this.count}`;
  }

  async close(): Promise<void> {
    await this.batches.return?.();
  }
}
