import type pg from 'pg';

import { Frontier, type Hash } from '../verifier/tree.ts';
import { Fenced } from './sequence.ts';
import { growTiles, type ReadTiles, type TileGrowth } from './tiles.ts';

/** A tree of so many entries, by its frontier: the size, and the peaks of its whole subtrees. */
export interface TreeState {
  readonly size: number;
  readonly peaks: readonly Hash[];
}

/** 16 tiles of leaves: some milliseconds of hashing. */
const MOST = 4096;

/**
 * Builds what is numbered and not yet in the tree into it, up to 4,096 entries; how many there were. One transaction of
 * its own, apart from the numbering. It computes from the ledger alone, so that two leaders at once would write the same.
 */
export async function integrate(client: pg.ClientBase, epoch: string): Promise<number> {
  await client.query('BEGIN');
  try {
    const [tree, ledger] = await takeTree(client, epoch);
    if (!tree) throw new Fenced(`Epoch ${epoch} is over.`);
    if (ledger.length === 0) {
      await client.query('ROLLBACK');
      return 0;
    }
    const frontier = new Frontier(tree.size, tree.peaks);
    const grown = growTiles(frontier, ledger);
    await store(client, frontier, grown);
    return ledger.length;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function takeTree(client: pg.ClientBase, epoch: string): Promise<[TreeState | undefined, Hash[]]> {
  const [tree, ledger] = await Promise.all([
    // The head is looked at and not locked: the numbering goes on meanwhile.
    client.query<{ size: string; frontier: Buffer[] }>(
      `SELECT size, frontier FROM ledger_tree WHERE log_id = 1
          AND EXISTS (SELECT FROM ledger_head h WHERE h.log_id = 1 AND h.epoch = $1) FOR UPDATE`,
      [epoch],
    ),
    client.query<{ leaf_hash: Buffer }>(
      `SELECT leaf_hash FROM ledger WHERE position >= (SELECT size FROM ledger_tree WHERE log_id = 1)
        ORDER BY position LIMIT ${MOST}`,
    ),
  ]);
  return [tree.rows.map(stateOf)[0], ledger.rows.map(({ leaf_hash }) => leaf_hash)];
}

async function store(client: pg.ClientBase, frontier: Frontier, grown: readonly TileGrowth[]): Promise<void> {
  const answers = await Promise.all([
    client.query(
      `INSERT INTO ledger_tile AS t (level, idx, hashes) SELECT * FROM unnest($1::int[], $2::bigint[], $3::bytea[])
       ON CONFLICT (level, idx) DO UPDATE SET hashes = t.hashes || excluded.hashes`,
      [grown.map(({ level }) => level), grown.map(({ idx }) => idx), grown.map(({ hashes }) => Buffer.concat(hashes))],
    ),
    client.query('UPDATE ledger_tree SET size = $1, frontier = $2::bytea[] WHERE log_id = 1', [
      frontier.size,
      frontier.peaks.map((peak) => Buffer.from(peak)),
    ]),
    client.query('COMMIT'),
  ]);
  if (answers.at(-1)?.command !== 'COMMIT') throw new Error('The tree was rolled back.');
}

/** The tree as it stands. */
export async function treeState(client: pg.ClientBase): Promise<TreeState> {
  const { rows } = await client.query<{ size: string; frontier: Buffer[] }>(
    'SELECT size, frontier FROM ledger_tree WHERE log_id = 1',
  );
  const [tree] = rows.map(stateOf);
  if (!tree) throw new Error('The ledger has no tree.');
  return tree;
}

export const stateOf = ({ size, frontier }: { size: string; frontier: Buffer[] }): TreeState => ({
  size: Number(size),
  peaks: frontier,
});

/** One statement on some connection; its rows. */
export type Run = <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]) => Promise<readonly Row[]>;

export const tilesBy =
  (run: Run): ReadTiles =>
  async (tiles) => {
    const rows = await run<{ level: number; idx: string; hashes: Buffer }>(
      'SELECT level, idx, hashes FROM tiles($1, $2)',
      [tiles.map(({ level }) => level), tiles.map(({ idx }) => idx)],
    );
    return rows.map(({ level, idx, hashes }) => ({ level, idx: Number(idx), hashes }));
  };
