import { afterAll, beforeAll, expect, test } from 'vitest';

import { coordinatorOn, forwards } from '../support/answering.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
let provider: Party;
beforeAll(async () => {
  world = await createWorld();
  provider = await world.provider({
    REGISTRAR: ['one.example', 'two.example'],
    HOST: ['two.example', 'three.example'],
  });
  await forwards(await coordinatorOn(world, 'one.example'), { dueAt: inHours(10) });
  await forwards(await coordinatorOn(world, 'two.example'), { dueAt: inHours(20) });
  await forwards(await coordinatorOn(world, 'three.example'), { dueAt: inHours(30) });
  const [first, second] = await provider.inbox();
  if (!first || !second) throw new Error('The desk has nothing on it.');
  await provider.acknowledges([first]);
  await provider.acts([second]);
});
afterAll(() => world[Symbol.asyncDispose]());

const started = Date.now();
const inHours = (hours: number): string => new Date(started + hours * 3600 * 1000).toISOString();

async function shown(filter: object): Promise<string[]> {
  const { data } = await provider.ask(
    'query ($filter: InboxFilter) { inbox(first: 100, filter: $filter) { edges { node { role resource state } } } }',
    { filter },
  );
  return data.inbox.edges.map(({ node: { role, resource } }: never) => `${role} ${resource}`);
}

const [ONE, TWO, TWO_HOST, THREE] = [
  'REGISTRAR one.example',
  'REGISTRAR two.example',
  'HOST two.example',
  'HOST three.example',
] as const;

test.each([
  ['nothing', {}, [ONE, TWO, TWO_HOST, THREE]],
  ['one role', { role: 'HOST' }, [TWO_HOST, THREE]],
  ['what is due first', { dueBefore: inHours(15) }, [ONE]],
  ['up to an instant, which is not in it', { dueBefore: inHours(20) }, [ONE]],
  ['one state', { state: 'ACKNOWLEDGED' }, [ONE]],
  ['one state, as a list', { state: ['ACKNOWLEDGED'] }, [ONE]],
  ['no state', { state: [] }, []],
  ['role and time', { role: 'HOST', dueBefore: inHours(25) }, [TWO_HOST]],
  ['role and state that nothing has', { role: 'REGISTRAR', state: ['CLOSED'] }, []],
])('a desk is narrowed by %s', async (_, filter, expected) => {
  expect((await shown(filter)).sort()).toEqual([...expected].sort());
});

test('several states are shown together, in the order of the desk', async () => {
  const states = { state: ['SENT', 'ACKNOWLEDGED'] };
  const all = await shown({});
  const acted = await shown({ state: 'ACTIONED' });
  expect(acted).toHaveLength(1);
  expect(await shown(states)).toEqual(all.filter((each) => !acted.includes(each)));
});

test('a filter holds from page to page', async () => {
  const query = `query ($after: String) { inbox(first: 1, after: $after, filter: { role: HOST }) {
    edges { node { resource } } pageInfo { hasNextPage endCursor } } }`;
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { data } = await provider.ask(query, { after });
    seen.push(...data.inbox.edges.map(({ node }: never) => (node as { resource: string }).resource));
    ({ hasNextPage: more, endCursor: after } = data.inbox.pageInfo);
  }
  expect(seen).toEqual(['two.example', 'three.example']);
});
