import type { Tx } from '../platform/database/tx.ts';
import type { Viewer } from '../platform/viewer.ts';
import { sealEntries, type Actor } from './entry.ts';
import { draft, type Draft, type Fact } from './fact.ts';

const APPEND = {
  name: 'append',
  text: 'SELECT ledger_append($1::uuid[], $2, $3::bytea[], $4::bytea[], $5::int[], $6::uuid[])',
};

/** In whose name, and when. */
export interface Author {
  readonly actor: Actor | null;
  readonly at: Date;
}

export function authorOf(viewer: Viewer, at: Date): Author {
  return { actor: { id: viewer.organisationId, name: viewer.organisationName }, at };
}

export const theHub = (at: Date): Author => ({ actor: null, at });

/**
 * Writes entries, as the last act of the transaction that they describe; ids of the entries, in order. Who hears them
 * is computed by the database from the rows they list, and all rows of a draft must be heard by the same.
 */
export function append(tx: Tx, { actor, at }: Author, drafts: readonly Draft[]): Promise<string[]> {
  const entries = drafts.flatMap((each) => sealEntries(each, actor, at));
  if (entries.length === 0) return Promise.resolve([]);
  const subjects = entries.flatMap((entry, index) => entry.subjects.map((id) => ({ entry: index + 1, id })));
  tx.send(APPEND, [
    entries.map(({ id }) => id),
    entries.map(({ kind }) => kind),
    entries.map(({ salt }) => salt),
    entries.map(({ body }) => body),
    subjects.map(({ entry }) => entry),
    subjects.map(({ id }) => id),
  ]);
  return Promise.resolve(entries.map(({ id }) => id));
}

/** For an act that is one entry: its id. */
export async function appendOne(tx: Tx, author: Author, one: Draft, ...rest: readonly Draft[]): Promise<string> {
  const [first] = await append(tx, author, [one, ...rest]);
  if (first === undefined) throw new Error('An act without rows has no entry.');
  return first;
}

/**
 * The rows parted into drafts by who hears of them, which the database knows and does not say; in the order of their ids,
 * since the order in which a statement returns them can depend on rows that their readers do not know of.
 */
export async function draftsOf<Row extends { id: string }>(
  tx: Tx,
  fact: Fact<Row>,
  rows: readonly Row[],
): Promise<Draft[]> {
  const ids = [...new Set(rows.map(({ id }) => id))];
  if (ids.length < 2) return rows.length === 0 ? [] : [draft(fact, rows)];
  const circles = await tx.query<{ id: string; circle: string }>('SELECT id, circle FROM same_hearers($1, $2)', [
    fact.kind,
    ids,
  ]);
  const circleOf = new Map(circles.map(({ id, circle }) => [id, circle]));
  const sorted = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return [...Map.groupBy(sorted, ({ id }) => circleOf.get(id)).values()].map((circle) => draft(fact, circle));
}
