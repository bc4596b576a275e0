import { Askers } from '../access/askers.ts';
import { makeThread } from '../access/thread.ts';
import { happenings, makeCrowd } from '../database/crowd.ts';
import type { TestServer } from '../support/postgres.ts';
import { createWorld } from '../support/world.ts';
import { fieldMutants } from './fields.ts';
import { limitMutants } from './limits.ts';
import type { Mutant } from './mutant.ts';
import { policyMutants } from './policies.ts';

/** Every root field's policy, every row-level policy and every limit, each in a world of the tests that are about it. */
export async function accessMutants(on: TestServer): Promise<AsyncDisposable & { mutants: readonly Mutant[] }> {
  const thread = await makeThread(on);
  const readers = await makeCrowd(on);
  const writers = await createWorld({}, on);
  await happenings(writers);
  const mutants = [
    ...fieldMutants(thread, await Askers.of(thread)),
    ...(await policyMutants(readers, writers)),
    ...limitMutants,
  ];
  return {
    mutants,
    [Symbol.asyncDispose]: async () => {
      await thread.leave();
      for (const world of [readers, writers]) await world[Symbol.asyncDispose]();
    },
  };
}
