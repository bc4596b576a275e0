import { expect, test } from 'vitest';

import { kept } from '../../src/platform/database/kept-statements.ts';
import { queueOf } from '../support/coordinator.ts';
import { createWorld, type Party } from '../support/world.ts';

const PAGE = `{ cases(first: 10) { edges { node { resource indicators(first: 1) { edges { node { value } } } } } } }`;
/** More often than PostgreSQL plans for the values given. */
const OFTEN = 8;

test('organisations that take turns on one connection are each given their own rows, however often', async () => {
  await using world = await createWorld({ poolSize: 1 });
  const one = await queueOf(world, 'one.example');
  const other = await queueOf(world, 'other.example');
  const pageOf = async (cert: Party) => JSON.stringify((await cert.ask(PAGE)).data);
  const page = (name: string) =>
    JSON.stringify({
      cases: { edges: [{ node: { resource: name, indicators: { edges: [{ node: { value: name } }] } } }] },
    });
  for (let time = 0; time < OFTEN; time += 1) {
    expect(await pageOf(one.cert)).toBe(page('one.example'));
    expect(await pageOf(other.cert)).toBe(page('other.example'));
  }
});

test('a statement has one name and no other has it, until there are so many that the rest have none', () => {
  const texts = Array.from({ length: 300 }, (_, n) => `SELECT ${n}`);
  const names = texts.map(nameOf);
  expect(texts.map(nameOf)).toEqual(names);
  const given = names.filter((name) => name !== null);
  expect(new Set(given).size).toBe(given.length);
  expect(given.length).toBeLessThanOrEqual(200);
  expect(kept('SELECT of one more')).toBeNull();
});

const nameOf = (text: string): string | null => kept(text)?.name ?? null;
