import { FaultFound } from './fault.ts';
import { readHashes, type LogSource } from './log-source.ts';
import { tileAt, tilePath, TILE_WIDTH } from './tiles.ts';
import { sameBytes, type Hash, type Node } from './tree.ts';

/** Tree levels under one level of tiles. */
const HEIGHT = 8;

interface Grown {
  readonly level: number;
  readonly index: number;
  readonly hashes: Hash[];
}

/** Holds the tiles above level 0 against the tree, as it grows; keeps one tile of each level. */
export class TileCheck {
  private readonly growing = new Map<number, Grown>();
  private readonly full: Grown[] = [];

  constructor(
    private readonly source: LogSource,
    private readonly size: number,
  ) {}

  readonly add = ({ level, index }: Node, hash: Hash): void => {
    if (level === 0 || level % HEIGHT !== 0) return;
    const tileLevel = level / HEIGHT;
    const grown = this.growing.get(tileLevel) ?? {
      level: tileLevel,
      index: Math.floor(index / TILE_WIDTH),
      hashes: [],
    };
    grown.hashes.push(hash);
    if (grown.hashes.length < TILE_WIDTH) this.growing.set(tileLevel, grown);
    else {
      this.growing.delete(tileLevel);
      this.full.push(grown);
    }
  };

  /** Checks the tiles that are full by now. */
  async check(): Promise<void> {
    for (const grown of this.full.splice(0)) await this.compare(grown);
  }

  /** Checks the last ones too, which the end of the log left partial. */
  async end(): Promise<void> {
    await this.check();
    for (const grown of this.growing.values()) await this.compare(grown);
  }

  private async compare({ level, index, hashes }: Grown): Promise<void> {
    const stored = await readHashes(this.source, level, index, this.size);
    const wrong = hashes.findIndex((hash, at) => !sameBytes(hash, stored[at] ?? new Uint8Array()));
    if (wrong === -1) return;
    const place = {
      position: (index * TILE_WIDTH + wrong) * TILE_WIDTH ** level,
      path: tilePath(tileAt(level, index, this.size)),
    };
    throw new FaultFound('TILE_TAMPERED', place, `Hash ${wrong} of the tile is not that of the entries under it.`);
  }
}
