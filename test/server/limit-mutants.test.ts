import { expect, test } from 'vitest';

import { OPERATION_LIMITS } from '../../src/server/limits/limits.ts';
import { limitMutants } from '../mutants/limits.ts';

/** Of time, which no document alone can use up; see time.test.ts. */
const TIMES = ['withinMs', 'bulkWithinMs'];

test.each(limitMutants.map((mutant) => [mutant.name, mutant] as const))(
  '%s: taken off, something comes through that was refused',
  async (_name, mutant) => {
    expect(await mutant.killed()).toBe(true);
  },
);

test('no limit of operations is without one', () => {
  const named = limitMutants.map(({ name }) => name.replace('operations: ', ''));
  const limits = Object.keys(OPERATION_LIMITS).filter((limit) => !TIMES.includes(limit));
  expect(named).toEqual(expect.arrayContaining(limits));
});
