import { expect, test } from 'vitest';

import { rowIdOf } from '../../src/platform/ids.ts';
import { statementsOf, viewerOf } from '../database/statements.ts';
import { queueOf } from '../support/coordinator.ts';
import { createWorld } from '../support/world.ts';

const page = (first: number): string => `{ cases(first: ${first}) { edges { node { id resource assignment { since }
  referrals { id } indicators(first: 1) { edges { node { value } } } } } } }`;

test('a page of cases with what hangs on them takes as many statements for one case as for many', async () => {
  await using world = await createWorld();
  const { cert } = await queueOf(world, 'one.example', 'two.example', 'three.example', 'four.example');
  const viewer = viewerOf(rowIdOf('Organisation', cert.id) ?? '');
  const one = await statementsOf(world.hub, page(1), viewer);
  const many = await statementsOf(world.hub, page(4), viewer);
  expect(many.map(({ text }) => text)).toEqual(one.map(({ text }) => text));
  expect(many).toHaveLength(4);
});
