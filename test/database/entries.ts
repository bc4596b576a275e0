import { randomBytes, randomUUID } from 'node:crypto';

import type pg from 'pg';

/** Appends one entry as this connection may; what it says is of no matter here. */
export async function appendEntry(client: pg.Client, kind: string, subjects: readonly string[]): Promise<void> {
  await client.query('SELECT ledger_append($1::uuid[], $2, $3::bytea[], $4::bytea[], $5::int[], $6::uuid[])', [
    [randomUUID()],
    [kind],
    [randomBytes(32)],
    [Buffer.from('{}')],
    subjects.map(() => 1),
    subjects,
  ]);
}

/** The SQLSTATE with which it fails; null when it does not. */
export async function codeOf(act: Promise<unknown>): Promise<string | null> {
  try {
    await act;
    return null;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined) throw error;
    return code;
  }
}
