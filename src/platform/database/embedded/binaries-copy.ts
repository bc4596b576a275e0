import fs from 'node:fs';
import path from 'node:path';
import { missingLinks, repairBinaries } from './binaries-repair.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/**
 * A copy that every account of the machine can read and only we can write, made once per version. Its name can be
 * guessed, so nothing in it is run before its owner is known: whoever else may write there could run code as us.
 */
export function copyForEverybody(native: string, version: string, parent: string): string {
  const folder = path.join(parent, `tocsin-postgres-${version}-${process.arch}-uid${process.getuid?.() ?? 0}`);
  const copy = path.join(folder, 'native');
  assertOthersCannotReplace(parent);
  if (fs.lstatSync(folder, { throwIfNoEntry: false })) {
    assertOurs(folder);
    // Cleaners of temporary files remove what was not read for days, file by file.
    if (isWhole(native, copy)) return copy;
    discard(folder);
  }
  makeCopy(native, folder);
  assertOurs(folder);
  return copy;
}

/** Renamed into place when whole; where another start was quicker, its copy is as good as ours. */
function makeCopy(native: string, folder: string): void {
  const staging = fs.mkdtempSync(`${folder}.`);
  try {
    const copy = path.join(staging, 'native');
    fs.cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    openToEverybody(staging);
    repairBinaries(copy);
    fs.renameSync(staging, folder);
  } catch (error) {
    fs.rmSync(staging, { recursive: true, force: true });
    if (!fs.existsSync(path.join(folder, 'native'))) throw error;
  }
}

function openToEverybody(folder: string): void {
  fs.chmodSync(folder, 0o755);
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const isProgram = entry.isDirectory() || path.basename(entry.parentPath) === 'bin';
    fs.chmodSync(path.join(entry.parentPath, entry.name), isProgram ? 0o755 : 0o644);
  }
}

function isWhole(native: string, copy: string): boolean {
  const names = fs.readdirSync(native, { recursive: true, encoding: 'utf8' });
  return (
    names.every((name) => sizeOf(path.join(copy, name)) === sizeOf(path.join(native, name))) &&
    missingLinks(copy).length === 0
  );
}

function sizeOf(file: string): number | undefined {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat?.isDirectory() ? 0 : stat?.size;
}

function discard(folder: string): void {
  const aside = fs.mkdtempSync(`${folder}.`);
  fs.renameSync(folder, path.join(aside, 'old'));
  fs.rmSync(aside, { recursive: true, force: true });
}

function assertOurs(folder: string): void {
  const stat = fs.lstatSync(folder);
  if (stat.isDirectory() && isTrusted(stat) && (stat.mode & 0o022) === 0) return;
  throw new EmbeddedPostgresError(
    'START_FAILED',
    `${folder} should hold our copy of the PostgreSQL programs, but another account (its owner is uid ${stat.uid}) may ` +
      'write to it, so nothing in it is run. Remove it, or set TMPDIR to a folder of your own.',
  );
}

/** Up to the root: who may rename a folder on the way could put another in its place. */
function assertOthersCannotReplace(parent: string): void {
  for (let folder = fs.realpathSync(parent); ; folder = path.dirname(folder)) {
    const stat = fs.statSync(folder);
    const sticky = (stat.mode & 0o1000) !== 0;
    if (!isTrusted(stat) || (!sticky && (stat.mode & 0o022) !== 0)) {
      const message = `Other accounts could replace files in ${folder}, so the PostgreSQL programs are not copied to ${parent}.`;
      throw new EmbeddedPostgresError('START_FAILED', message);
    }
    if (folder === path.dirname(folder)) return;
  }
}

function isTrusted({ uid }: fs.Stats): boolean {
  return uid === 0 || uid === process.getuid?.();
}
