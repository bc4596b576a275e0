import { entities } from '../app/entities.ts';
import type { ProofOptions } from '../app/workers.ts';
import { acceptRestore, type Accepted } from '../ledger/accept-restore.service.ts';
import { openGeneration } from '../ledger/generation.service.ts';
import { readLogKeys, type LogKeys } from '../ledger/log-keys.ts';
import { rotateKeys, type Rotation } from '../ledger/rotate.service.ts';
import { SigningKey } from '../ledger/signing-key.ts';
import { systemClock } from '../platform/clock.ts';
import { connectAs, dataSourceFor } from '../platform/database/data-source.ts';
import type { DatabaseAddress } from '../platform/database/logins.ts';
import { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { requireMigrated } from './schema-version.ts';

/** A hub's keys, as whoever has its database and its files sees them. */
export interface Custody {
  readonly origin: string | null;
  readonly keys: LogKeys;
  /** Public halves (base64url) of the private keys that are here. */
  readonly held: ReadonlySet<string>;
  readonly refusal: { readonly code: string; readonly message: string } | null;
}

export async function custodyOf(address: DatabaseAddress, { vault }: ProofOptions): Promise<Custody> {
  const held = (await vault.read())?.map((kept) => new SigningKey(kept).publicKey.toString('base64url'));
  return withWork(address, (work) =>
    work.readAsSystem(async (tx) => {
      const [tree] = await tx.query<{ origin: string | null; refusal: string | null; refusal_message: string }>(
        'SELECT origin, refusal, refusal_message FROM ledger_tree WHERE log_id = 1',
      );
      const refusal = tree?.refusal == null ? null : { code: tree.refusal, message: tree.refusal_message };
      return { origin: tree?.origin ?? null, keys: await readLogKeys(tx), held: new Set(held), refusal };
    }),
  );
}

export async function rotateKeysOf(address: DatabaseAddress, { vault }: ProofOptions, how: Rotation): Promise<void> {
  await withWork(address, (work) => rotateKeys(work, systemClock, vault, how));
}

export async function acceptRestoreOf(address: DatabaseAddress, { vault, anchor }: ProofOptions): Promise<Accepted> {
  if (!anchor)
    throw new Refusal(
      'WRONG_STATE',
      'This hub has no anchor that could be behind: set TOCSIN_ANCHOR as its hub has it.',
    );
  return withWork(address, (work) => acceptRestore(work, systemClock, vault, anchor));
}

/** After a restore: every cursor of before is answered with a gap. The new generation. */
export async function openGenerationOf(address: DatabaseAddress): Promise<number> {
  const opened = await withWork(address, (work) => work.asSystem((tx) => openGeneration(tx, systemClock.now())));
  if (opened === null) throw new Error('No generation was opened.');
  return opened;
}

async function withWork<Result>(address: DatabaseAddress, use: (work: Work) => Promise<Result>): Promise<Result> {
  await requireMigrated(address);
  const app = await connectAs('tocsin_app', dataSourceFor('tocsin_app', address, entities, 1));
  const system = await connectAs('tocsin_system', dataSourceFor('tocsin_system', address, entities, 1));
  try {
    return await use(new Work(app, system));
  } finally {
    await Promise.all([app.destroy(), system.destroy()]);
  }
}
