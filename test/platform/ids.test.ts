import { expect, test } from 'vitest';

import { fromGlobalId, newId, newIds, newKey, rowIdOf, sha256, toGlobalId } from '../../src/platform/ids.ts';

const ROW = '01a20c22-b148-74f3-9bba-8637173a42aa';

test('ids are UUIDv7, each later than the last', () => {
  const ids = newIds(10_000);
  for (const id of [newId(), ...ids.slice(0, 10)]) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a global id says type and row, and is opaque in a URL', () => {
  const id = toGlobalId('Report', ROW);
  expect(id).toMatch(/^[\w-]+$/);
  expect(fromGlobalId(id)).toEqual({ type: 'Report', id: ROW });
  expect(rowIdOf('Report', id)).toBe(ROW);
});

test('the id of another type is none of this type', () => {
  expect(rowIdOf('Case', toGlobalId('Report', ROW))).toBeNull();
  expect(rowIdOf('Case', null)).toBeNull();
  expect(rowIdOf('Case', undefined)).toBeNull();
});

test.each([
  '',
  'x',
  ROW,
  Buffer.from(`Report:${ROW}`).toString('base64'),
  Buffer.from(`:${ROW}`).toString('base64url'),
  Buffer.from(`Report:${ROW.toUpperCase()}`).toString('base64url'),
  Buffer.from(`Report:${ROW} `).toString('base64url'),
  Buffer.from(`Report:${ROW}' OR true`).toString('base64url'),
  Buffer.from('Report').toString('base64url'),
  `${toGlobalId('Report', ROW)}=`,
  `${toGlobalId('Report', ROW)}\n`,
  'A'.repeat(201),
])('what this hub cannot have made is no id: %j', (text) => {
  // The plain base64 of a multiple of three bytes is its base64url too.
  const same = text === toGlobalId('Report', ROW);
  expect(fromGlobalId(text)).toEqual(same ? { type: 'Report', id: ROW } : null);
});

test('a key has 256 random bits and the form by which it is known', () => {
  const keys = Array.from({ length: 100 }, newKey);
  for (const key of keys) expect(key).toMatch(/^tocsin_[\w-]{43}$/);
  expect(new Set(keys).size).toBe(keys.length);
});

test('a hash is over the parts one after the other', () => {
  expect(sha256('a', Buffer.from('b'), 'c')).toEqual(sha256('abc'));
  expect(sha256('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
