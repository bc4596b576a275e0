import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { fixtureLookup, type Lookup } from '../routing/lookup.ts';
import { FolderError } from './data-folder.ts';

const FILE = 'lookups.json';

/** What a trial answers itself instead of asking the world: `lookups.json` in its folder. Null when there is none. */
export function readLookupFile(folder: string): Lookup | null {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return null;
  try {
    return fixtureLookup(readFileSync(file, 'utf8'));
  } catch (error) {
    const message = `${file} is not what look-ups are answered from: ${error instanceof Error ? error.message : String(error)}`;
    throw new FolderError('BAD_LOOKUPS', message);
  }
}
