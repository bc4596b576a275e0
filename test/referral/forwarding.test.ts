import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { FORWARD } from '../support/api.ts';
import { contentsOf, outcomesOf } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

interface Side {
  readonly cert: Party;
  readonly vendor: Party;
  readonly report: { id: string };
}

async function confirmed(...names: string[]): Promise<Side> {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits(names);
  await world.settled();
  await cert.confirms(await cert.cases());
  await world.settled();
  return { cert, vendor, report };
}

async function forward({ cert }: Side, input: object = {}) {
  const payload = await cert.forwards(await cert.cases(), input);
  await world.settled();
  return payload;
}

const REQUESTS = `{ inbox(first: 9) { edges { node { id state dueAt referrals { id state requestedAction legalBasis assessment note dueAt
  observables(first: 99) { edges { node { ord value } } } } } } } }`;

async function requestsTo(provider: Party) {
  const { data } = await provider.ask(REQUESTS);
  return data.inbox.edges.map(({ node }: { node: object }) => node);
}

const valuesOf = ({ referrals }: { referrals: { observables: { edges: { node: { value: string } }[] } }[] }) =>
  referrals.flatMap(({ observables }) => observables.edges.map(({ node }) => node.value));

test('a case for which nobody can act is refused until that is confirmed, and ends with it', async () => {
  const side = await confirmed('nobody.example');
  expect((await forward(side)).results).toMatchObject([{ case: null, error: { code: 'NO_PARTY' } }]);
  expect(await side.cert.cases()).toMatchObject([{ state: 'CONFIRMED' }]);
  await forward(side, { confirmNoParty: true });
  expect(await side.cert.cases()).toMatchObject([{ state: 'UNRESOLVED', basis: 'NO_PARTY' }]);
  expect(await outcomesOf(side.vendor, side.report)).toEqual({ 'nobody.example': 'ENDED' });
  expect((await contentsOf(side.vendor, side.report)).responsibilities).toMatchObject([{ state: 'NO_PARTY' }]);
});

test('confirming that nobody can act ends no case for which somebody can', async () => {
  const provider = await world.provider({ HOST: ['somebody.example'] });
  const side = await confirmed('somebody.example', 'nobody-else.example');
  await forward(side, { confirmNoParty: true });
  const states = new Map((await side.cert.cases()).map(({ resource, state }) => [resource, state]));
  expect(states).toEqual(
    new Map([
      ['somebody.example', 'REFERRED'],
      ['nobody-else.example', 'UNRESOLVED'],
    ]),
  );
  expect(await provider.inbox()).toMatchObject([{ resource: 'somebody.example' }]);
});

test('each party that can act gets the request as it was made, and nothing of the others', async () => {
  const name = 'request.example';
  const registrar = await world.provider({ REGISTRAR: [name] });
  const host = await world.provider({ HOST: [name] });
  const side = await confirmed(`www.${name}`, `login.${name}`);
  const dueAt = new Date(Date.now() + 3_600_000).toISOString();
  const request = { requestedAction: 'SUSPEND', legalBasis: 'TERMS_OF_SERVICE', note: 'please hurry', dueAt };
  await forward(side, request);
  for (const [party, other] of [
    [registrar, host],
    [host, registrar],
  ] as const) {
    const [item, ...more] = await requestsTo(party);
    expect(more).toEqual([]);
    expect(item).toMatchObject({
      state: 'SENT',
      dueAt,
      referrals: [{ ...request, assessment: 'UNKNOWN', state: 'SENT' }],
    });
    expect(valuesOf(item)).toEqual([`www.${name}`, `login.${name}`]);
    const known = JSON.stringify([item, await party.events()]);
    for (const secret of [other.name, other.id, side.vendor.name]) expect(known).not.toContain(secret);
  }
});

test('what joins extends the request, and asks again about what was answered', async () => {
  const registrar = await world.provider({ REGISTRAR: ['grows.example'] });
  const side = await confirmed('grows.example');
  await forward(side);
  const [before] = await requestsTo(registrar);
  await registrar.acts(await registrar.inbox());
  await side.vendor.submits(['late.grows.example']);
  await world.settled();
  expect(await requestsTo(registrar)).toMatchObject([{ state: 'ACTIONED' }]);

  await side.cert.confirms(await side.cert.cases());
  await forward(side);
  const [after, ...more] = await requestsTo(registrar);
  expect(more).toEqual([]);
  expect([after.id, after.state]).toEqual([before.id, 'SENT']);
  expect(after.referrals).toMatchObject([{ id: before.referrals[0].id, state: 'SENT' }]);
  expect(valuesOf(after)).toEqual(['grows.example', 'late.grows.example']);
  const kinds = (await registrar.events()).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'REFERRALS_EXTENDED')).toHaveLength(1);
});

test('what joins an item that was not answered yet leaves it where it is', async () => {
  const registrar = await world.provider({ REGISTRAR: ['open.example'] });
  const side = await confirmed('open.example');
  await forward(side);
  await registrar.acknowledges(await registrar.inbox());
  await side.vendor.submits(['late.open.example']);
  await world.settled();
  await side.cert.confirms(await side.cert.cases());
  await forward(side);
  expect(await registrar.inbox()).toMatchObject([{ state: 'ACKNOWLEDGED' }]);
});

test('forwarding again what is known tells nobody anything', async () => {
  const registrar = await world.provider({ REGISTRAR: ['known.example'] });
  const side = await confirmed('known.example');
  await forward(side);
  const before = [await registrar.events(), await side.vendor.events(), await requestsTo(registrar)];
  expect((await forward(side)).results).toMatchObject([{ case: { state: 'REFERRED' } }]);
  expect([await registrar.events(), await side.vendor.events(), await requestsTo(registrar)]).toEqual(before);
});

test('a party that claims the name later is asked when the case is forwarded again', async () => {
  const registrar = await world.provider({ REGISTRAR: ['later.example'] });
  const side = await confirmed('later.example');
  await forward(side);
  const host = await world.provider({ HOST: ['later.example'] });
  expect(await host.inbox()).toEqual([]);
  await forward(side);
  expect(await host.inbox()).toMatchObject([{ resource: 'later.example', role: 'HOST', state: 'SENT' }]);
  expect((await registrar.inbox()).map(({ referrals }) => referrals.length)).toEqual([1]);
  const roles = (await contentsOf(side.vendor, side.report)).responsibilities.map(({ role, party }) => [role, party]);
  expect(roles).toEqual([
    ['HOST', host.name],
    ['REGISTRAR', registrar.name],
  ]);
});

test('a request has limits, and its time lies ahead', async () => {
  const side = await confirmed('limits.example');
  for (const input of [
    { note: 'x'.repeat(2001) },
    { note: 'a\0b' },
    { note: '\ud800' },
    { dueAt: '2026-01-01T00:00:00Z' },
  ]) {
    expect((await forward(side, input)).errors).toMatchObject([{ code: 'BAD_INPUT' }]);
  }
});

test('a forward sent twice forwards once', async () => {
  const registrar = await world.provider({ REGISTRAR: ['once.example'] });
  const { cert } = await confirmed('once.example');
  const input = { idempotencyKey: randomUUID(), cases: (await cert.cases()).map(({ id }) => ({ id })) };
  const { data: first } = await cert.ask(FORWARD, { input });
  expect((await cert.ask(FORWARD, { input })).data).toEqual(first);
  await world.settled();
  expect((await registrar.inbox()).map(({ referrals }) => referrals.length)).toEqual([1]);
  expect((await cert.events()).filter(({ kind }) => kind === 'CASES_FORWARDED')).toHaveLength(1);
});
