import fs from 'node:fs';
import path from 'node:path';

import { z } from 'zod';

import { migrations } from '../../app/migrations.ts';
import type { DatabaseAddress } from '../../platform/database/logins.ts';
import { nameOf } from '../../platform/database/migrate.ts';
import { copyTablesIn, copyTablesOut, inSnapshot } from '../../platform/database/table-copy.ts';
import type { HubMode } from '../data-folder.ts';
import { writeLogBundle } from './log-bundle.ts';
import { SealedFolderError, seal, unseal, type Manifest } from './sealed-folder.ts';

const FORMAT = 'tocsin-export/1';

const about = z.object({
  migrations: z.array(z.string()),
  tables: z.record(z.string(), z.number()),
  identities: z.record(z.string(), z.string()),
});

const tableFile = (folder: string, table: string): string => path.join(folder, 'tables', `${table}.copy`);

/**
 * Writes all that a hub knows, as it stood at one moment, in forms that no PostgreSQL is needed to read: every table,
 * for moving to another database or a newer PostgreSQL, and the log, for verifiers. While it serves or not.
 */
export function exportHub({ adminUrl }: DatabaseAddress, mode: HubMode, into: string): Promise<Manifest> {
  return seal(into, { format: FORMAT, mode }, async (draft) => {
    fs.mkdirSync(path.join(draft, 'tables'), { mode: 0o700 });
    return inSnapshot(adminUrl, async (client) => {
      await writeLogBundle(client, draft);
      return copyTablesOut(client, (table) => fs.createWriteStream(tableFile(draft, table), { mode: 0o600 }));
    });
  });
}

/** The manifest of an export that this release can read: one whose tables were made by the same migrations. */
export async function readExport(folder: string): Promise<Manifest> {
  const manifest = await unseal(folder, FORMAT);
  const theirs = about.parse(manifest.about).migrations;
  const ours = migrations.map(nameOf);
  if (theirs.join() !== ours.join()) {
    const message = `${folder} was exported on the schema ${theirs.at(-1) ?? 'of nothing'}, and this release is at ${ours.at(-1) ?? 'none'}: import it with the release that exported it, and migrate then.`;
    throw new SealedFolderError('WRONG_RELEASE', message);
  }
  return manifest;
}

/** Fills a database that was just migrated and holds nothing yet with a hub that was exported. All or nothing. */
export async function importHub(folder: string, manifest: Manifest, { adminUrl }: DatabaseAddress): Promise<void> {
  const copy = about.parse(manifest.about);
  await copyTablesIn(adminUrl, copy, (table) => fs.createReadStream(tableFile(folder, table)));
}
