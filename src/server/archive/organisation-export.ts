import fs from 'node:fs';
import path from 'node:path';

import pg from 'pg';

import { TokenService } from '../../feed/token.service.ts';
import type { KeyVault } from '../../ledger/signing-key.ts';
import type { DatabaseAddress } from '../../platform/database/logins.ts';
import { inSnapshot } from '../../platform/database/table-copy.ts';
import { fromGlobalId } from '../../platform/ids.ts';
import type { HubMode } from '../data-folder.ts';
import { ownFeed } from './own-feed.ts';
import { SealedFolderError, seal, type Manifest } from './sealed-folder.ts';

const FORMAT = 'tocsin-organisation/1';
const PAGE = 1000;

/**
 * Writes all that one organisation may read, and nothing else, as it stood at one moment: its rows, a line of JSON
 * each, and its feed with receipts and proofs. Read in its own name, behind the same policies as its requests are.
 */
export function exportOrganisation(
  { adminUrl }: DatabaseAddress,
  { mode, vault, id: said }: { mode: HubMode; vault: KeyVault; id: string },
  into: string,
): Promise<Manifest> {
  const id = fromGlobalId(said)?.id ?? said;
  return seal(into, { format: FORMAT, mode }, async (draft) => {
    fs.mkdirSync(path.join(draft, 'tables'), { mode: 0o700 });
    return inSnapshot(adminUrl, async (client) => {
      const { name, origin, keysNote } = await whatIsPublic(client, id);
      await client.query('SET LOCAL search_path = hub');
      await client.query('SET LOCAL ROLE tocsin_app');
      await client.query("SELECT set_config('tocsin.org', $1, true)", [id]);
      const tables: Record<string, number> = {};
      for (const [table, columns] of await readable(client)) {
        const file = path.join(draft, 'tables', `${table}.ndjson`);
        tables[table] = await writeRows(client, table, columns, file);
      }
      const feed = await ownFeed(client, keysNote, id, new TokenService(origin, vault));
      if (feed) fs.writeFileSync(path.join(draft, 'feed.json'), `${JSON.stringify(feed)}\n`, { mode: 0o600 });
      return { organisation: id, name, tables };
    });
  });
}

async function whatIsPublic(client: pg.Client, id: string) {
  const { rows } = await client.query<{ name: string; origin: string | null; keys: string | null }>(
    `SELECT o.name, t.origin, t.keys_note AS keys FROM hub.organisation o, hub.ledger_tree t WHERE o.id::text = $1`,
    [id],
  );
  const [row] = rows;
  if (!row) throw new SealedFolderError('NOT_THERE', `There is no organisation ${id}.`);
  return { name: row.name, origin: row.origin ?? '', keysNote: row.keys ?? '' };
}

/** The tables of tenants, with the columns that a tenant may read: no hash of a key is among them. */
async function readable(client: pg.Client): Promise<Map<string, string[]>> {
  const { rows } = await client.query<{ table: string; column: string }>(
    `SELECT c.relname AS table, a.attname AS column FROM pg_class c
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.relnamespace = 'hub'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
        AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY c.relname COLLATE "C", a.attnum`,
  );
  return new Map(
    [...Map.groupBy(rows, ({ table }) => table)].map(([table, of]) => [table, of.map(({ column }) => column)]),
  );
}

async function writeRows(client: pg.Client, table: string, columns: readonly string[], file: string): Promise<number> {
  const list = columns.map((column) => `t.${pg.escapeIdentifier(column)}`).join(', ');
  // Others are listed for everybody to find; that is not this one's own.
  const own = table === 'organisation' ? 'WHERE t.id = me()' : '';
  await client.query(
    `DECLARE own_rows CURSOR FOR SELECT row_to_json(r)::text AS line FROM (SELECT ${list} FROM ${pg.escapeIdentifier(table)} t ${own}) r`,
  );
  const handle = await fs.promises.open(file, 'w', 0o600);
  let count = 0;
  try {
    for (;;) {
      const { rows } = await client.query<{ line: string }>(`FETCH ${PAGE} FROM own_rows`);
      if (rows.length === 0) return count;
      await handle.appendFile(rows.map(({ line }) => `${line}\n`).join(''));
      count += rows.length;
    }
  } finally {
    await handle.close();
    await client.query('CLOSE own_rows');
  }
}
