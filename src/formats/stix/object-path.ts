/** What a property of a STIX object is to this hub. */
export type Property =
  | { readonly kind: 'VALUE'; readonly type: string | null; readonly takesPort: boolean }
  /** Nobody can act on it by itself, so that several may stand together. */
  | { readonly kind: 'HASH'; readonly type: string }
  | { readonly kind: 'PORT' }
  | { readonly kind: 'NOTHING' };

const VALUES: Readonly<Record<string, string>> = {
  'domain-name:value': 'domain',
  'url:value': 'url',
  'ipv4-addr:value': 'ip',
  'ipv6-addr:value': 'ip',
  'email-addr:value': 'email',
  'email-message:from_ref.value': 'email',
  'email-message:sender_ref.value': 'email',
};

/** STIX has `SHA-256` and `MD5`; the field writes them in any way. */
const HASHES: Readonly<Record<string, string>> = { md5: 'md5', sha1: 'sha1', sha256: 'sha256', sha512: 'sha512' };
const OF_FILE = new Set(['file', 'artifact']);

/** Reads an object path (STIX 2.1, section 9.7): type, and the names of the properties below it. */
export function propertyOf(type: string, path: readonly string[]): Property {
  const key = `${type}:${path.join('.')}`;
  if (Object.hasOwn(VALUES, key)) return { kind: 'VALUE', type: VALUES[key] ?? null, takesPort: false };
  if (key === 'network-traffic:dst_ref.value') return { kind: 'VALUE', type: null, takesPort: true };
  if (key === 'network-traffic:dst_port') return { kind: 'PORT' };
  const hash = path.length === 2 && path[0] === 'hashes' ? hashType(type, path[1] ?? '') : null;
  if (hash === 'x509-sha256') return { kind: 'VALUE', type: hash, takesPort: false };
  return hash === null ? { kind: 'NOTHING' } : { kind: 'HASH', type: hash };
}

/** The word for the type of a hash of an object; null where this hub has none. */
export function hashType(type: string, algorithm: string): string | null {
  const key = algorithm.toLowerCase().replaceAll(/[-_]/g, '');
  if (!Object.hasOwn(HASHES, key)) return null;
  if (type === 'x509-certificate') return key === 'sha256' ? 'x509-sha256' : null;
  return OF_FILE.has(type) ? (HASHES[key] ?? null) : null;
}
