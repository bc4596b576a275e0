import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

import { z } from 'zod';

import { copyCluster } from '../platform/database/embedded/cluster-copy.ts';
import type { DatabaseAddress } from '../platform/database/logins.ts';
import { BackupError } from './backup-error.ts';
import { FolderError, readSecrets } from './data-folder.ts';
import { readIfThere, writePrivately } from './private-file.ts';

const manifestFile = z.object({
  format: z.literal('tocsin-backup/1'),
  madeAt: z.string(),
  mode: z.enum(['TRIAL', 'PRODUCTION']),
  /** By path within the backup, with `/`. */
  files: z.record(z.string(), z.object({ size: z.number(), sha256: z.string() })),
});
export type BackupManifest = z.infer<typeof manifestFile>;

const MANIFEST = 'manifest.json';
/** Of the process that serves the folder now, or of no use without it. */
const NOT_KEPT = new Set(['postgres', 'postgres.log', 'running.json']);

/**
 * Copies the hub of a folder, whether it runs or not, into a new folder: its database as it stood when this was called
 * or a little later, its secrets and its keys. Whole or not at all. It holds every secret of the hub: guard it as such.
 */
export async function backUp(folder: string, address: DatabaseAddress, into: string): Promise<BackupManifest> {
  requireNew(into);
  const secrets = readSecrets(folder);
  if (!secrets) throw new FolderError('NO_HUB', `There is no hub in ${folder}.`);
  const draft = `${into}.${process.pid}.partial`;
  try {
    fs.mkdirSync(draft, { recursive: true, mode: 0o700 });
    await copyCluster(address.adminUrl, path.join(folder, 'postgres'), path.join(draft, 'postgres'));
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      if (entry.isFile() && !NOT_KEPT.has(entry.name))
        fs.copyFileSync(path.join(folder, entry.name), path.join(draft, entry.name));
    }
    const manifest: BackupManifest = {
      format: 'tocsin-backup/1',
      madeAt: new Date().toISOString(),
      mode: secrets.mode,
      files: await sumsOf(draft),
    };
    writePrivately(path.join(draft, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
    fs.mkdirSync(path.dirname(path.resolve(into)), { recursive: true });
    if (fs.existsSync(into)) fs.rmdirSync(into);
    fs.renameSync(draft, into);
    return manifest;
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Puts a backup where there is no hub yet, after every byte of it was compared with its manifest. What was committed
 * after it was made is lost; the caller opens a new generation of the feeds, so that their readers learn it.
 */
export async function putBack(backup: string, folder: string): Promise<BackupManifest> {
  requireNew(folder);
  const manifest = await readBackup(backup);
  fs.mkdirSync(path.dirname(path.resolve(folder)), { recursive: true });
  const draft = `${path.resolve(folder)}.${process.pid}.partial`;
  try {
    fs.cpSync(backup, draft, { recursive: true, filter: (from) => path.basename(from) !== MANIFEST });
    fs.chmodSync(draft, 0o700);
    if (fs.existsSync(folder)) fs.rmdirSync(folder);
    fs.renameSync(draft, folder);
    return manifest;
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

async function readBackup(backup: string): Promise<BackupManifest> {
  const text = readIfThere(path.join(backup, MANIFEST));
  if (text === null) throw new BackupError('NO_BACKUP', `${backup} holds no backup: it has no ${MANIFEST}.`);
  const manifest = parseManifest(backup, text);
  const found = await sumsOf(backup);
  for (const [name, { sha256 }] of Object.entries(manifest.files)) {
    if (found[name]?.sha256 === sha256) continue;
    const what = found[name] ? 'was changed' : 'is missing';
    throw new BackupError('DAMAGED', `${path.join(backup, name)} ${what} since the backup was made: use another one.`);
  }
  return manifest;
}

function parseManifest(backup: string, text: string): BackupManifest {
  try {
    return manifestFile.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${path.join(backup, MANIFEST)} cannot be read as what "tocsin backup" wrote.`;
    throw Object.assign(new BackupError('DAMAGED', message), { cause });
  }
}

async function sumsOf(folder: string): Promise<BackupManifest['files']> {
  const files: BackupManifest['files'] = {};
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file).split(path.sep).join('/');
    if (!entry.isFile() || name === MANIFEST) continue;
    const hash = createHash('sha256');
    await pipeline(fs.createReadStream(file), hash);
    files[name] = { size: fs.statSync(file).size, sha256: hash.digest('hex') };
  }
  return files;
}

function requireNew(folder: string): void {
  if (!fs.existsSync(folder) || fs.readdirSync(folder).length === 0) return;
  throw new BackupError('NOT_EMPTY', `${folder} is there already and not empty: give a folder that is new.`);
}
