import 'reflect-metadata';

import { expect, test } from 'vitest';

import { makeSchema } from '../../src/app/schema.ts';
import { attempt, checkBulkSize, takeEach } from '../../src/platform/bulk.ts';
import { answered } from '../../src/platform/api/payload.ts';
import type { RequestContext } from '../../src/platform/api/context.ts';
import { REFUSAL_CODES, Refusal, notFound } from '../../src/platform/errors.ts';
import { isKeepable } from '../../src/platform/text.ts';

const context = { refused: () => undefined, endRead: () => Promise.resolve() } as unknown as RequestContext;

test('the codes in the schema are the codes that the hub refuses with', () => {
  const type = makeSchema().getType('UserErrorCode');
  const values = type && 'getValues' in type ? type.getValues().map(({ name }) => name) : [];
  expect(values.toSorted()).toEqual([...REFUSAL_CODES].toSorted());
});

test('only what goes away by itself is worth sending again', () => {
  const retryable = REFUSAL_CODES.filter((code) => new Refusal(code, '').retryable);
  expect(retryable).toEqual(['IN_PROGRESS']);
});

test('not there and not yours are one answer', () => {
  expect([notFound().code, notFound().message]).toEqual(['NOT_FOUND', 'There is no such object, or it is not yours.']);
  expect(notFound(['report']).inputPath).toEqual(['report']);
});

test('a refusal is answered as data, and a fault stays a fault', async () => {
  const refuse = () => Promise.reject(new Refusal('IN_PROGRESS', 'Wait.', ['key']));
  expect(await answered(context, refuse)).toEqual({
    errors: [{ code: 'IN_PROGRESS', message: 'Wait.', path: ['key'], retryable: true, approval: null }],
  });
  expect(await answered(context, () => Promise.resolve({ receipt: null }))).toEqual({ receipt: null, errors: [] });
  await expect(answered(context, () => Promise.reject(new Error('a fault')))).rejects.toThrow('a fault');
});

test('a bulk request has 1 to 1,000 items', () => {
  for (const size of [1, 1000]) expect(() => checkBulkSize(Array(size).fill(0), 'items')).not.toThrow();
  for (const size of [0, 1001]) expect(() => checkBulkSize(Array(size).fill(0), 'items')).toThrow(Refusal);
});

test("an item's refusal is its own answer, and its fault is everybody's", () => {
  const refused = { refused: { code: 'WRONG_STATE', message: 'No.' } };
  expect(
    attempt(() => {
      throw new Refusal('WRONG_STATE', 'No.');
    }),
  ).toEqual(refused);
  expect(() =>
    attempt(() => {
      throw new Error('a fault');
    }),
  ).toThrow('a fault');
});

test('each item of a bulk request is answered in order, and each row is taken once', () => {
  const rows = ['a', 'b', 'c'].map((id) => ({ id, state: 'NEW', version: 2 }));
  const refs = [
    { id: 'C' },
    { id: 'X' },
    { id: 'A', expectedVersion: 1 },
    { id: 'A', expectedVersion: 2 },
    { id: 'B' },
    { id: 'C' },
  ];
  const check = ({ id }: { id: string }) => {
    if (id === 'b') throw new Refusal('WRONG_STATE', 'Not b.');
  };
  const { answers, taken } = takeEach(refs, ['c', null, 'a', 'a', 'b', 'c'], rows, check);
  expect(answers.map((answer) => ('id' in answer ? answer.id : answer.refused.code))).toEqual([
    'c',
    'NOT_FOUND',
    'CONFLICT',
    'a',
    'WRONG_STATE',
    'c',
  ]);
  expect(taken.map(({ id }) => id)).toEqual(['c', 'a']);
});

test('what PostgreSQL or the ledger could not keep as it is, is known', () => {
  for (const text of ['', 'text', 'é', '\u{1F980}', '\n']) expect(isKeepable(text)).toBe(true);
  for (const text of ['\0', 'a\0b', '\ud800', '\udc00\ud800']) expect(isKeepable(text)).toBe(false);
});
