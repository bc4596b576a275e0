/** A text taken apart where the host ends, with defanging undone. */
export interface Refanged {
  /** As written, in lower case and without the separator; null if the text has none. */
  readonly scheme: string | null;
  /** What stands before the first `/`, `?` or `#`: host and port, an e-mail address, an address, a hash. */
  readonly authority: string;
  /** Path, query and fragment, from their first character on. */
  readonly rest: string;
}

// Every quantifier is bounded, so that each expression is linear in the text.
const SCHEME = /^([a-z*][a-z0-9+.*-]{0,31})(?:\[:\/\/\]|(?::|\[:\]|\(:\))(?:\/\/|\[\/\/\]|\\\\))/i;
const MARK = / ?(?:[[({] ?(\.|dot|@|at|:) ?[\])}]|\[\.|\.\]) ?/gi;
const MARK_IN_REST = /\[([.:@])\]/g;
const END_OF_HOST = /[/?#]/;
const END_OF_HOST_IN_URL = /[/?#\\]/;

const DEFANGED_SCHEMES: Readonly<Record<string, string>> = {
  hxxp: 'http',
  hxxps: 'https',
  'h**p': 'http',
  'h**ps': 'https',
  fxp: 'ftp',
};

/**
 * Undoes `hxxp`, `[.]`, `(at)`, `{dot}`, `[:]` and their like.
 *
 * Marks are undone in scheme and host, where brackets cannot otherwise stand. A path may rightly contain `[.]`, so
 * there only square marks are undone, and only if scheme or host was defanged too: then one tool did both.
 */
export function refang(text: string): Refanged {
  const found = SCHEME.exec(text);
  const written = found?.[1]?.toLowerCase() ?? null;
  // WHATWG URL, "special authority ignore slashes state": for http, https and ftp further slashes mean nothing.
  const afterScheme = found ? text.slice(found[0].length).replace(/^[/\\]+/, '') : text;
  const end = afterScheme.search(found ? END_OF_HOST_IN_URL : END_OF_HOST);
  const host = end === -1 ? afterScheme : afterScheme.slice(0, end);
  const rest = end === -1 ? '' : afterScheme.slice(end);

  const scheme = written === null ? null : (DEFANGED_SCHEMES[written] ?? written);
  const authority = host.replace(MARK, mark);
  const defanged = scheme !== written || authority !== host || /[[\\(]/.test(found?.[0] ?? '');
  return { scheme, authority, rest: defanged ? rest.replace(MARK_IN_REST, '$1') : rest };
}

/** True if there is something to undo: after `refang`, that undoing marks has made new ones. */
export function hasMarks(authority: string): boolean {
  return authority.search(MARK) !== -1;
}

/**
 * The value as it may be shown or mailed: no program makes a link of it. `readObservable` undoes it, except in the
 * path of a URL that has square marks of its own.
 */
export function defang(value: string): string {
  const found = /^(http|ftp)(s?:\/\/)([^/?#]*)/.exec(value);
  if (!found) return value.replace(/[.@]/g, '[$&]');
  const [start, scheme, separator = '', authority = ''] = found;
  const harmless = scheme === 'ftp' ? 'fxp' : 'hxxp';
  return harmless + separator + authority.replace(/[.@]/g, '[$&]') + value.slice(start.length);
}

function mark(_match: string, sign: string | undefined): string {
  switch (sign?.toLowerCase()) {
    case '@':
    case 'at':
      return '@';
    case ':':
      return ':';
    default:
      return '.';
  }
}
