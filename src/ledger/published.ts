import type { Work } from '../platform/database/work.ts';
import { bundleOf, TILE_WIDTH } from '../verifier/tiles.ts';
import { readLogKeys, type LogKeys } from './log-keys.ts';

const HASH_BYTES = 32;
const COMMITMENT = 0x01;
/** Full tiles never change: as many as fit into two megabytes are kept. */
const KEPT_TILES = 256;

/**
 * What is public of the log: the newest checkpoint, the note of keys, and of the tree what that checkpoint covers. Asked
 * by anybody, without a key: one question at a time goes to the database, so that nobody takes the flow's connections.
 */
export class PublishedLog {
  private last: Promise<unknown> = Promise.resolve();
  private readonly full = new Map<string, Buffer>();

  constructor(private readonly work: Work) {}

  async checkpoint(): Promise<string | null> {
    return (await this.newest())?.note ?? null;
  }

  async keysNote(): Promise<string | null> {
    const [row] = await this.ask<{ keys_note: string | null }>(
      'SELECT keys_note FROM ledger_tree WHERE log_id = 1',
      [],
    );
    return row?.keys_note ?? null;
  }

  keys(): Promise<LogKeys> {
    return this.inTurn(() => this.work.readAsSystem(readLogKeys));
  }

  /** The first `width` hashes of a tile; null for what the newest checkpoint does not cover. */
  async tile(level: number, idx: number, width: number): Promise<Buffer | null> {
    return this.covered(`${level} ${idx}`, { level, idx, width }, async () => {
      const [row] = await this.ask<{ hashes: Buffer }>('SELECT hashes FROM ledger_tile WHERE level = $1 AND idx = $2', [
        level,
        idx,
      ]);
      return row?.hashes.subarray(0, width * HASH_BYTES) ?? null;
    });
  }

  /** The first `width` leaves of those whose hashes are in tile `idx` of level 0. */
  async entries(idx: number, width: number): Promise<Buffer | null> {
    return this.covered(`entries ${idx}`, { level: 0, idx, width }, async () => {
      const rows = await this.ask<{ commitment: Buffer }>(
        'SELECT commitment FROM ledger WHERE position >= $1 AND position < $2 ORDER BY position',
        [idx * TILE_WIDTH, idx * TILE_WIDTH + width],
      );
      return Buffer.from(bundleOf(rows.map(({ commitment }) => Uint8Array.of(COMMITMENT, ...commitment))));
    });
  }

  private async covered(
    name: string,
    { level, idx, width }: { level: number; idx: number; width: number },
    read: () => Promise<Buffer | null>,
  ): Promise<Buffer | null> {
    const kept = width === TILE_WIDTH ? this.full.get(name) : undefined;
    if (kept) return kept;
    const size = Number((await this.newest())?.size ?? 0);
    if ((idx * TILE_WIDTH + width) * TILE_WIDTH ** level > size) return null;
    const bytes = await read();
    if (bytes && width === TILE_WIDTH) this.keep(name, bytes);
    return bytes;
  }

  private keep(name: string, bytes: Buffer): void {
    const [oldest] = this.full.keys();
    if (oldest !== undefined && this.full.size >= KEPT_TILES) this.full.delete(oldest);
    this.full.set(name, bytes);
  }

  private async newest(): Promise<{ size: string; note: string } | undefined> {
    const [row] = await this.ask<{ size: string; note: string }>('SELECT size, note FROM newest_checkpoint()', []);
    return row;
  }

  private ask<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.inTurn(() => this.work.readAsSystem((tx) => tx.query<Row>(text, values)));
  }

  private inTurn<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const answer = this.last.then(ask, ask);
    this.last = answer.catch(() => undefined);
    return answer;
  }
}
