import { sha256 } from '../ids.ts';

/** A connection keeps each statement that has a name for as long as it lives, some tens of kilobytes each. */
const MOST_KEPT = 200;
const NAME_LENGTH = 16;

const names = new Map<string, string>();

/** The name under which connections keep a statement; null once there are too many: it is then planned each time. */
export function nameOf(text: string): string | null {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= MOST_KEPT) return null;
  const name = sha256(text).toString('base64url').slice(0, NAME_LENGTH);
  names.set(text, name);
  return name;
}
