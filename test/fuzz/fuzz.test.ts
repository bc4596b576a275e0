import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { TARGETS } from './targets.ts';

/** What is never accepted: nothing that was made up here is signed, and JSON of no format says nothing. */
const NEVER = new Set(['receipt', 'feed-bundle', 'keys', 'json']);

describe('whatever a stranger sends is read or refused', () => {
  test.each(TARGETS.map((target) => [target.name, target] as const))('%s', async (name, { property }) => {
    let accepted = 0;
    const count = (good: boolean): void => void (accepted += good ? 1 : 0);
    await fc.assert(property(count), { numRuns: 400 });
    // If what is fed were all refused, nothing would have been seen of what is accepted.
    expect(accepted > 0).toBe(!NEVER.has(name));
  });
});
