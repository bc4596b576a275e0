import { expect, test } from 'vitest';

import { makeSchema } from '../../src/app/schema.ts';
import { assertWeighed, guardActs } from '../../src/platform/api/acts.ts';
import { ACTS_OF_ONE, GUARDED_ACTS } from '../../src/tenancy/act.ts';

test('what is guarded is a list of mutations whose input has an idempotency key, or the schema is not built', () => {
  expect(GUARDED_ACTS.length).toBeGreaterThan(10);
  for (const verb of ['revokeClient', 'inviteMember', 'doesNotExist']) {
    expect(() => guardActs(makeSchema(), [verb], () => null)).toThrow(verb);
  }
});

test.each([
  ['in neither list', { 'Nobody thought of it.': [] }],
  ['in both', { ...ACTS_OF_ONE, 'A second thought.': ['forwardCases'] }],
  ['for two reasons', { ...ACTS_OF_ONE, 'Another.': ['createClient'] }],
  ['not there', { ...ACTS_OF_ONE, 'Soon.': ['forwardCases2'] }],
])('a mutation that is %s is to be thought of before the hub starts', (_, others) => {
  expect(() => assertWeighed(makeSchema(), others)).toThrow('is to be one of the acts');
});
