import { randomBytes } from 'node:crypto';

import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { addKey, type NewKey } from './log-key.service.ts';
import { currentLogKeys, readLogKeys } from './log-keys.ts';
import { idOfKey, newKeptKey, SigningKey, type KeptKey, type KeyVault } from './signing-key.ts';

/** The private half of a key that signs for this hub is not where it should be; says what to do. */
export class KeyLost extends Error {
  override readonly name = 'KeyLost';
}

/** A first receipt key signs for entries of any age: a ledger may be older than its keys. */
const BEGINNING = new Date(0);

export interface Opening {
  /** What to call a log that has no name yet. */
  readonly origin: string | null;
  /** False: this process signs receipts and statements alone, and need not hold the keys of the log. */
  readonly signsLog: boolean;
}

/**
 * The log's name; with its first keys where the hub starts for the first time. Throws KeyLost when the vault is not
 * that of this hub.
 */
export async function openLog(
  work: Work,
  clock: Clock,
  vault: KeyVault,
  { origin, signsLog }: Opening,
): Promise<string> {
  return work.asSystem(async (tx) => {
    const name = await nameLog(tx, origin);
    const known = await readLogKeys(tx);
    const kept = await vault.read();
    if (known.log.length + known.receipt.length === 0)
      await addFirstKeys(tx, clock.now(), name, await firstKeys(vault, kept));
    else {
      const receipt = known.receipt.filter(({ until }) => until === null);
      requireKeys(signsLog ? [...currentLogKeys(known), ...receipt] : receipt, name, vault, kept);
    }
    return name;
  });
}

async function nameLog(tx: Tx, origin: string | null): Promise<string> {
  // Locks the row: of two first starts at once the second waits, and finds the first one's name and keys.
  const [tree] = await tx.query<{ origin: string }>(
    'UPDATE ledger_tree SET origin = coalesce(origin, $1) WHERE log_id = 1 RETURNING origin',
    [origin ?? `tocsin-${randomBytes(4).toString('hex')}`],
  );
  if (!tree) throw new Error('The ledger has no tree.');
  return tree.origin;
}

async function firstKeys(vault: KeyVault, kept: readonly KeptKey[] | null): Promise<readonly KeptKey[]> {
  const purposes = (['LOG', 'RECEIPT'] as const).filter((purpose) => !kept?.some((key) => key.purpose === purpose));
  const made = purposes.map(newKeptKey);
  if (made.length > 0) await vault.add(made);
  return [...(kept ?? []), ...made];
}

async function addFirstKeys(tx: Tx, at: Date, origin: string, kept: readonly KeptKey[]): Promise<void> {
  for (const purpose of ['LOG', 'RECEIPT'] as const) {
    const newest = kept.findLast((key) => key.purpose === purpose);
    if (newest) await addKey(tx, at, newKeyOf(newest, origin, purpose === 'LOG' ? 0 : BEGINNING));
  }
}

export function newKeyOf(kept: KeptKey, origin: string, from: number | Date): NewKey {
  const { publicKey } = new SigningKey(kept);
  return { id: idOfKey(kept.purpose, publicKey, origin), purpose: kept.purpose, publicKey, from };
}

function requireKeys(
  needed: readonly { id: string; publicKey: Buffer }[],
  origin: string,
  vault: KeyVault,
  kept: readonly KeptKey[] | null,
): void {
  const held = new Set(kept?.map((key) => new SigningKey(key).publicKey.toString('hex')));
  const lost = needed.filter(({ publicKey }) => !held.has(publicKey.toString('hex')));
  if (lost.length === 0) return;
  const ids = lost.map(({ id }) => id).join(', ');
  throw new KeyLost(
    `${vault.place} does not hold ${ids}, by which ${origin} signs: put the file back, or, if it is lost for good, ` +
      'run "tocsin keys rotate --lost".',
  );
}
