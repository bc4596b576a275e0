import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { z } from 'zod';

import { readIfThere, writePrivately } from './private-file.ts';

/** TRIAL: loopback only, demo organisations, names reserved for documentation. For ever, as PRODUCTION is. */
export type HubMode = 'TRIAL' | 'PRODUCTION';

const secretsFile = z.object({
  mode: z.enum(['TRIAL', 'PRODUCTION']),
  superuserPassword: z.string().min(32),
  loginSecret: z.string().min(32),
});

/** What `secrets.json` holds: made once, together with the mode, and never changed. */
export type Secrets = z.infer<typeof secretsFile>;

/** The data folder is not what the command needs; says what to do. */
export class FolderError extends Error {
  override readonly name = 'FolderError';

  constructor(
    readonly code: 'NO_HUB' | 'NOT_PRIVATE' | 'SECRETS_LOST' | 'WRONG_MODE' | 'IN_USE' | 'BAD_LOOKUPS' | 'WRONG_NAME',
    message: string,
  ) {
    super(message);
  }
}

const fileIn = (folder: string): string => path.join(folder, 'secrets.json');

/** The secrets of the hub in the folder, which is made, in this mode, where there is none. */
export function openDataFolder(folder: string, mode: HubMode): Secrets {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  keepPrivate(folder);
  const known = readSecrets(folder);
  if (known && mode === 'TRIAL' && known.mode === 'PRODUCTION') {
    const message = `${folder} was made for production, and takes no demo data. Leave --demo out, or give another --folder.`;
    throw new FolderError('WRONG_MODE', message);
  }
  return known ?? makeSecrets(folder, mode);
}

/** Null when the folder holds no hub yet. */
export function readSecrets(folder: string): Secrets | null {
  const text = readIfThere(fileIn(folder));
  if (text !== null) return parseSecrets(folder, text);
  if (fs.existsSync(path.join(folder, 'postgres'))) {
    const message = `${folder} holds a database, but its secrets.json is missing: put that back, or move the folder away.`;
    throw new FolderError('SECRETS_LOST', message);
  }
  return null;
}

function parseSecrets(folder: string, text: string): Secrets {
  try {
    return secretsFile.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${fileIn(folder)} cannot be read as what this hub wrote: put it back, or move the folder away.`;
    throw Object.assign(new FolderError('SECRETS_LOST', message), { cause });
  }
}

/** Of two first starts at once one writes; both go on with what is then there. */
function makeSecrets(folder: string, mode: HubMode): Secrets {
  const secret = (): string => randomBytes(32).toString('base64url');
  const made: Secrets = { mode, superuserPassword: secret(), loginSecret: secret() };
  writePrivately(fileIn(folder), `${JSON.stringify(made, null, 2)}\n`, { unlessThere: true });
  return parseSecrets(folder, readIfThere(fileIn(folder)) ?? '');
}

/** Keys lie in it. A folder that others may enter is closed to them, unless it is not ours to close. */
function keepPrivate(folder: string): void {
  if ((fs.statSync(folder).mode & 0o077) === 0) return;
  const names = fs.readdirSync(folder);
  if (names.length > 0 && !names.includes('secrets.json')) {
    const message = `${folder} is open to others and holds other files. Give another --folder, or close it: chmod 700 ${folder}`;
    throw new FolderError('NOT_PRIVATE', message);
  }
  fs.chmodSync(folder, 0o700);
}
