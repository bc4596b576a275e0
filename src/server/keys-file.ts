import fs from 'node:fs';
import path from 'node:path';

import { z } from 'zod';

import { keptKey, type KeptKey, type KeyVault } from '../ledger/signing-key.ts';
import { FolderError } from './data-folder.ts';
import { readIfThere, writePrivately } from './private-file.ts';

const keysFile = z.object({ keys: z.array(keptKey) });

/** The private keys of a hub in a file that only its user reads. Of a hub with several nodes each has the same file. */
export class KeysFile implements KeyVault {
  constructor(readonly place: string) {}

  read(): Promise<readonly KeptKey[] | null> {
    return Promise.resolve(this.keys());
  }

  add(keys: readonly KeptKey[]): Promise<void> {
    this.write([...(this.keys() ?? []), ...keys]);
    return Promise.resolve();
  }

  remove(publicKeys: readonly string[]): Promise<void> {
    const kept = this.keys();
    if (kept?.some(({ x }) => publicKeys.includes(x))) this.write(kept.filter(({ x }) => !publicKeys.includes(x)));
    return Promise.resolve();
  }

  private keys(): readonly KeptKey[] | null {
    const text = readIfThere(this.place);
    if (text === null) return null;
    try {
      return keysFile.parse(JSON.parse(text)).keys;
    } catch (cause) {
      const message = `${this.place} cannot be read as the keys that this hub wrote: put it back.`;
      throw Object.assign(new FolderError('SECRETS_LOST', message), { cause });
    }
  }

  private write(keys: readonly KeptKey[]): void {
    fs.mkdirSync(path.dirname(this.place), { recursive: true, mode: 0o700 });
    writePrivately(this.place, `${JSON.stringify({ keys }, null, 2)}\n`);
  }
}
