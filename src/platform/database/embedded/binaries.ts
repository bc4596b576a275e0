import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';
import { copyForEverybody } from './binaries-copy.ts';
import { repairBinaries } from './binaries-repair.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const useYourOwn = 'Set DATABASE_URL to a PostgreSQL of version 17 or later instead.';

/**
 * The programs of the npm package where the account can run them, else of a copy (the package may be in a folder that
 * only root can enter, or be read-only and lack its links). Nothing is believed about modes, links and mounts: each
 * program is run once, which needs the way to it, the executable bit and every library.
 */
export async function findBinaries(account: Account): Promise<Binaries> {
  const { native, version } = locatePackage();
  repairBinaries(native);
  const places = [() => native, ...copyPlaces().map((parent) => () => copyForEverybody(native, version, parent))];
  const failures: string[] = [];
  for (const place of places) {
    try {
      return await runnable(place(), account);
    } catch (error) {
      failures.push(error instanceof Error ? error.message.trim() : String(error));
    }
  }
  throw new EmbeddedPostgresError(
    'NOT_SUPPORTED',
    `The embedded PostgreSQL does not run here:\n${failures.join('\n')}\n` +
      `If every folder for temporary files forbids programs, set TMPDIR to another. ${useYourOwn}`,
  );
}

function locatePackage(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (process.platform !== 'linux' || !fs.existsSync('/proc/self/cwd')) {
    throw new EmbeddedPostgresError('NOT_SUPPORTED', `The embedded PostgreSQL needs Linux with /proc. ${useYourOwn}`);
  }
  try {
    const folder = path.join(path.dirname(createRequire(import.meta.url).resolve(name)), '..');
    const manifest: unknown = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const version = manifest instanceof Object && 'version' in manifest ? String(manifest.version) : 'unknown';
    return { native: path.join(folder, 'native'), version };
  } catch (cause) {
    const message = `The embedded PostgreSQL for ${process.platform} on ${process.arch} (${name}) is not installed. ${useYourOwn}`;
    throw new EmbeddedPostgresError('NOT_SUPPORTED', message, { cause });
  }
}

/** The folder for temporary files may be private to root (libpam-tmpdir) or forbid programs (noexec). */
function copyPlaces(): string[] {
  return [...new Set([os.tmpdir(), '/tmp', '/var/tmp'])];
}

async function runnable(native: string, account: Account): Promise<Binaries> {
  const binaries = { initdb: path.join(native, 'bin', 'initdb'), postgres: path.join(native, 'bin', 'postgres') };
  const tries = Object.values(binaries).map((program) =>
    promisify(execFile)(program, ['--version'], { ...account, cwd: '/', env: {} }),
  );
  await Promise.all(tries);
  return binaries;
}
