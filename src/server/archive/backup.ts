import fs from 'node:fs';
import path from 'node:path';

import { copyCluster } from '../../platform/database/embedded/cluster-copy.ts';
import type { DatabaseAddress } from '../../platform/database/logins.ts';
import { FolderError, readSecrets } from '../data-folder.ts';
import { seal, unpack, unseal, type Manifest } from './sealed-folder.ts';

const FORMAT = 'tocsin-backup/1';
/** Of the process that serves the folder now, or of no use without it. */
const NOT_KEPT = new Set(['postgres', 'postgres.log', 'running.json']);

/**
 * Copies the hub of a folder, whether it runs or not, into a new folder: its database as it stood when this was called
 * or a little later, its secrets and its keys. Whole or not at all. It holds every secret of the hub: guard it as such.
 */
export async function backUp(folder: string, { adminUrl }: DatabaseAddress, into: string): Promise<Manifest> {
  const secrets = readSecrets(folder);
  if (!secrets) throw new FolderError('NO_HUB', `There is no hub in ${folder}.`);
  return seal(into, { format: FORMAT, mode: secrets.mode }, async (draft) => {
    await copyCluster(adminUrl, path.join(folder, 'postgres'), path.join(draft, 'postgres'));
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const { name } = entry;
      if (entry.isFile() && !NOT_KEPT.has(name)) fs.copyFileSync(path.join(folder, name), path.join(draft, name));
    }
    return null;
  });
}

/**
 * Puts a backup where there is no hub yet, after every byte of it was compared with its manifest. What was committed
 * after it was made is lost; the caller opens a new generation of the feeds, so that their readers learn it.
 */
export async function putBack(backup: string, folder: string): Promise<Manifest> {
  const manifest = await unseal(backup, FORMAT);
  await unpack(backup, folder);
  return manifest;
}
