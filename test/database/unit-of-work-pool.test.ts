import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { headOf, Listener } from '../feed/listener.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

// Whoever holds the one connection and waits for another waits for ever: every test here ends, or one of them does not.
let world: World;
let cert: Party;
let vendor: Party;
let host: Party;
beforeAll(async () => {
  world = await createWorld({ poolSize: 1 });
  cert = await world.cert();
  vendor = await world.vendor(cert);
  host = await world.provider({ HOST: ['pool.example'] });
});
afterAll(() => world[Symbol.asyncDispose]());

const SUBMIT = `mutation ($one: SubmitReportInput!, $two: SubmitReportInput!) {
  one: submitReport(input: $one) { ...all } two: submitReport(input: $two) { ...all } }
fragment all on SubmitReportPayload { errors { code } report { title responsibilities(first: 10) { edges { node { role reason } } }
  indicators(first: 10) { edges { node { id value outcome } } } } results { __typename ... on IndicatorAccepted { indicator { id value } } } }`;

const report = (value: string) => ({
  idempotencyKey: randomUUID(),
  title: value,
  tlp: 'AMBER',
  indicators: [{ value, category: 'PHISHING' }],
});

test('mutations whose answers are read from what they have just saved', async () => {
  const { data, errors } = await vendor.ask(SUBMIT, { one: report('a.pool.example'), two: report('b.pool.example') });
  expect(errors).toEqual([]);
  for (const [name, value] of [
    ['one', 'a.pool.example'],
    ['two', 'b.pool.example'],
  ] as const) {
    expect(data[name]).toMatchObject({
      errors: [],
      report: { title: value, indicators: { edges: [{ node: { value } }] } },
      results: [{ indicator: { value } }],
    });
  }
  await world.settled();
});

const DESK = `{ cases(first: 10) { edges { node { resource indicators(first: 10) { edges { node { value } } } referrals { role state } } } }
  events(first: 10) { cursor events { subjects } } own: node(id: "$") { id } }`;

test('a query that asks several things, and of each of them more', async () => {
  await cert.confirms(await cert.cases());
  await cert.forwards(await cert.cases());
  await world.settled();
  const { data, errors } = await cert.ask(DESK.replace('$', cert.id));
  expect(errors).toEqual([]);
  expect(data.cases.edges).toMatchObject([
    { node: { resource: 'pool.example', referrals: [{ role: 'HOST', state: 'SENT' }] } },
  ]);
  expect(data.cases.edges[0].node.indicators.edges.length).toBe(2);
  expect(data.own.id).toBe(cert.id);
});

test('fifty requests at once, of every sort, beside subscriptions', async () => {
  const from = await headOf(cert);
  const listeners = Array.from({ length: 5 }, () => new Listener(() => world.hub.wsUrl, cert.key, from));
  const requests = Array.from({ length: 50 }, async (_, n) => {
    if (n % 5 === 0) return vendor.submits([`many${n}.pool.example`]);
    if (n % 5 === 1) return cert.ask(DESK.replace('$', cert.id));
    if (n % 5 === 2) return host.inbox();
    if (n % 5 === 3) return host.readsUpTo(await headOf(host));
    return vendor.ask('{ events(after: "none", first: 1) { head } reports(first: 5) { edges { node { title } } } }');
  });
  expect((await Promise.all(requests)).length).toBe(50);
  await world.settled();
  for (const listener of listeners) {
    await listener.heardAllOf(cert, from);
    await listener.stop();
  }
});
