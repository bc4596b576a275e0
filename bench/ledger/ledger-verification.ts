import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { folderSource } from '../../src/cli/verify-source.ts';
import { writeLogBundle } from '../../src/server/archive/log-bundle.ts';
import { verifyLog } from '../../src/verifier/log-bundle.ts';
import { connectTo } from '../support/database.ts';
import type { LedgerPlace } from './ledger-place.ts';
import { compare, rate, type Figure } from '../support/measure.ts';

/** The whole log, as `tocsin verify` reads it, beside one SHA-256 of each entry and nothing else. */
export async function verification(place: LedgerPlace, pairs: number): Promise<Figure[]> {
  const folder = path.join(place.folder, 'bundle');
  mkdirSync(folder);
  const client = await connectTo(place.address.adminUrl);
  await writeLogBundle(client, folder);
  const { rows } = await client.query<{ size: string }>('SELECT size FROM ledger_head');
  await client.end();
  const size = Number(rows[0]?.size);
  const target = { name: 'ledger', metric: 'entries verified/s / one SHA-256 of each', bar: 0.3, goal: 0.5 } as const;
  return [
    await compare(
      { ...target, better: 'least' },
      () => verified(folder, size),
      () => hashed(folder, size),
      pairs,
    ),
  ];
}

function verified(folder: string, size: number): Promise<number> {
  return rate(size, async () => {
    const verdict = await verifyLog(folderSource(folder), 'WHOLE', { pinned: null, seen: null });
    if (!verdict.ok || verdict.entriesVerified !== size) throw new Error(JSON.stringify(verdict));
  });
}

/** Reads the same file line by line: bytes that are not read cannot be hashed. */
function hashed(folder: string, size: number): Promise<number> {
  return rate(size, async () => {
    let count = 0;
    const lines = createInterface({ input: createReadStream(path.join(folder, 'payloads.ndjson')) });
    for await (const line of lines) {
      const { salt, body } = JSON.parse(line) as { salt: string; body: string };
      const hash = createHash('sha256').update(Buffer.from(salt, 'base64')).update(Buffer.from(body, 'base64'));
      if (hash.digest().length === 32) count += 1;
    }
    if (count !== size) throw new Error(`${count} of ${size} entries were hashed.`);
  });
}
