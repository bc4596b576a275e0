/**
 * Whether a text can be kept and signed as it is: PostgreSQL has no NUL in a text, and neither UTF-8 nor the canonical
 * form of an entry (RFC 8785 3.2.2.2) has half a surrogate pair.
 */
export function isKeepable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
