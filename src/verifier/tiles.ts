/** Hashes in a tile, and leaves in an entry bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;
const HASH_BYTES = 32;

/** Tile `index` of a level holds hashes `index * 256` and on; of level L, those of whole subtrees of 256^L leaves. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  /** 1 to 256: fewer than 256 only in the last tile of a level. */
  readonly width: number;
}

/** `tile/0/x001/x234/067`, or with `.p/17` for the first 17 hashes of one that is not full. */
export function tilePath({ level, index, width }: Tile): string {
  return `tile/${level}/${place(index)}${partial(width)}`;
}

/** The bundle of the leaves whose hashes are in tile `index` of level 0. */
export function bundlePath({ index, width }: Omit<Tile, 'level'>): string {
  return `tile/entries/${place(index)}${partial(width)}`;
}

const partial = (width: number): string => (width === TILE_WIDTH ? '' : `.p/${width}`);

function place(index: number): string {
  const last = String(index % 1000).padStart(3, '0');
  return index < 1000 ? last : `${prefix(Math.floor(index / 1000))}/${last}`;
}

function prefix(index: number): string {
  const last = `x${String(index % 1000).padStart(3, '0')}`;
  return index < 1000 ? last : `${prefix(Math.floor(index / 1000))}/${last}`;
}

/** The tiles of one level in a log of this size, first to last. */
export function* tilesOf(level: number, size: number): Generator<Tile> {
  const hashes = hashesIn(level, size);
  for (let index = 0; index * TILE_WIDTH < hashes; index += 1) yield tileAt(level, index, size);
}

/** A tile as it is in a log of this size. */
export function tileAt(level: number, index: number, size: number): Tile {
  return { level, index, width: Math.min(TILE_WIDTH, hashesIn(level, size) - index * TILE_WIDTH) };
}

function hashesIn(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The hashes in the bytes of a tile; a piece at the end is none. */
export function hashesOf(tile: Uint8Array): Uint8Array[] {
  const count = Math.floor(tile.length / HASH_BYTES);
  return Array.from({ length: count }, (_, at) => tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}

/** The leaves in an entry bundle: each two bytes of length, big end first, and as many of data. A piece at the end too. */
export function* leavesOf(bundle: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bundle.length;) {
    const end = at + 2 + (bundle[at] ?? 0) * 256 + (bundle[at + 1] ?? 0);
    yield bundle.subarray(at + 2, end);
    at = end;
  }
}

/** The bundle of these leaves. */
export function bundleOf(leaves: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(leaves.flatMap((leaf) => [leaf.length >> 8, leaf.length & 0xff, ...leaf]));
}
