import type { Tx } from '../platform/database/tx.ts';
import { toBase64Url } from '../verifier/encoding.ts';
import type { LogKey, ReceiptKey } from './log-keys.ts';
import { KeyAdded, KeyRetired } from './log.facts.ts';
import { tellOperators } from './operators.ts';
import type { KeyPurpose } from './signing-key.ts';

export interface NewKey {
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly publicKey: Buffer;
  /** A tree size or an instant, as the purpose has it. */
  readonly from: number | Date;
}

/** Adds a key, and tells the operators. `lost`: why it must be a new one, where a log lost entries. */
export async function addKey(
  tx: Tx,
  at: Date,
  { id, purpose, publicKey, from }: NewKey,
  lost: { after: string; upTo: string } | null = null,
): Promise<void> {
  await tx.query(
    `INSERT INTO log_key (id, purpose, public_key, from_size, valid_from, added_at) VALUES ($1, $2, $3, $4, $5, $6)`,
    [id, purpose, publicKey, purpose === 'LOG' ? from : null, purpose === 'RECEIPT' ? from : null, at],
  );
  await tellOperators(tx, at, KeyAdded, [addedRow({ id, purpose, publicKey, from }, lost)]);
}

export const addedRow = (
  { id, purpose, publicKey, from }: NewKey,
  lost: { after: string; upTo: string } | null = null,
) => ({
  key: id,
  purpose,
  publicKey: toBase64Url(publicKey),
  from: from instanceof Date ? from.toISOString() : String(from),
  lost,
});

/** Ends a log key at a tree size, and tells the operators. Nothing happens to one that has ended. */
export async function endLogKey(tx: Tx, at: Date, { id, publicKey }: LogKey, until: number): Promise<void> {
  const ended = await tx.query('UPDATE log_key SET until_size = $2 WHERE id = $1 AND until_size IS NULL RETURNING id', [
    id,
    until,
  ]);
  if (ended.length === 0) return;
  const row = { key: id, purpose: 'LOG' as const, publicKey: toBase64Url(publicKey), until: String(until) };
  await tellOperators(tx, at, KeyRetired, [row]);
}

/** Ends a receipt key at an instant, and tells the operators. */
export async function endReceiptKey(tx: Tx, at: Date, { id, publicKey }: ReceiptKey, until: Date): Promise<void> {
  await tx.query('UPDATE log_key SET valid_until = $2 WHERE id = $1', [id, until]);
  const row = { key: id, purpose: 'RECEIPT' as const, publicKey: toBase64Url(publicKey), until: until.toISOString() };
  await tellOperators(tx, at, KeyRetired, [row]);
}
