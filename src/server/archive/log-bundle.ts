import fs from 'node:fs';
import path from 'node:path';

import type pg from 'pg';

import { bundleOf, bundlePath, tilePath, tilesOf, TILE_WIDTH, type Tile } from '../../verifier/tiles.ts';

const PAGE = 4096;

/**
 * Writes the log up to its newest checkpoint, in the form of docs/protocols/ledger.md: what a verifier needs that has
 * neither the hub nor its database. Whether there was a checkpoint: a hub that never signed one has no log to show.
 */
export async function writeLogBundle(client: pg.Client, into: string): Promise<boolean> {
  const { rows: notes } = await client.query<{ size: string; note: string }>(
    'SELECT size, note FROM hub.ledger_checkpoint ORDER BY size',
  );
  const newest = notes.at(-1);
  if (!newest) return false;
  const size = Number(newest.size);
  const write = (name: string, bytes: string | Uint8Array) => writeFile(path.join(into, name), bytes);
  const { rows: keys } = await client.query<{ note: string }>('SELECT keys_note AS note FROM hub.ledger_tree');
  write('checkpoint', newest.note);
  write('checkpoints.ndjson', notes.map(({ note }) => `${JSON.stringify(note)}\n`).join(''));
  write('keys', keys[0]?.note ?? '');
  await writeTiles(client, size, write);
  await writeEntries(client, size, write);
  await writePayloads(client, size, path.join(into, 'payloads.ndjson'));
  await writeFeeds(client, size, path.join(into, 'feeds.ndjson'));
  return true;
}

type Write = (name: string, bytes: string | Uint8Array) => void;

async function writeTiles(client: pg.Client, size: number, write: Write): Promise<void> {
  for (let level = 0; size >= TILE_WIDTH ** level; level += 1) {
    for (const tile of tilesOf(level, size)) write(tilePath(tile), await tileBytes(client, tile));
  }
}

/** As it was in a log of that size: it may have grown since. */
async function tileBytes(client: pg.Client, { level, index, width }: Tile): Promise<Buffer> {
  const { rows } = await client.query<{ hashes: Buffer }>(
    'SELECT substring(hashes FOR $3) AS hashes FROM hub.ledger_tile WHERE level = $1 AND idx = $2',
    [level, index, width * 32],
  );
  return rows[0]?.hashes ?? Buffer.alloc(0);
}

async function writeEntries(client: pg.Client, size: number, write: Write): Promise<void> {
  for (const { index, width } of tilesOf(0, size)) {
    const { rows } = await client.query<{ leaf: Buffer }>(
      `SELECT '\\x01'::bytea || commitment AS leaf FROM hub.ledger WHERE position >= $1 AND position < $2 ORDER BY position`,
      [index * TILE_WIDTH, index * TILE_WIDTH + width],
    );
    write(bundlePath({ index, width }), bundleOf(rows.map(({ leaf }) => leaf)));
  }
}

interface PayloadRow {
  position: string;
  entry: string;
  kind: string;
  salt: Buffer | null;
  body: Buffer | null;
}

function writePayloads(client: pg.Client, size: number, file: string): Promise<void> {
  return writeLines<PayloadRow>(
    file,
    async (last) => {
      const { rows } = await client.query<PayloadRow>(
        `SELECT l.position, l.entry_id AS entry, l.kind, p.salt, p.body FROM hub.ledger l JOIN hub.ledger_payload p ON p.entry_id = l.entry_id
          WHERE l.position > $1 AND l.position < $2 ORDER BY l.position LIMIT ${PAGE}`,
        [last?.position ?? -1, size],
      );
      return rows;
    },
    ({ position, entry, kind, salt, body }) => ({
      ...{ position: Number(position), entry, kind },
      ...{ salt: salt?.toString('base64') ?? null, body: body?.toString('base64') ?? null },
    }),
  );
}

interface FeedRow {
  position: string;
  organisation: string;
  generation: number;
  seq: string;
  entry: string;
  hash: Buffer;
}

/** The feeds in the order of the ledger, as far as the checkpoint reaches: what is numbered after it cannot be checked yet. */
function writeFeeds(client: pg.Client, size: number, file: string): Promise<void> {
  return writeLines<FeedRow>(
    file,
    async (last) => {
      const { rows } = await client.query<FeedRow>(
        `SELECT l.position, f.organisation_id AS organisation, (SELECT generation FROM hub.ledger_head) AS generation, f.seq,
                f.entry_id AS entry, f.hash
           FROM hub.ledger l JOIN hub.feed f ON f.entry_id = l.entry_id
          WHERE (l.position, f.organisation_id) > ($1::bigint, $2::uuid) AND l.position < $3
          ORDER BY l.position, f.organisation_id LIMIT ${PAGE}`,
        [last?.position ?? -1, last?.organisation ?? '00000000-0000-0000-0000-000000000000', size],
      );
      return rows;
    },
    ({ organisation, generation, entry, seq, hash }) => ({
      organisation,
      generation,
      seq: Number(seq),
      entry,
      hash: hash.toString('base64'),
    }),
  );
}

/** Page after page, so that a ledger of any length takes no memory. */
async function writeLines<Row>(
  file: string,
  pageAfter: (last: Row | undefined) => Promise<Row[]>,
  lineOf: (row: Row) => object,
): Promise<void> {
  const handle = await fs.promises.open(file, 'w', 0o600);
  try {
    for (let last: Row | undefined; ;) {
      const rows = await pageAfter(last);
      if (rows.length === 0) return;
      await handle.appendFile(rows.map((row) => `${JSON.stringify(lineOf(row))}\n`).join(''));
      last = rows.at(-1);
    }
  } finally {
    await handle.close();
  }
}

function writeFile(file: string, bytes: string | Uint8Array): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, bytes, { mode: 0o600 });
}
