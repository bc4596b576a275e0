import { fieldOf, isObject, textOf, type JsonObject } from '../json-document.ts';
import type { SharedValue } from '../shared-document.ts';
import { hashType, propertyOf } from './object-path.ts';

/** Cyber-observable objects (STIX 2.1, section 6) that this hub knows, whether or not it can take them. */
const OBSERVABLE_TYPES = new Set([
  ...['artifact', 'autonomous-system', 'directory', 'domain-name', 'email-addr', 'email-message', 'file'],
  ...['ipv4-addr', 'ipv6-addr', 'mac-addr', 'mutex', 'network-traffic', 'process', 'software', 'url'],
  ...['user-account', 'windows-registry-key', 'x509-certificate'],
]);

/** References to what acted. Every other names a part, a victim, or what a name happens to resolve to. */
const ACTED = new Set(['from_ref', 'sender_ref', 'dst_ref']);

const WITH_VALUE = new Set(['domain-name', 'url', 'ipv4-addr', 'ipv6-addr', 'email-addr']);

export const isObservable = (type: string): boolean => OBSERVABLE_TYPES.has(type);

/** What an observable object can be reported as: a value, or each hash that is known here. Empty: as nothing. */
export function valuesOf(type: string, object: JsonObject): SharedValue[] {
  if (WITH_VALUE.has(type)) {
    const text = textOf(object, 'value');
    const property = propertyOf(type, ['value']);
    return text === null || property.kind !== 'VALUE' ? [] : [{ text, type: property.type }];
  }
  const hashes = fieldOf(object, 'hashes');
  if (!isObject(hashes)) return [];
  return Object.entries(hashes).flatMap(([algorithm, text]) => {
    const hash = hashType(type, algorithm);
    return hash === null || typeof text !== 'string' ? [] : [{ text, type: hash }];
  });
}

/** The ids that an object refers to as parts of what it is: recipients, sources, addresses that a name resolves to. */
export function partsOf(object: JsonObject): string[] {
  return Object.entries(object).flatMap(([key, value]) => {
    if (key.endsWith('_ref') && !ACTED.has(key)) return typeof value === 'string' ? [value] : [];
    if (key.endsWith('_refs') && Array.isArray(value)) return value.filter((each) => typeof each === 'string');
    return [];
  });
}
