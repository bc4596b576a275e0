import 'reflect-metadata';

import { expect, test } from 'vitest';

import { nodeKinds } from '../../src/app/resolvers.ts';
import { allFacts } from '../../src/ledger/fact.ts';
import { testMatrix } from './matrix.ts';
import { fieldOf, fields } from './needed.ts';
import { OPERATIONS } from './operations.ts';
import { ROWS } from './rows.ts';

test('every root field of the schema has rows, and every row is of a field', () => {
  expect(new Set(OPERATIONS.map(fieldOf))).toEqual(new Set(fields.keys()));
  expect(OPERATIONS.map(({ name }) => name)).toEqual([...ROWS.keys()]);
});

test('node has a row for each type that it knows, auditTrail for each type that entries are about', () => {
  const told = new Set<string>(allFacts().map(({ subject }) => subject));
  for (const { type, subject } of nodeKinds) {
    expect([...ROWS.keys()]).toContain(`Query.node:${type}`);
    if (told.has(subject)) expect([...ROWS.keys()]).toContain(`Query.auditTrail:${type}`);
  }
});

testMatrix('HTTP');
