import 'reflect-metadata';

import { describe, expect, test } from 'vitest';

import { idAfter, keyAfter, pageOf, pageSize } from '../../src/platform/api/paging.ts';
import { Refusal } from '../../src/platform/errors.ts';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const ID = '01a20c22-b148-74f3-9bba-8637173a42aa';

function refusalOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [error.code, ...error.inputPath];
  }
}

test('a page has 1 to 100 rows, or as many as its list allows', () => {
  expect([pageSize(1), pageSize(100), pageSize(1000, 1000)]).toEqual([1, 100, 1000]);
  for (const [first, most] of [[0], [-1], [101], [1001, 1000]] as const) {
    expect(refusalOf(() => pageSize(first, most))).toEqual(['BAD_INPUT', 'first']);
  }
});

describe('a page of rows', () => {
  const rows = ['a', 'b', 'c'];
  const key = (row: string): string[] => [row];

  test('says that there are more when one more was found, and does not show it', () => {
    const { edges, pageInfo } = pageOf(rows, 2, key);
    expect(edges.map(({ node }) => node)).toEqual(['a', 'b']);
    expect(pageInfo).toEqual({ hasNextPage: true, endCursor: edges[1]?.cursor });
  });

  test('is the last when no more was found', () => {
    expect(pageOf(rows, 3, key).pageInfo.hasNextPage).toBe(false);
    expect(pageOf([], 3, key)).toEqual({ edges: [], pageInfo: { hasNextPage: false, endCursor: null } });
  });

  test('ends with a cursor from which the list goes on', () => {
    const at = '2026-01-02T03:04:05.006Z';
    const { pageInfo } = pageOf([{ at, id: ID }], 1, (row) => [row.at, row.id]);
    expect(keyAfter(pageInfo.endCursor, ['instant', 'id'])).toEqual([at, ID]);
  });
});

describe('a cursor', () => {
  test('is nothing where there is none', () => {
    expect([keyAfter(null, ['id']), keyAfter(undefined, ['id'])]).toEqual([null, null]);
    expect(idAfter(null)).toBe('00000000-0000-0000-0000-000000000000');
    expect(idAfter(encoded([ID]))).toBe(ID);
  });

  test.each([
    ['', ['id']],
    ['%', ['id']],
    [Buffer.from('{').toString('base64url'), ['id']],
    [encoded({ id: ID }), ['id']],
    [encoded(ID), ['id']],
    [encoded([1]), ['number']],
    [encoded([]), ['id']],
    [encoded([ID, ID]), ['id']],
    [encoded([ID]), ['instant', 'id']],
    [encoded([`${ID}'`]), ['id']],
    [encoded(['2026-01-02']), ['instant']],
    [encoded(['infinity']), ['instant']],
    [encoded(['-1']), ['number']],
    [encoded(['1234567890123456789']), ['number']],
    [encoded(['abc']), ['hash']],
    [encoded(["HOST' OR true"]), ['word']],
  ] as const)('that no such list gives is refused: %j for %j', (cursor, parts) => {
    expect(refusalOf(() => keyAfter(cursor, parts))).toEqual(['BAD_CURSOR', 'after']);
  });
});
