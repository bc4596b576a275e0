import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { tick } from '../../src/app/tick.ts';
import { isAnother } from '../../src/tenancy/recovery.ts';
import { ask } from '../support/api.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };
const later = (ms: number): void => void (ahead += ms);

let world: World;
let second: Party;
let lost: Party;
beforeAll(async () => {
  world = await createWorld({ clock });
  second = await world.organisation(['OPERATOR']);
});
beforeEach(async () => void (lost = await world.organisation(['VENDOR'])));
afterAll(() => world[Symbol.asyncDispose]());

const FIELDS = `recovery { id state organisation organisationName operator seconder reason opensAt endsAt }
  apiKey receipt { entryId } errors { code message path }`;
const BEGIN = `mutation ($input: BeginRecoveryInput!) { answer: beginRecovery(input: $input) { ${FIELDS} } }`;
const sayOn = (field: string) => `mutation ($id: ID!) { answer: ${field}(recovery: $id) { ${FIELDS} } }`;

const begin = async (by = world.operator, input: object = {}) => {
  const asked = {
    organisation: lost.id,
    seconder: second.id,
    reason: 'They called from the number we know.',
    ...input,
  };
  return (await by.ask(BEGIN, { input: asked })).data.answer;
};
type Verb = 'confirmRecovery' | 'issueRecoveryKey' | 'refuseRecovery';
const say = async (by: Party, verb: Verb, id: string) => (await by.ask(sayOn(verb), { id })).data.answer;

/** Two have agreed, and a day is over. */
async function ripe(): Promise<string> {
  const { recovery } = await begin();
  expect((await say(second, 'confirmRecovery', recovery.id)).errors).toEqual([]);
  later(DAY);
  return recovery.id;
}

async function kindsHeard(party: Party, id: string): Promise<string[]> {
  await world.settled();
  return (await party.events()).filter(({ subjects }) => subjects.includes(id)).map(({ kind }) => kind);
}

const statusOf = async (key: string): Promise<number> => (await ask(world.hub.url, key, '{ __typename }')).status;

test('two operators and a day later an organisation has a key by which it issues others, and heard each step', async () => {
  const begun = await begin();
  expect(begun.errors).toEqual([]);
  expect(begun.recovery).toMatchObject({
    ...{ state: 'BEGUN', organisation: lost.id, organisationName: lost.name, operator: 'Operator', seconder: null },
    ...{ reason: 'They called from the number we know.', opensAt: null },
  });
  const { id } = begun.recovery;
  expect(await kindsHeard(lost, id)).toEqual(['RECOVERY_BEGUN']);
  const { recovery } = await say(second, 'confirmRecovery', id);
  expect(recovery).toMatchObject({ state: 'CONFIRMED', seconder: second.name });
  expect(new Date(recovery.opensAt).getTime() - clock.now().getTime()).toBeGreaterThan(DAY - 60_000);
  later(DAY);
  const issued = await say(world.operator, 'issueRecoveryKey', id);
  expect(issued).toMatchObject({ errors: [], recovery: { state: 'ISSUED', endsAt: null } });
  const heard = ['RECOVERY_BEGUN', 'RECOVERY_CONFIRMED', 'RECOVERY_ISSUED'];
  for (const party of [lost, world.operator, second]) expect(await kindsHeard(party, id)).toEqual(heard);
  expect((await lost.events()).at(-1)).toMatchObject({ kind: 'ORGANISATION_RECOVERED', actor: { name: 'Operator' } });

  const back = new Bearer(issued.apiKey);
  expect((await back.ask('{ viewer { organisation { id } permissions } }')).data.viewer).toEqual({
    organisation: { id: lost.id },
    permissions: ['EVENTS_READ', 'ORGANISATION_MANAGE'],
  });
  const create = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { apiKey errors { code } } }';
  const made = await back.ask(create, { input: { name: 'Anew', permissions: ['REPORTS_SUBMIT'] } });
  expect(made.data.createClient.errors).toEqual([]);
});

/** Who has nothing but a key. */
class Bearer {
  constructor(private readonly key: string) {}
  ask = (query: string, variables: object = {}) => ask(world.hub.url, this.key, query, variables);
}

test('no key is issued before a second agreed, nor before a day is over, and not twice', async () => {
  const { recovery } = await begin();
  const { id } = recovery;
  const early = [{ code: 'WRONG_STATE', message: expect.any(String), path: ['recovery'] }];
  expect(await say(world.operator, 'issueRecoveryKey', id)).toMatchObject({ apiKey: null, errors: early });
  await say(second, 'confirmRecovery', id);
  expect((await say(second, 'confirmRecovery', id)).errors).toEqual(early);
  later(DAY - 60_000);
  expect(await say(world.operator, 'issueRecoveryKey', id)).toMatchObject({ apiKey: null, errors: early });
  later(60_000);
  expect((await say(second, 'issueRecoveryKey', id)).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  const { apiKey } = await say(world.operator, 'issueRecoveryKey', id);
  expect(await statusOf(apiKey)).toBe(200);
  expect(await say(world.operator, 'issueRecoveryKey', id)).toMatchObject({ apiKey: null, errors: early });
});

test('who began it is not the second, by whichever of its keys', async () => {
  const { recovery } = await begin(world.operator, { seconder: null });
  const create = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { apiKey } }';
  const invited = await world.operator.ask(
    'mutation { inviteMember(input: { name: "She", email: "she@operator.example" }) { member } }',
  );
  const { member } = invited.data.inviteMember;
  for (const input of [
    { name: 'Another', permissions: ['HUB_OPERATE'] },
    { name: 'Hers', permissions: ['HUB_OPERATE'], member },
  ]) {
    const { data } = await world.operator.ask(create, { input });
    const answer = await new Bearer(data.createClient.apiKey).ask(sayOn('confirmRecovery'), { id: recovery.id });
    expect(answer.data.answer.errors).toMatchObject([{ code: 'FORBIDDEN', path: ['recovery'] }]);
  }
  expect((await say(second, 'confirmRecovery', recovery.id)).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  expect(await kindsHeard(second, recovery.id)).toEqual([]);
});

test.each([
  ['another operator, by keys', ['a', null], ['b', null], true],
  ['the same operator, by keys', ['a', null], ['a', null], false],
  ['the same operator, a person and a key', ['a', 'she'], ['a', null], false],
  ['the same operator, a key and a person', ['a', null], ['a', 'she'], false],
  ['the same person', ['a', 'she'], ['a', 'she'], false],
  ['two people of one operator', ['a', 'she'], ['a', 'he'], true],
] as const)('whether two are two: %s', (_name, first, other, two) => {
  const of = ([organisationId, person]: readonly [string, string | null]) => ({ organisationId, person });
  expect(isAnother(of(first), of(other))).toBe(two);
});

test('the organisation refuses at any time, and then no key is issued', async () => {
  const { recovery } = await begin();
  expect((await say(lost, 'refuseRecovery', recovery.id)).recovery.state).toBe('REFUSED');
  expect((await say(second, 'confirmRecovery', recovery.id)).errors).toMatchObject([{ code: 'WRONG_STATE' }]);
  const id = await ripe();
  expect((await say(lost, 'refuseRecovery', id)).errors).toEqual([]);
  expect(await say(world.operator, 'issueRecoveryKey', id)).toMatchObject({
    apiKey: null,
    errors: [{ code: 'WRONG_STATE' }],
  });
  for (const party of [world.operator, second]) expect(await kindsHeard(party, id)).toContain('RECOVERY_REFUSED');
  for (const by of [world.operator, second]) {
    const another = await begin();
    expect((await say(by, 'refuseRecovery', another.recovery.id)).errors).toEqual([]);
  }
});

test('a week after it was begun it has ended, also before the hub has written that down', async () => {
  const id = await ripe();
  later(6 * DAY);
  expect((await say(world.operator, 'issueRecoveryKey', id)).errors).toMatchObject([{ code: 'WRONG_STATE' }]);
  await tick(world.hub.app.work, clock.now());
  expect(await kindsHeard(lost, id)).toEqual(['RECOVERY_BEGUN', 'RECOVERY_CONFIRMED', 'RECOVERY_EXPIRED']);
  expect((await begin()).errors).toEqual([]);
});

test('one at a time, of an organisation at work that the operator registered, with an operator for a second', async () => {
  const stranger = await world.organisation(['VENDOR']);
  expect((await begin(second)).errors).toMatchObject([{ code: 'NOT_FOUND', path: ['organisation'] }]);
  expect((await begin(world.operator, { organisation: 'none' })).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  for (const seconder of [stranger.id, lost.id, 'none']) {
    expect((await begin(world.operator, { seconder })).errors).toMatchObject([
      { code: 'NOT_FOUND', path: ['seconder'] },
    ]);
  }
  for (const reason of ['', '  ', 'x'.repeat(2001), 'a\0b']) {
    expect((await begin(world.operator, { reason })).errors).toMatchObject([{ code: 'BAD_INPUT', path: ['reason'] }]);
  }
  const { recovery } = await begin();
  expect((await begin()).errors).toMatchObject([{ code: 'CONFLICT', path: ['organisation'] }]);
  expect((await say(stranger, 'refuseRecovery', recovery.id)).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  const list = '{ recoveries(first: 10) { edges { node { id } } } }';
  expect((await lost.ask(list)).data.recoveries.edges).toEqual([{ node: { id: recovery.id } }]);
  expect((await stranger.ask(list)).data.recoveries.edges).toEqual([]);
  const read = 'query ($id: ID!) { node(id: $id) { id } }';
  for (const party of [lost, world.operator, second]) {
    expect((await party.ask(read, { id: recovery.id })).data.node).toEqual({ id: recovery.id });
  }
  expect((await stranger.ask(read, { id: recovery.id })).data.node).toBeNull();
});

test('the key comes with a race lost: of two who issue at once one has it', async () => {
  const id = await ripe();
  const answers = await Promise.all([1, 2].map(() => say(world.operator, 'issueRecoveryKey', id)));
  expect(answers.map(({ apiKey }) => apiKey !== null).sort()).toEqual([false, true]);
});
