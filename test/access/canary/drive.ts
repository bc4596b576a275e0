import fc from 'fast-check';
import { pino } from 'pino';

import type { TestServer } from '../../support/postgres.ts';
import { createWorld } from '../../support/world.ts';
import { makeCircles } from './circles.ts';
import { Dice } from './dice.ts';
import { Hunt, type Tally } from './hunt.ts';

/** One client asks thousands of questions: how many it may is asked elsewhere. */
const ENDLESS = { maximum: Infinity, restoreRate: Infinity };

/** So many random operations in a world of canaries. The seed says which; a hit ends nothing, so that all are counted. */
export async function driveCanary(operations: number, seed: number, on?: TestServer): Promise<Tally> {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  await using world = await createWorld({ log, limits: { rate: { client: ENDLESS, address: ENDLESS } } }, on);
  const hunt = await Hunt.of(world, await makeCircles(world), lines);
  const numbers = fc.infiniteStream(fc.nat());
  const drawn = fc.asyncProperty(numbers, (stream) => hunt.step(new Dice(stream)));
  await fc.assert(drawn, { numRuns: operations, seed, endOnFailure: true });
  await hunt.round();
  return hunt.tally;
}
