import { sha256 } from '../ids.ts';
import type { Prepared } from './tx.ts';

/** A connection keeps each statement that has a name for as long as it lives, some tens of kilobytes each. */
const MOST_KEPT = 200;
/** So many of them may read a part of the columns: whoever asks for ever new parts leaves room for what all ask. */
const MOST_OF_PARTS = 100;
/** In so many parts an entity is read, besides as a whole: each is a text of its own of every list. */
export const MOST_PARTS = 5;
const NAME_LENGTH = 16;

/** As many values in an array as PostgreSQL reckons with when it plans for all values: ten. */
const FEW = 16;
const MOST_OF_FEW = 300;

const lists = new Map<string, Prepared>();
const byConnection = new WeakMap<object, Map<string, Prepared>>();

/** The statement, as connections keep it; null once there are too many: it is then planned each time. */
export const kept = (text: string): Prepared | null => keptAmong(lists, MOST_KEPT, text);

/** The same of a statement that reads a part of what another reads; null once there are too many: then the other is read. */
export const keptPart = (text: string): Prepared | null => keptAmong(lists, MOST_OF_PARTS, text);

/**
 * The same of any statement on this connection, where its values are few: one plan for all values would not do for a
 * thousand. Such a statement names its columns: with `*` it would fail where a later release adds one while this one
 * still runs.
 */
export function keptForFew(connection: object, text: string, values: readonly unknown[]): Prepared | null {
  if (!values.every(isFew)) return null;
  const statements = byConnection.get(connection) ?? new Map<string, Prepared>();
  byConnection.set(connection, statements);
  return keptAmong(statements, MOST_OF_FEW, text);
}

const isFew = (value: unknown): boolean => !Array.isArray(value) || value.length <= FEW;

function keptAmong(statements: Map<string, Prepared>, most: number, text: string): Prepared | null {
  const known = statements.get(text);
  if (known) return known;
  if (statements.size >= most) return null;
  const statement = { name: sha256(text).toString('base64url').slice(0, NAME_LENGTH), text };
  statements.set(text, statement);
  return statement;
}
