import type { Tx } from '../platform/database/tx.ts';
import { ERASED, KEPT } from './erasure.ts';
import { PART, type Due, type Rows } from './erasure.queries.ts';

export interface Entry {
  readonly id: string;
  readonly position: string;
  /** The flow has not acted on it yet, and would not once its words are gone. */
  readonly pending: boolean;
}

/** Of rows that keep most of what they say, the kinds that quote what is erased. */
const QUOTING = {
  report: ['RESPONSIBILITIES_CHANGED'],
  referral: ['LINES_WITHDRAWN', 'LINES_RETRACTED'],
} as const;

/** Every entry that says something of these rows, the one that was ordered first; whole: it cannot be erased in part. */
export async function entriesOn(
  tx: Tx,
  entry: string,
  whole: readonly string[],
  quoted: Pick<Rows, 'report' | 'referral'>,
  reacting: readonly string[],
): Promise<Entry[]> {
  return tx.query<Entry>(
    `SELECT l.entry_id AS id, l.position, coalesce(l.position > f.position AND l.kind = ANY ($7), false) AS pending
       FROM ledger l JOIN ledger_payload p ON p.entry_id = l.entry_id LEFT JOIN follower f ON f.name = l.lane
      WHERE p.body IS NOT NULL AND l.kind <> ALL ($8) AND (l.entry_id = $1
         OR l.entry_id IN (SELECT entry_id FROM entry_subject WHERE subject_id = ANY ($2))
         OR l.kind = ANY ($5) AND l.entry_id IN (SELECT entry_id FROM entry_subject WHERE subject_id = ANY ($3))
         OR l.kind = ANY ($6) AND l.entry_id IN (SELECT entry_id FROM entry_subject WHERE subject_id = ANY ($4)))
      ORDER BY l.position LIMIT ${PART}`,
    [entry, whole, quoted.report, quoted.referral, QUOTING.report, QUOTING.referral, reacting, [...KEPT]],
  );
}

/** Committed and not numbered yet. */
export async function isOnItsWay(tx: Tx, rows: readonly string[]): Promise<boolean> {
  const found = await tx.query(
    'SELECT FROM ledger_inbox i JOIN entry_subject s ON s.entry_id = i.entry_id WHERE s.subject_id = ANY ($1) LIMIT 1',
    [rows],
  );
  return found.length > 0;
}

/** Salt and body: what is left is a hash of what nobody can guess. */
export async function eraseBodies(tx: Tx, entries: readonly Entry[]): Promise<void> {
  await Promise.all([
    tx.query('UPDATE ledger_payload SET salt = NULL, body = NULL WHERE entry_id = ANY ($1)', [
      entries.map(({ id }) => id),
    ]),
    tx.query(`UPDATE follower_failure SET error = '${ERASED}' WHERE position = ANY ($1)`, [
      entries.map(({ position }) => position),
    ]),
  ]);
}

/** Who had heard them, each with those that it had. */
export function hearersOf(tx: Tx, entries: readonly Entry[]): Promise<{ id: string; entries: string[] }[]> {
  return tx.query<{ id: string; entries: string[] }>(
    `SELECT o.id, array_agg(f.entry_id ORDER BY f.seq) AS entries FROM organisation o
       JOIN feed f ON f.organisation_id = o.id AND f.entry_id = ANY ($1) GROUP BY o.id ORDER BY o.id`,
    [entries.map(({ id }) => id)],
  );
}

/** Acts that waited for other eyes are kept to the letter; whose they were, of those that name one of these rows. */
export async function eraseRequests(tx: Tx, globalIds: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `UPDATE approval SET input = '${ERASED}', input_hash = sha256(uuid_send(gen_random_uuid())), version = version + 1
      WHERE EXISTS (SELECT FROM unnest($1::text[]) named WHERE strpos(input, named) > 0) RETURNING organisation_id AS id`,
    [globalIds],
  );
  return [...new Set(rows.map(({ id }) => id))];
}

/** How much is gone by now; `at`: when it was done. */
export function countErased(
  tx: Tx,
  { id }: Due,
  { entries, rows, at }: { entries: number; rows: number; at: Date | null },
): Promise<{ entries: number; rows: number }[]> {
  return tx.query<{ entries: number; rows: number }>(
    `UPDATE erasure SET entries = entries + $2, rows = rows + $3, started = true, done_at = $4 WHERE id = $1 RETURNING entries, rows`,
    [id, entries, rows, at],
  );
}
