import path from 'node:path';

import type { ProofConfig } from '../app/config/proof.ts';
import type { ProofOptions } from '../app/workers.ts';
import { HttpWitness } from '../ledger/witness.ts';
import { AnchorFile } from './anchor-file.ts';
import { KeysFile } from './keys-file.ts';

const NOTHING_SAID: ProofConfig = { keys: null, anchor: null, witness: null, origin: null };

/**
 * EMBEDDED: a hub with its database in the folder. Its anchor is beside the folder, not in it: what is copied and put
 * back with the data would notice nothing. THROWAWAY: the same for once, without an anchor. DATABASE_URL: the database
 * is elsewhere, and has an anchor only where somebody says one.
 */
export type Setting = 'EMBEDDED' | 'THROWAWAY' | 'DATABASE_URL';

/** Where a hub keeps what its proofs rest on. */
export function proofFiles(setting: Setting, folder: string, said: ProofConfig = NOTHING_SAID): ProofOptions {
  const place = said.anchor ?? (setting === 'EMBEDDED' ? `${path.resolve(folder)}.anchor` : null);
  // Apart from those of a trial that may be in the same folder.
  const keys = setting === 'DATABASE_URL' ? 'database-keys.json' : 'keys.json';
  return {
    vault: new KeysFile(path.resolve(said.keys ?? path.join(folder, keys))),
    anchor: place === null ? null : new AnchorFile(path.resolve(place)),
    quorum: said.witness && {
      witnesses: said.witness.each.map(({ url, key }) => new HttpWitness(url, key)),
      needed: said.witness.quorum,
    },
    origin: said.origin,
  };
}
