import fs from 'node:fs';
import files from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a file that only its owner can read, whole or not at all: whoever reads it meanwhile finds the old one or the
 * new one. With `unlessThere` a file that exists stays as it is, also when it comes at the same moment.
 */
export function writePrivately(file: string, text: string, { unlessThere = false } = {}): void {
  const draft = `${file}.${process.pid}.${Date.now()}`;
  try {
    const descriptor = fs.openSync(draft, 'wx', 0o600);
    try {
      giveToOwnerOf(path.dirname(file), descriptor);
      fs.writeFileSync(descriptor, text);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    if (unlessThere) linkUnlessThere(draft, file);
    else fs.renameSync(draft, file);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** The old file or the new one, and the new one for good: also after the power fails. */
export async function writeDurably(file: string, text: string): Promise<void> {
  await files.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  const handle = await files.open(draft, 'w', 0o600);
  try {
    giveToOwnerOf(path.dirname(file), handle.fd);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await files.rename(draft, file);
  const folder = await files.open(path.dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Null when there is none. */
export function readIfThere(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function linkUnlessThere(draft: string, file: string): void {
  try {
    fs.linkSync(draft, file);
  } catch (error) {
    if (!fs.existsSync(file)) throw error;
  }
}

/** A start with sudo must leave files that the folder's own user can still read. */
function giveToOwnerOf(folder: string, descriptor: number): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = fs.statSync(folder);
  fs.fchownSync(descriptor, uid, gid);
}
