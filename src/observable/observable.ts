import type { Refusal } from './refusal.ts';

/** What an observable is. The value's normal form depends on it, so (type, value) is the identity of an observable. */
export enum ObservableType {
  /** A registrable domain name, as A-labels in lower case. */
  DOMAIN = 'DOMAIN',
  /** A name below a registrable domain or below a platform's suffix. */
  HOSTNAME = 'HOSTNAME',
  URL = 'URL',
  IPV4 = 'IPV4',
  IPV6 = 'IPV6',
  /** `address:port`, `[address]:port` or `name:port`. */
  ENDPOINT = 'ENDPOINT',
  IPV4_CIDR = 'IPV4_CIDR',
  IPV6_CIDR = 'IPV6_CIDR',
  EMAIL_ADDRESS = 'EMAIL_ADDRESS',
  FILE_MD5 = 'FILE_MD5',
  FILE_SHA1 = 'FILE_SHA1',
  FILE_SHA256 = 'FILE_SHA256',
  FILE_SHA512 = 'FILE_SHA512',
  /** SHA-256 fingerprint of a DER certificate. Looks like a file hash, so it is read only when the sender says so. */
  X509_SHA256 = 'X509_SHA256',
  /** Text of a detection rule (STIX pattern, YARA). Read only when the sender says so. */
  PATTERN = 'PATTERN',
}

/** What somebody can switch off. */
export enum ResourceKind {
  /** A registrable domain name: registry, registrar, reseller. */
  NAME = 'NAME',
  /** A customer's name below a platform's suffix: the platform. */
  TENANT = 'TENANT',
  /** One page on a name that many people share: the platform. */
  PAGE = 'PAGE',
  /** One IP address: network and host. */
  ADDRESS = 'ADDRESS',
  /** A CIDR block. */
  NETWORK = 'NETWORK',
  /** An e-mail address: the mail provider. */
  MAILBOX = 'MAILBOX',
  /** An X.509 certificate: the certificate authority. */
  CERTIFICATE = 'CERTIFICATE',
}

/** An observable in normal form: reading `value` again gives the same observable. */
export interface Observable {
  readonly type: ObservableType;
  readonly value: string;
}

/** The thing to switch off; equal resources have equal (kind, value). */
export interface Resource {
  readonly kind: ResourceKind;
  readonly value: string;
}

/** An accepted text. `resource` is null for context, which nobody can switch off: file hashes, patterns, onion names. */
export interface Accepted {
  readonly ok: true;
  readonly observable: Observable;
  readonly resource: Resource | null;
}

/** The answer to every text: never an exception. */
export type Reading = Accepted | Refusal;

export interface ReadingOptions {
  /**
   * Accept what RFC 2606, 5737, 3849 and 9637 reserve for documentation (`shop.example`, `example.com`, 192.0.2.0/24 ...)
   * as if it were ordinary. For demonstrations and tests: in production such a value is somebody's placeholder.
   */
  readonly documentation?: boolean;
}

export function accept(type: ObservableType, value: string, resource: Resource | null = null): Accepted {
  return { ok: true, observable: { type, value }, resource };
}
