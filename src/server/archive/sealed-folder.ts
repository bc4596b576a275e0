import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

import { z } from 'zod';

import { readIfThere, writePrivately } from '../private-file.ts';

const MANIFEST = 'manifest.json';

const manifestFile = z.object({
  format: z.string(),
  madeAt: z.string(),
  mode: z.enum(['TRIAL', 'PRODUCTION']),
  /** What the maker wants to know again; parsed by it. */
  about: z.unknown(),
  /** By path within the folder, with `/`. */
  files: z.record(z.string(), z.object({ size: z.number(), sha256: z.string() })),
});
export type Manifest = z.infer<typeof manifestFile>;

/** The folder, or the place for one, is not what it should be; says which file, and what to do. */
export class SealedFolderError extends Error {
  override readonly name = 'SealedFolderError';

  constructor(
    readonly code: 'NOT_EMPTY' | 'NOT_SEALED' | 'NOT_THERE' | 'DAMAGED' | 'WRONG_RELEASE',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Makes a folder that is private, whole or not there, and lists the SHA-256 of each of its files. `fill` writes into
 * the place it is given; what it returns is kept as `about`.
 */
export async function seal(
  into: string,
  { format, mode }: Pick<Manifest, 'format' | 'mode'>,
  fill: (draft: string) => Promise<unknown>,
): Promise<Manifest> {
  return placeWhole(into, async (draft) => {
    const about = await fill(draft);
    const files = await sumsOf(draft, true);
    const manifest: Manifest = { format, madeAt: new Date().toISOString(), mode, about, files };
    writePrivately(path.join(draft, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
    return manifest;
  });
}

/** The manifest of a folder of this format, once every file in it was compared with it. */
export async function unseal(folder: string, format: string): Promise<Manifest> {
  const text = readIfThere(path.join(folder, MANIFEST));
  const manifest = text === null ? null : parse(folder, text);
  if (manifest?.format !== format) {
    throw new SealedFolderError('NOT_SEALED', `${folder} is not a folder of the form ${format}.`);
  }
  const found = await sumsOf(folder);
  for (const [name, { sha256 }] of Object.entries(manifest.files)) {
    if (found[name]?.sha256 === sha256) continue;
    const what = found[name] ? 'was changed' : 'is missing';
    throw new SealedFolderError('DAMAGED', `${path.join(folder, name)} ${what} since it was made: use another one.`);
  }
  return manifest;
}

/** A copy of an unsealed folder's files in a place where nothing is yet. */
export function unpack(folder: string, into: string): Promise<void> {
  return placeWhole(into, (draft) => {
    fs.cpSync(folder, draft, { recursive: true, filter: (from) => path.basename(from) !== MANIFEST });
    fs.chmodSync(draft, 0o700);
    return Promise.resolve();
  });
}

async function placeWhole<Result>(into: string, make: (draft: string) => Promise<Result>): Promise<Result> {
  const place = path.resolve(into);
  if (fs.existsSync(place) && fs.readdirSync(place).length > 0) {
    throw new SealedFolderError('NOT_EMPTY', `${place} is there already and not empty: give a folder that is new.`);
  }
  const draft = `${place}.${process.pid}.partial`;
  try {
    fs.mkdirSync(draft, { recursive: true, mode: 0o700 });
    const result = await make(draft);
    if (fs.existsSync(place)) fs.rmdirSync(place);
    fs.renameSync(draft, place);
    return result;
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

function parse(folder: string, text: string): Manifest {
  try {
    return manifestFile.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${path.join(folder, MANIFEST)} cannot be read as what "tocsin" wrote.`;
    throw Object.assign(new SealedFolderError('DAMAGED', message), { cause });
  }
}

async function sumsOf(folder: string, toDisk = false): Promise<Manifest['files']> {
  const files: Manifest['files'] = {};
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file).split(path.sep).join('/');
    if (entry.isFile() && name !== MANIFEST) files[name] = await sumOf(file, toDisk);
  }
  return files;
}

async function sumOf(file: string, toDisk: boolean): Promise<{ size: number; sha256: string }> {
  const handle = await fs.promises.open(file, toDisk ? 'r+' : 'r');
  try {
    if (toDisk) await handle.sync();
    const hash = createHash('sha256');
    await pipeline(handle.createReadStream({ autoClose: false }), hash);
    return { size: (await handle.stat()).size, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}
