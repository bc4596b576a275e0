import { sha256 } from '../ids.ts';
import type { Prepared } from './tx.ts';

/** A connection keeps each statement that has a name for as long as it lives, some tens of kilobytes each. */
const MOST_KEPT = 200;
const NAME_LENGTH = 16;

const statements = new Map<string, Prepared>();

/** The statement, as connections keep it; as it is once there are too many: it is then planned each time. */
export function kept(text: string): Prepared | string {
  const known = statements.get(text);
  if (known) return known;
  if (statements.size >= MOST_KEPT) return text;
  const statement = { name: sha256(text).toString('base64url').slice(0, NAME_LENGTH), text };
  statements.set(text, statement);
  return statement;
}
