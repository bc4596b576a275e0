import { parse } from 'tldts';

import { readAddress, readNetwork } from '../observable/address.ts';
import { readAsn } from '../observable/autonomous-system.ts';
import { hostName } from '../observable/name.ts';
import type { ReadingOptions } from '../observable/observable.ts';
import { isRefusal, type Refusal as Unread } from '../observable/refusal.ts';
import { readRegistrarHandle, readRegistrarId } from '../observable/registrar.ts';
import { isOnion, specialName } from '../observable/special-names.ts';
import { Refusal } from '../platform/errors.ts';

export const CLAIM_ROLES = [
  'REGISTRY',
  'REGISTRAR',
  'RESELLER',
  'DNS_OPERATOR',
  'HOST',
  'CDN_PROXY',
  'NETWORK',
  'PLATFORM',
  'MAIL_PROVIDER',
] as const;
export type ClaimRole = (typeof CLAIM_ROLES)[number];

export const CLAIM_KINDS = [
  'IANA_REGISTRAR_ID',
  'REGISTRAR_HANDLE',
  'TLD',
  'DOMAIN_SUFFIX',
  'NAME_SERVER_SUFFIX',
  'MAIL_DOMAIN',
  'ASN',
  'IP_PREFIX',
  'CONTACT_FOR',
  'CONTACT_DOMAIN',
] as const;
export type ClaimKind = (typeof CLAIM_KINDS)[number];

/** What may be decided on a claim. */
export const CLAIM_DECISIONS = ['VERIFY', 'REFUSE', 'RENEW', 'REVOKE', 'DISPUTE', 'UPHOLD'] as const;
export type ClaimDecision = (typeof CLAIM_DECISIONS)[number];

/** In which roles an asset lets somebody act: an AS number makes nobody a registrar. */
export const ROLES_OF_KIND: Readonly<Record<ClaimKind, readonly ClaimRole[]>> = {
  IANA_REGISTRAR_ID: ['REGISTRAR'],
  REGISTRAR_HANDLE: ['REGISTRAR'],
  TLD: ['REGISTRY'],
  DOMAIN_SUFFIX: CLAIM_ROLES,
  NAME_SERVER_SUFFIX: ['DNS_OPERATOR'],
  MAIL_DOMAIN: ['MAIL_PROVIDER'],
  ASN: ['NETWORK', 'HOST'],
  IP_PREFIX: ['NETWORK', 'HOST', 'CDN_PROXY'],
  CONTACT_FOR: CLAIM_ROLES,
  CONTACT_DOMAIN: CLAIM_ROLES,
};

/** What somebody says is its own, as written. */
export interface WrittenAsset {
  readonly kind: ClaimKind;
  readonly role: ClaimRole;
  readonly value: string;
  /** With REGISTRAR_HANDLE: the registry that gave the handle. */
  readonly tld?: string | null;
}

/** The same in normal form: equal assets have equal (kind, role, value). */
export interface Asset {
  readonly kind: ClaimKind;
  readonly role: ClaimRole;
  readonly value: string;
}

export const assetKey = ({ kind, role, value }: Asset): string => `${kind} ${role} ${value}`;

/** Reads one asset; BAD_INPUT or PUBLIC_SUFFIX where nobody can hold such a thing, or not in this role. */
export function readAsset({ kind, role, value, tld = null }: WrittenAsset, options: ReadingOptions): Asset {
  if (!ROLES_OF_KIND[kind].includes(role)) {
    throw new Refusal('BAD_INPUT', `${kind} is claimed as ${ROLES_OF_KIND[kind].join(' or ')}, not as ${role}.`);
  }
  if ((kind === 'REGISTRAR_HANDLE') !== (tld !== null)) {
    throw new Refusal('BAD_INPUT', 'A top-level domain (tld) goes with REGISTRAR_HANDLE, and with nothing else.');
  }
  return { kind, role, value: normalValue({ kind, role, value, tld }, options) };
}

function normalValue({ kind, role, value, tld }: WrittenAsset, options: ReadingOptions): string {
  switch (kind) {
    case 'IANA_REGISTRAR_ID':
      return readOr(readRegistrarId(value));
    case 'REGISTRAR_HANDLE':
      return readOr(readRegistrarHandle(topLevel(tld ?? '', options), value));
    case 'TLD':
      return topLevel(value, options);
    case 'ASN':
      return readOr(readAsn(value, options));
    case 'IP_PREFIX':
      return prefix(value, options);
    case 'CONTACT_FOR':
      return /^[\d.]+(\/\d+)?$|:/.test(value.trim()) ? prefix(value, options) : heldName(value, role, options);
    case 'DOMAIN_SUFFIX':
    case 'NAME_SERVER_SUFFIX':
    case 'MAIL_DOMAIN':
    case 'CONTACT_DOMAIN':
      return heldName(value, role, options);
  }
}

/**
 * A name in normal form, that one party can hold. Nobody claims a public suffix, under which strangers live; a platform
 * may claim the suffix under which its own customers live.
 */
function heldName(text: string, role: ClaimRole, { documentation = false }: ReadingOptions): string {
  const name = readOr(hostName(text.trim().toLowerCase()));
  const { isIcann, isPrivate, domain } = parse(name, { allowPrivateDomains: true });
  const special = specialName(name);
  if (isOnion(name) || (special ? !(special.documentation && documentation) : !isIcann && !isPrivate)) {
    throw new Refusal('BAD_INPUT', 'This name is not in the public DNS.');
  }
  if (domain === null && !(isPrivate && role === 'PLATFORM')) {
    throw new Refusal('PUBLIC_SUFFIX', 'This is a public suffix: other people have names below it.');
  }
  return name;
}

/** A top-level domain that a registry runs: its names are sold to others, and it can act on all of them. */
function topLevel(text: string, { documentation = false }: ReadingOptions): string {
  const name = readOr(hostName(text.trim().toLowerCase().replace(/^\./, '')));
  const special = specialName(name);
  const delegated = special ? special.documentation && documentation : parse(`x.${name}`).isIcann;
  if (name.includes('.') || isOnion(`x.${name}`) || !delegated)
    throw new Refusal('BAD_INPUT', 'This is no top-level domain of the public DNS.');
  return name;
}

/** A CIDR block, also of one address. At least /8 (IPv4) or /16 (IPv6): no party has been given more in one piece. */
function prefix(text: string, options: ReadingOptions): string {
  const [address = '', length, ...rest] = text.trim().split('/');
  const wellFormed = rest.length === 0 && (length === undefined || /^\d{1,3}$/.test(length));
  if (!wellFormed) throw new Refusal('BAD_INPUT', 'Send a network such as 192.0.2.0/24 or 2001:db8::/32.');
  const reading = length === undefined ? readAddress(address, options) : readNetwork(address, length, options);
  if (!reading.ok) throw new Refusal('BAD_INPUT', reading.hint);
  const { value } = reading.observable;
  return value.includes('/') ? value : `${value}/${value.includes(':') ? 128 : 32}`;
}

function readOr(read: string | Unread): string {
  if (isRefusal(read)) throw new Refusal('BAD_INPUT', read.hint);
  return read;
}
