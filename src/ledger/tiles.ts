import type { ReadNodes } from '../verifier/proof.ts';
import { TILE_WIDTH } from '../verifier/tiles.ts';
import { bagged, nodeHash, nodesOf, type Frontier, type Hash, type Node } from '../verifier/tree.ts';

/** A tile holds 256 neighbouring hashes of one level of the tree; tiles stand 8 levels of it apart. */
const TILE_HEIGHT = 8;
const HASH_BYTES = 32;

export interface TileId {
  readonly level: number;
  readonly idx: number;
}

/** The hashes that a tile gains. */
export interface TileGrowth extends TileId {
  readonly hashes: Hash[];
}

/** Adds leaves to the tree; what each tile gains by them. */
export function growTiles(frontier: Frontier, leaves: Iterable<Hash>): TileGrowth[] {
  const grown = new Map<string, TileGrowth>();
  for (const leaf of leaves) {
    frontier.append(leaf, ({ level, index }, hash) => {
      if (level % TILE_HEIGHT !== 0) return;
      const tile = { level: level / TILE_HEIGHT, idx: Math.floor(index / TILE_WIDTH) };
      const growth = grown.get(nameOf(tile)) ?? { ...tile, hashes: [] };
      grown.set(nameOf(tile), growth);
      growth.hashes.push(hash);
    });
  }
  return [...grown.values()];
}

/** The bytes of a tile, of each that is there. */
export type ReadTiles = (tiles: readonly TileId[]) => Promise<readonly (TileId & { readonly hashes: Uint8Array })[]>;

/** Hashes of whole subtrees, out of tiles; each tile is read once, and hashed once, for as long as this is kept. */
export function nodesIn(readTiles: ReadTiles): ReadNodes {
  const tiles = new Map<string, Uint8Array>();
  const known = new Map<string, Hash>();
  const hashOf = (node: Node): Hash => {
    const name = `${node.level} ${node.index}`;
    const hash = known.get(name) ?? computed(node);
    known.set(name, hash);
    return hash;
  };
  const computed = ({ level, index }: Node): Hash => {
    if (level % TILE_HEIGHT !== 0) {
      return nodeHash(
        hashOf({ level: level - 1, index: index * 2 }),
        hashOf({ level: level - 1, index: index * 2 + 1 }),
      );
    }
    const tile = tileOf({ level, index });
    const start = (index % TILE_WIDTH) * HASH_BYTES;
    const hash = tiles.get(nameOf(tile))?.subarray(start, start + HASH_BYTES);
    if (hash?.length !== HASH_BYTES) throw new Error(`The tree has no hash ${index} on level ${level}.`);
    return hash;
  };
  return async (nodes) => {
    const wanted = new Map(nodes.map(tileOf).map((tile) => [nameOf(tile), tile]));
    for (const name of tiles.keys()) wanted.delete(name);
    const read = wanted.size === 0 ? [] : await readTiles([...wanted.values()]);
    for (const tile of read) tiles.set(nameOf(tile), tile.hashes);
    return nodes.map(hashOf);
  };
}

/** The root that the tree had at this size. */
export async function rootAt(size: number, read: ReadNodes): Promise<Hash> {
  return bagged(await read(nodesOf({ start: 0, end: size })));
}

/** The tile under which a subtree's leaves or tiles stand. */
function tileOf({ level, index }: Node): TileId {
  const above = level % TILE_HEIGHT;
  return { level: Math.floor(level / TILE_HEIGHT), idx: Math.floor((index * 2 ** above) / TILE_WIDTH) };
}

const nameOf = ({ level, idx }: TileId): string => `${level} ${idx}`;
