import 'reflect-metadata';

import { beforeAll, expect, test } from 'vitest';

import { makeSchema } from '../../src/app/schema.ts';
import { rootFields } from '../../src/platform/api/policy.ts';
import { driveCanary } from './canary/drive.ts';
import type { Tally } from './canary/hunt.ts';

/** The short form; `npm run canary -- --runs 10000` is the long one, and draws others with each seed. */
const OPERATIONS = 400;
const SEED = 20_261_124;

let tally: Tally;
beforeAll(async () => void (tally = await driveCanary(OPERATIONS, SEED)), 300_000);

test(`no string and no id of another tenant comes back in ${OPERATIONS} random operations (seed ${SEED})`, () => {
  expect(tally.hits.filter(({ what }) => what === 'word' || what === 'id')).toEqual([]);
  expect(tally.operations).toBe(OPERATIONS);
});

test('what is not there and what is not one’s own are answered in the same words', () => {
  expect(tally.hits.filter(({ what }) => what === 'difference')).toEqual([]);
  expect(tally.compared).toBeGreaterThan(OPERATIONS / 20);
});

test('whatever is asked, the hub does not fail', () => {
  expect(tally.hits.filter(({ what }) => what === 'fault')).toEqual([]);
});

test('the operations are worth something: most are answered with data, and nearly every root field was asked', () => {
  expect(tally.answered).toBeGreaterThan(OPERATIONS / 3);
  expect(tally.fields.size).toBeGreaterThan(rootFields(makeSchema()).length * 0.8);
});
