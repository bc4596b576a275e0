import type pg from 'pg';

import type { Tx } from '../platform/database/tx.ts';
import { toBase64Url } from '../verifier/encoding.ts';
import { vkeyOf } from '../verifier/note.ts';
import type { KeyPurpose } from './signing-key.ts';

interface Row {
  id: string;
  purpose: KeyPurpose;
  public_key: Buffer;
  from_size: string | null;
  until_size: string | null;
  valid_from: Date | null;
  valid_until: Date | null;
  retire_at: Date | null;
}

/** May sign trees of the sizes from `from` to `until`, both of them too; null: it has no end yet. */
export interface LogKey {
  readonly id: string;
  readonly publicKey: Buffer;
  readonly from: number;
  readonly until: number | null;
  readonly retireAt: Date | null;
}

/** May sign what happened from `from` to `until`, both of them too. */
export interface ReceiptKey {
  readonly id: string;
  readonly publicKey: Buffer;
  readonly from: Date;
  readonly until: Date | null;
}

/** The public halves of a hub's keys, oldest first. */
export interface LogKeys {
  readonly log: readonly LogKey[];
  readonly receipt: readonly ReceiptKey[];
}

const COLUMNS = 'id, purpose, public_key, from_size, until_size, valid_from, valid_until, retire_at';
export const READ_KEYS = `SELECT ${COLUMNS} FROM log_keys() ORDER BY ord`;

/** Of rows of `READ_KEYS`. */
export function keysOf(rows: readonly pg.QueryResultRow[]): LogKeys {
  const all = rows as readonly Row[];
  return {
    log: all.flatMap(({ id, public_key: publicKey, from_size, until_size, retire_at: retireAt }) =>
      from_size === null
        ? []
        : [
            {
              id,
              publicKey,
              from: Number(from_size),
              until: until_size === null ? null : Number(until_size),
              retireAt,
            },
          ],
    ),
    receipt: all.flatMap(({ id, public_key: publicKey, valid_from, valid_until: until }) =>
      valid_from === null ? [] : [{ id, publicKey, from: valid_from, until }],
    ),
  };
}

export async function readLogKeys(tx: Tx): Promise<LogKeys> {
  return keysOf(await tx.query(READ_KEYS));
}

/** Those that sign what comes now. */
export const currentLogKeys = ({ log }: LogKeys): LogKey[] => log.filter(({ until }) => until === null);

/** The keys whose window an entry of this instant is in, newest first: the first signs, so that every node takes the same. */
export function receiptKeysAt({ receipt }: LogKeys, at: Date): ReceiptKey[] {
  return receipt.filter(({ from, until }) => from <= at && (until === null || at <= until)).reverse();
}

/** The text of the note by which whoever knows one log key learns all others; signed by each that is valid now. */
export function keysText(origin: string, { log, receipt }: LogKeys): string {
  const lines = [
    ...log.map(({ publicKey, from, until }) => `log ${vkeyOf({ name: origin, publicKey })} ${from} ${until ?? '-'}`),
    ...receipt.map(
      ({ id, publicKey, from, until }) =>
        `receipt ${id} ${toBase64Url(publicKey)} ${from.toISOString()} ${until?.toISOString() ?? '-'}`,
    ),
  ];
  return `${origin}/keys\n${lines.join('\n')}\n`;
}
