import { ObservableType } from './observable.ts';
import { ObservableRefusal, type Refusal, quoted, refuse } from './refusal.ts';

/** The types that a sender may mean by a word. */
export type ExpectedTypes = ReadonlySet<ObservableType>;

const { DOMAIN, HOSTNAME, URL, IPV4, IPV6, ENDPOINT, IPV4_CIDR, IPV6_CIDR, EMAIL_ADDRESS } = ObservableType;
const { FILE_MD5, FILE_SHA1, FILE_SHA256, FILE_SHA512, X509_SHA256, PATTERN } = ObservableType;

// Where a registrable name ends is the hub's rule and not the sender's business: either word allows either type. And
// a network of one address is that address.
const NAMES = [DOMAIN, HOSTNAME];
const MEANINGS: readonly (readonly [words: string, types: readonly ObservableType[]])[] = [
  ['domain hostname host fqdn domain-name', NAMES],
  ['url uri link', [URL]],
  ['ip address ipaddress ip-addr', [IPV4, IPV6, IPV4_CIDR, IPV6_CIDR]],
  ['ipv4 ipv4-addr', [IPV4]],
  ['ipv6 ipv6-addr', [IPV6]],
  ['ip-port ip:port endpoint host-port host:port socket', [ENDPOINT]],
  ['cidr network netblock range', [IPV4_CIDR, IPV6_CIDR, IPV4, IPV6]],
  ['ipv4-cidr', [IPV4_CIDR, IPV4]],
  ['ipv6-cidr', [IPV6_CIDR, IPV6]],
  ['email e-mail mail email-address email-addr mailbox', [EMAIL_ADDRESS]],
  ['hash file file-hash', [FILE_MD5, FILE_SHA1, FILE_SHA256, FILE_SHA512]],
  ['md5 file-md5', [FILE_MD5]],
  ['sha1 sha-1 file-sha1', [FILE_SHA1]],
  ['sha256 sha-256 file-sha256', [FILE_SHA256]],
  ['sha512 sha-512 file-sha512', [FILE_SHA512]],
  ['x509-sha256 x509-fingerprint-sha256 certificate', [X509_SHA256]],
  ['pattern stix yara', [PATTERN]],
];

const TYPES_BY_WORD: ReadonlyMap<string, ExpectedTypes> = new Map(
  MEANINGS.flatMap(([words, types]) => words.split(' ').map((word) => [word, new Set(types)] as const)),
);

/** What a type word means: an `ObservableType`, or the field's usual words (`ip-port`, `sha256` ...), in any case. */
export function expectedTypes(word: string): ExpectedTypes | Refusal {
  const key = word.trim().toLowerCase().replace(/[_ ]/g, '-');
  return TYPES_BY_WORD.get(key) ?? unknownType(word);
}

function unknownType(word: string): Refusal {
  const known = Object.values(ObservableType).join(', ');
  return refuse(ObservableRefusal.UNKNOWN_TYPE, `${quoted(word)} is no type. Send one of ${known}, or no type at all.`);
}
