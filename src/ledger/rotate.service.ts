import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { addKey, endLogKey, endReceiptKey } from './log-key.service.ts';
import { currentLogKeys, readLogKeys } from './log-keys.ts';
import { newKeyOf } from './open-log.service.ts';
import { newKeptKey, type KeyVault } from './signing-key.ts';

export interface Rotation {
  /** For how long the keys of before stay valid beside the new ones. */
  readonly overlapMs: number;
  /** The keys of before are gone: they end now, at what they have signed. */
  readonly lost: boolean;
}

/**
 * New keys for everything. The private halves are in the vault before the public ones are in the database: a crash in
 * between leaves a key that nobody uses. Log keys of before sign along with the new ones until their time is over.
 */
export async function rotateKeys(
  work: Work,
  clock: Clock,
  vault: KeyVault,
  { overlapMs, lost }: Rotation,
): Promise<void> {
  const [log, receipt] = [newKeptKey('LOG'), newKeptKey('RECEIPT')];
  await vault.add([log, receipt]);
  const at = clock.now();
  const until = new Date(at.getTime() + (lost ? 0 : overlapMs));
  const before = await work.asSystem(async (tx) => {
    const { origin, signedSize } = await lockLog(tx);
    const keys = await readLogKeys(tx);
    for (const key of currentLogKeys(keys)) {
      if (lost) await endLogKey(tx, at, key, Math.max(key.from, signedSize));
      else await tx.query('UPDATE log_key SET retire_at = coalesce(retire_at, $2) WHERE id = $1', [key.id, until]);
    }
    for (const key of keys.receipt) if (key.until === null) await endReceiptKey(tx, at, key, until);
    await addKey(tx, at, newKeyOf(log, origin, signedSize));
    await addKey(tx, at, newKeyOf(receipt, origin, at));
    return keys;
  });
  // Nothing is ever signed again with a log key that has ended. A receipt key signs its own time for ever.
  await vault.remove(
    before.log.filter((key) => key.until !== null).map(({ publicKey }) => publicKey.toString('base64url')),
  );
}

/** The log's name, and the size that was signed last; nobody else changes its keys meanwhile. */
export async function lockLog(tx: Tx): Promise<{ origin: string; signedSize: number }> {
  const [tree] = await tx.query<{ origin: string | null; signed: string }>(
    `SELECT t.origin, coalesce((SELECT c.size FROM newest_checkpoint() c), 0) AS signed
       FROM ledger_tree t WHERE t.log_id = 1 FOR UPDATE OF t`,
  );
  if (!tree?.origin) throw new Error('This hub has never been started: it has no keys yet.');
  return { origin: tree.origin, signedSize: Number(tree.signed) };
}
