import { endpoint, noted, unsupported, type Passed, type SharedValue } from '../shared-document.ts';

/** Types whose value is one observable, with the word for what it is. */
const SINGLE: Readonly<Record<string, string>> = {
  ...{ domain: 'domain', hostname: 'domain', url: 'url', uri: 'url', 'ip-src': 'ip', 'ip-dst': 'ip' },
  ...{ email: 'email', 'email-src': 'email', 'email-reply-to': 'email' },
  ...{ md5: 'md5', sha1: 'sha1', sha256: 'sha256', sha512: 'sha512' },
  'x509-fingerprint-sha256': 'x509-sha256',
};

/** Types that speak of a victim, of an analyst, or of a page about the threat: reporting their values would accuse it. */
const REFERENCES = new Set(['link', 'email-dst', 'whois-registrant-email', 'github-repository', 'attachment']);
const TEXTS = new Set(['comment', 'text', 'other', 'counter', 'datetime', 'boolean', 'float', 'hex', 'port']);

/** Categories whose values are about the threat and no part of it. */
const REFERENCE_CATEGORIES = new Set([
  ...['Attribution', 'Antivirus detection', 'External analysis', 'Internal reference', 'Person', 'Support Tool'],
  ...['Targeting data'],
]);

/** The observables in the value of an attribute of this type, or why it gives none. */
export function valuesOf(type: string, category: string, value: string): SharedValue[] | Passed {
  if (REFERENCES.has(type) || type.startsWith('target-') || REFERENCE_CATEGORIES.has(category)) {
    return noted('REFERENCE', 'It is about the threat, an analyst or a victim: it accuses nothing.');
  }
  if (Object.hasOwn(SINGLE, type)) return [{ text: value, type: SINGLE[type] ?? null }];
  if (TEXTS.has(type)) return noted('CONTEXT', 'It is text about other objects, and is not kept.');
  return (
    compositeOf(type, value) ??
    unsupported('UNSUPPORTED_TYPE', 'It is nothing that somebody can switch off or look up.')
  );
}

/** Two values in one, with a bar between them: names of files may have bars, what stands behind them has none. */
function compositeOf(type: string, value: string): SharedValue[] | null {
  const bar = value.lastIndexOf('|');
  const [left, right] = [value.slice(0, Math.max(bar, 0)), value.slice(bar + 1)];
  switch (type) {
    case 'domain|ip':
      return [
        { text: left, type: 'domain' },
        { text: right, type: 'ip' },
      ];
    case 'ip-src|port':
    case 'ip-dst|port':
    case 'hostname|port':
      return [endpoint(left, right)];
    case 'malware-sample':
      return [{ text: right, type: 'md5' }];
    default:
      return type.startsWith('filename|') && Object.hasOwn(SINGLE, type.slice(9))
        ? [{ text: right, type: SINGLE[type.slice(9)] ?? null }]
        : null;
  }
}
