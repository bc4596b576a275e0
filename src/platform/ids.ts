import { createHash, randomBytes } from 'node:crypto';

import { v7 } from 'uuid';

/** A UUIDv7 (RFC 9562 5.7): made here and not in the database, so that PostgreSQL 17 can serve too. */
export const newId = (): string => v7();

/** `count` ids in ascending order. */
export const newIds = (count: number): string[] => Array.from({ length: count }, newId);

export const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** An API key: `tocsin_` and 256 random bits. Only its SHA-256 is stored; it needs no slow hash, for it has no guessable part. */
export const newKey = (): string => `tocsin_${randomBytes(32).toString('base64url')}`;

/** The opaque id that the API shows for a row: says its type, so that `node` knows where to look. */
export function toGlobalId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64url');
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Type and row id of a global id; null for anything that this hub cannot have made. */
export function fromGlobalId(globalId: string): { type: string; id: string } | null {
  if (globalId.length > 200) return null;
  const text = Buffer.from(globalId, 'base64url').toString();
  const colon = text.indexOf(':');
  const [type, id] = [text.slice(0, colon), text.slice(colon + 1)];
  return colon > 0 && UUID.test(id) && toGlobalId(type, id) === globalId ? { type, id } : null;
}

/** The row id in a global id of this type; null for every other text. */
export function rowIdOf(type: string, globalId: string | null | undefined): string | null {
  const asked = globalId == null ? null : fromGlobalId(globalId);
  return asked?.type === type ? asked.id : null;
}
