import { afterAll, beforeAll, expect, test } from 'vitest';

import { decides, queueOf, type Queue } from '../support/coordinator.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let queue: Queue;
let later: { id: string };
beforeAll(async () => {
  world = await createWorld();
  queue = await queueOf(world, 'first.example', 'second.example', 'third.example');
  const { cert, vendor } = queue;
  later = (await vendor.submits([{ value: 'www.second.example', category: 'BOTNET_C2' }])).report;
  await world.settled();
  const [first, second] = await cert.cases();
  await decides(cert, 'claimCases', first ? [first] : []);
  await cert.confirms(second ? [second] : []);
});
afterAll(() => world[Symbol.asyncDispose]());

const CASES = `query ($filter: CaseFilter, $first: Int!, $after: String) { cases(first: $first, after: $after, filter: $filter) {
  edges { node { resource assignment { client } } } pageInfo { hasNextPage endCursor } } }`;

async function filtered(filter: object): Promise<string[]> {
  const { data } = await queue.cert.ask(CASES, { filter, first: 10 });
  return data.cases.edges.map(({ node }: { node: { resource: string } }) => node.resource);
}

const all = async (): Promise<string[]> => (await queue.cert.cases()).map(({ resource }) => resource);

test('the queue is left by the states asked for', async () => {
  const [first, second, third] = await all();
  expect(await filtered({ states: ['NEW', 'CONFIRMED'] })).toEqual([second, third]);
  expect(await filtered({ states: ['IN_TRIAGE'] })).toEqual([first]);
  expect(await filtered({ states: ['IN_TRIAGE'], state: 'NEW' })).toEqual([]);
});

test('the queue is left by the report and the category that are in a case', async () => {
  expect(await filtered({ report: later.id })).toEqual(['second.example']);
  expect(await filtered({ category: 'BOTNET_C2' })).toEqual(['second.example']);
  expect((await filtered({ report: queue.report.id, category: 'PHISHING' })).sort()).toEqual((await all()).sort());
  expect(await filtered({ report: 'no id' })).toEqual([]);
});

test('the queue is left by who works on a case', async () => {
  const [first, ...others] = await all();
  const { data } = await queue.cert.ask(CASES, { filter: { unassigned: false }, first: 10 });
  const [{ node }] = data.cases.edges;
  expect(node.resource).toBe(first);
  expect(await filtered({ assignee: node.assignment.client })).toEqual([first]);
  expect(await filtered({ assignee: queue.cert.id })).toEqual([]);
  expect(await filtered({ unassigned: true })).toEqual(others);
});

test('the queue keeps its order and its pages under a filter', async () => {
  const { data } = await queue.cert.ask(CASES, { filter: { report: queue.report.id }, first: 2 });
  const { edges, pageInfo } = data.cases;
  expect(pageInfo.hasNextPage).toBe(true);
  const { data: rest } = await queue.cert.ask(CASES, {
    filter: { report: queue.report.id },
    first: 2,
    after: pageInfo.endCursor,
  });
  const names = [...edges, ...rest.cases.edges].map(({ node }: { node: { resource: string } }) => node.resource);
  expect(names).toEqual(await all());
});

test('no filter shows a case of another coordinator', async () => {
  const other = await world.cert();
  for (const filter of [{ report: later.id }, { category: 'BOTNET_C2' }, { unassigned: true }, { shared: true }]) {
    const { data } = await other.ask(CASES, { filter, first: 10 });
    expect(data.cases.edges).toEqual([]);
  }
});
