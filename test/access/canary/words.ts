/** Whose word it is: of another circle altogether, of a rival at the same CERT, of another CERT at the same provider. */
export type Flock = 'b' | 'r' | 'c';

const WORD = /canary\d+([brc])z/gi;
/** Ids, tokens and cursors wrap texts. */
const WRAPPED = /[\w-]{20,}/g;

/** Makes words that occur nowhere else, and valid in names and mailboxes. */
export class Canaries {
  private count = 0;

  constructor(private readonly flock: Flock) {}

  readonly word = (): string => `canary${(this.count += 1)}${this.flock}z`;
}

/** The text and, behind it, what is wrapped in it. */
export function unwrapped(text: string): string {
  return [text, ...[...text.matchAll(WRAPPED)].map(([run]) => Buffer.from(run, 'base64url').toString('latin1'))].join(
    '\n',
  );
}

/** Words of the flocks that are in the text, but for those that the asker sent. */
export function canariesIn(text: string, flocks: readonly Flock[], sent = ''): string[] {
  const known = new Set([...sent.toLowerCase().matchAll(WORD)].map(([word]) => word));
  return [...new Set([...unwrapped(text).toLowerCase().matchAll(WORD)].map((match) => match))]
    .filter(([word, flock]) => flocks.includes(flock as Flock) && !known.has(word))
    .map(([word]) => word);
}
