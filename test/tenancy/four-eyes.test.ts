import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { makeSchema } from '../../src/app/schema.ts';
import { assertWeighed, guardActs } from '../../src/platform/api/acts.ts';
import { sha256 } from '../../src/platform/ids.ts';
import { ACTS_OF_ONE, GUARDED_ACTS } from '../../src/tenancy/act.ts';
import { Human, grants, person } from '../support/people.ts';
import { LoginIssuer, STRONG } from '../support/login-issuer.ts';
import { waitingForLocks } from '../support/rivals.ts';
import { createWorld, Party, type World } from '../support/world.ts';

let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };
const HOUR = 3_600_000;

let issuer: LoginIssuer;
let world: World;
beforeAll(async () => {
  issuer = await LoginIssuer.start();
  world = await createWorld({ clock, login: issuer.settings() });
  issuer.knows(world.hub.url);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await issuer.stop();
});
afterEach(() => void (ahead = 0));

type Asks = Pick<Party, 'ask'>;

const ERRORS = 'errors { code message path approval }';
const RESULTS = `results { case { id state } error { code } } receipt { entryId } ${ERRORS}`;
const FORWARD = `mutation ($input: ForwardCasesInput!) { forwardCases(input: $input) { ${RESULTS} } }`;
const REJECT = `mutation ($input: RejectCasesInput!) { rejectCases(input: $input) { ${RESULTS} } }`;
const APPROVE = `mutation ($id: ID!) { approveAct(approval: $id) {
  approval { id state missing approvers requestedBy } results { error { code } } receipt { entryId } ${ERRORS} } }`;
const DECLINE = `mutation ($id: ID!) { declineAct(approval: $id) { approval { state } ${ERRORS} } }`;
const APPROVALS = '{ approvals(first: 10) { edges { node { id verb input state missing requestedBy approvers } } } }';
const POLICY = `mutation ($input: SetActPolicyInput!) { setActPolicy(input: $input) {
  policy { requireMfa fourEyes } receipt { entryId } ${ERRORS} } }`;

const key = (): { idempotencyKey: string } => ({ idempotencyKey: randomUUID() });
const demands = async (party: Asks, policy: object) =>
  (await party.ask(POLICY, { input: { ...key(), requireMfa: false, fourEyes: false, ...policy } })).data.setActPolicy;
const approves = async (who: Asks, id: string) => (await who.ask(APPROVE, { id })).data.approveAct;
const stateOf = async (party: Party, id: string) => (await party.cases()).find((each) => each.id === id)?.state;

/** A coordinator with a confirmed case, and people who may decide. */
async function office(people = 2): Promise<{ cert: Party; caseId: string; staff: Human[] }> {
  const cert = await world.cert();
  await (await world.vendor(cert)).submits([`${randomUUID()}.example`]);
  await world.settled();
  const [first] = await cert.cases();
  await cert.confirms(first ? [first] : []);
  const staff = [];
  for (let each = 0; each < people; each += 1) {
    staff.push(await person(cert, issuer, ['CASES_READ', 'CASES_DECIDE', 'ORGANISATION_MANAGE', 'EVENTS_READ']));
  }
  return { cert, caseId: first?.id ?? '', staff };
}

const forwardOf = (caseId: string) => ({ ...key(), cases: [{ id: caseId }], confirmNoParty: true });
const forwards = async (who: Asks, input: object) => (await who.ask(FORWARD, { input })).data.forwardCases;

describe('with four eyes', () => {
  test('what one member asks for is done by another’s approval, once, and the feed tells of both', async () => {
    const { cert, caseId, staff } = await office();
    const [one, other] = staff as [Human, Human];
    expect((await demands(cert, { fourEyes: true })).errors).toEqual([]);
    const input = forwardOf(caseId);
    const asked = await forwards(one, input);
    expect(asked).toMatchObject({ results: null, receipt: null, errors: [{ code: 'NEEDS_APPROVAL' }] });
    expect(await stateOf(cert, caseId)).toBe('CONFIRMED');
    const id = asked.errors[0].approval;
    const { data } = await other.ask(APPROVALS);
    const [{ node }] = data.approvals.edges;
    expect(node).toMatchObject({ id, verb: 'forwardCases', state: 'PENDING', missing: 1, requestedBy: one.member });
    expect(node.input).toContain(caseId);
    const done = await approves(other, id);
    expect(done).toMatchObject({ results: [{ error: null }], errors: [] });
    expect(done.approval).toMatchObject({ state: 'APPROVED', missing: 0, approvers: [other.member] });
    expect(await stateOf(cert, caseId)).not.toBe('CONFIRMED');
    // Whoever asks again is told the same, and nothing is done twice.
    const again = [await approves(other, id), await forwards(one, input)];
    expect(again.map(({ receipt, errors }) => [receipt, errors])).toEqual([
      [done.receipt, []],
      [done.receipt, []],
    ]);
    await world.settled();
    const events = await cert.events();
    const kinds = ['ACT_REQUESTED', 'ACT_APPROVED', 'CASES_FORWARDED'];
    const heard = events.filter(({ kind }) => kinds.includes(kind));
    expect(heard.map(({ kind }) => kind)).toEqual(kinds);
    const hash = sha256('forwardCases ', node.input).toString('hex');
    for (const { details } of heard.slice(0, 2))
      expect(details).toMatchObject([{ verb: 'forwardCases', inputHash: hash }]);
    expect(JSON.stringify(await world.operator.events())).not.toContain(hash);
  });

  test('who asked cannot approve, however she comes in, and nothing is done', async () => {
    const { cert, caseId, staff } = await office();
    const [one] = staff as [Human];
    await demands(cert, { fourEyes: true });
    const { errors } = await forwards(one, forwardOf(caseId));
    const again = new Human(world, issuer, one.visitor, one.member);
    await again.signsIn();
    for (const who of [one, again]) {
      expect((await approves(who, errors[0].approval)).errors).toMatchObject([
        { code: 'FORBIDDEN', path: ['approval'] },
      ]);
    }
    expect(await stateOf(cert, caseId)).toBe('CONFIRMED');
  });

  test('no key is a second pair of eyes, also not a key of a member', async () => {
    const { cert, caseId, staff } = await office();
    const [one, other] = staff as [Human, Human];
    await demands(cert, { fourEyes: true });
    const { errors } = await forwards(one, forwardOf(caseId));
    const { data } = await cert.ask(
      'mutation ($input: CreateClientInput!) { createClient(input: $input) { apiKey } }',
      { input: { name: 'hers', permissions: ['CASES_DECIDE'], member: other.member } },
    );
    const hers = new Party(world, cert.id, cert.name, data.createClient.apiKey);
    for (const who of [cert, hers]) {
      expect((await approves(who, errors[0].approval)).errors).toMatchObject([
        { code: 'FORBIDDEN', path: ['approval'] },
      ]);
    }
    expect(await stateOf(cert, caseId)).toBe('CONFIRMED');
  });

  test('what a key asks for two people approve: one with a key and a browser is one', async () => {
    const { cert, caseId, staff } = await office();
    const [one, other] = staff as [Human, Human];
    await demands(cert, { fourEyes: true });
    const { errors } = await forwards(cert, forwardOf(caseId));
    const id = errors[0].approval;
    expect(await approves(one, id)).toMatchObject({
      ...{ approval: { state: 'PENDING', missing: 1, requestedBy: null }, receipt: null, errors: [] },
    });
    expect((await approves(one, id)).errors).toMatchObject([{ code: 'CONFLICT' }]);
    expect(await stateOf(cert, caseId)).toBe('CONFIRMED');
    expect(await approves(other, id)).toMatchObject({ approval: { state: 'APPROVED' }, errors: [] });
    expect(await stateOf(cert, caseId)).not.toBe('CONFIRMED');
  });

  test('only what was approved is done: another input waits for itself', async () => {
    const { cert, caseId, staff } = await office();
    const [one, other] = staff as [Human, Human];
    await demands(cert, { fourEyes: true });
    const input = forwardOf(caseId);
    const first = await forwards(one, input);
    expect((await forwards(one, input)).errors[0].approval).toBe(first.errors[0].approval);
    const changed = await forwards(one, { ...input, ...key() });
    expect(changed.errors[0].approval).not.toBe(first.errors[0].approval);
    const rejected = (await one.ask(REJECT, { input: { ...key(), cases: [{ id: caseId }], reason: 'DUPLICATE' } }))
      .data;
    expect(rejected.rejectCases.errors).toMatchObject([{ code: 'NEEDS_APPROVAL' }]);
    expect((await approves(other, first.errors[0].approval)).errors).toEqual([]);
    const { data } = await other.ask(APPROVALS);
    const states = data.approvals.edges.map(({ node }: { node: { state: string } }) => node.state);
    expect(states).toEqual(['PENDING', 'PENDING', 'APPROVED']);
  });

  test('two who approve at the same moment do it once', async () => {
    const { cert, caseId, staff } = await office(3);
    const [one, second, third] = staff as [Human, Human, Human];
    await demands(cert, { fourEyes: true });
    const { errors } = await forwards(one, forwardOf(caseId));
    const id = errors[0].approval;
    const rival = await world.database.connect('tocsin_system');
    await rival.query('BEGIN');
    await rival.query(
      'SELECT FROM approval WHERE organisation_id = (SELECT organisation_id FROM approval ORDER BY id DESC LIMIT 1) FOR UPDATE',
    );
    const both = Promise.all([approves(second, id), approves(third, id)]);
    await waitingForLocks(world, 2);
    await rival.query('ROLLBACK');
    await rival.end();
    const [left, right] = await both;
    // Whoever comes while it is being done is told so, and asks again.
    const done = [left, right].filter(({ errors: [error] }) => error?.code !== 'IN_PROGRESS');
    done.push(await approves(third, id));
    expect(new Set(done.map(({ receipt }) => receipt.entryId)).size).toBe(1);
    expect(done.at(-1).approval.approvers).toHaveLength(1);
    await world.settled();
    const kinds = (await cert.events()).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'CASES_FORWARDED')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'ACT_APPROVED')).toHaveLength(1);
  });

  test('a rehearsal changes nothing and waits for nobody', async () => {
    const { cert, caseId, staff } = await office();
    await demands(cert, { fourEyes: true });
    const rehearsed = await forwards(staff[0] as Human, { ...forwardOf(caseId), dryRun: true });
    expect(rehearsed).toMatchObject({ results: [{ error: null }], errors: [], receipt: null });
    expect((await cert.ask(APPROVALS)).data.approvals.edges).toEqual([]);
  });

  test('after 24 hours it is too late, and is asked for anew', async () => {
    const { cert, caseId, staff } = await office();
    const [one, other] = staff as [Human, Human];
    await demands(cert, { fourEyes: true });
    const input = forwardOf(caseId);
    const first = (await forwards(one, input)).errors[0].approval;
    ahead = 24 * HOUR + 1000;
    for (const each of [one, other]) await each.signsIn();
    expect((await approves(other, first)).errors).toMatchObject([{ code: 'WRONG_STATE' }]);
    const second = (await forwards(one, input)).errors[0].approval;
    expect(second).not.toBe(first);
    expect((await approves(other, second)).errors).toEqual([]);
  });

  test('what was declined is not done, also when who asked takes it back', async () => {
    const { cert, caseId, staff } = await office();
    const [one, other] = staff as [Human, Human];
    await demands(cert, { fourEyes: true });
    const input = forwardOf(caseId);
    for (const who of [other, one]) {
      const id = (await forwards(one, input)).errors[0].approval;
      const { data } = await who.ask(DECLINE, { id });
      expect(data.declineAct).toMatchObject({ approval: { state: 'DECLINED' }, errors: [] });
      expect((await approves(other, id)).errors).toMatchObject([{ code: 'WRONG_STATE' }]);
    }
    expect(await stateOf(cert, caseId)).toBe('CONFIRMED');
  });

  test.each([
    [
      'was removed',
      (cert: Party, { member }: Human) =>
        cert.ask('mutation ($id: ID!) { removeMember(member: $id) { errors { code } } }', { id: member }),
    ],
    [
      'was suspended',
      (cert: Party, { member }: Human) =>
        cert.ask('mutation ($id: ID!) { suspendMember(member: $id) { errors { code } } }', { id: member }),
    ],
  ])('what somebody asked for who %s meanwhile is not approved any more', async (_name, ends) => {
    const { cert, caseId, staff } = await office();
    const [one, other] = staff as [Human, Human];
    await demands(cert, { fourEyes: true });
    const { errors } = await forwards(one, forwardOf(caseId));
    await ends(cert, one);
    expect((await approves(other, errors[0].approval)).errors).toMatchObject([{ code: 'WRONG_STATE' }]);
    expect(await stateOf(cert, caseId)).toBe('CONFIRMED');
  });

  test('who may not do the act may not approve it, and another organisation does not find it', async () => {
    const { cert, caseId, staff } = await office();
    const reader = await person(cert, issuer, ['CASES_READ', 'EVENTS_READ']);
    await demands(cert, { fourEyes: true });
    const { errors } = await forwards(staff[0] as Human, forwardOf(caseId));
    const id = errors[0].approval;
    expect((await reader.ask(APPROVE, { id })).errors[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await reader.ask(DECLINE, { id })).errors[0]?.extensions.code).toBe('FORBIDDEN');
    const stranger = await person(await world.cert(), issuer, ['CASES_READ', 'CASES_DECIDE']);
    for (const asked of [id, 'no id of this hub']) {
      expect((await approves(stranger, asked)).errors).toMatchObject([{ code: 'NOT_FOUND', path: ['approval'] }]);
      expect((await stranger.ask(DECLINE, { id: asked })).data.declineAct.errors).toMatchObject([
        { code: 'NOT_FOUND' },
      ]);
    }
    expect((await stranger.ask(APPROVALS)).data.approvals.edges).toEqual([]);
    expect(await stateOf(cert, caseId)).toBe('CONFIRMED');
  });

  test('nobody alone gives a member rights, or lifts the demand', async () => {
    const { cert, staff } = await office();
    const [one, other] = staff as [Human, Human];
    await demands(cert, { fourEyes: true });
    const puppet = await person(cert, issuer, []).catch(() => null);
    expect(puppet).not.toBeNull();
    const granted = await grants(one, puppet?.member ?? '', ['CASES_DECIDE']);
    expect(granted.errors).toMatchObject([{ code: 'NEEDS_APPROVAL' }]);
    const lifted = await demands(one, {});
    expect(lifted).toMatchObject({ policy: null, errors: [{ code: 'NEEDS_APPROVAL' }] });
    expect((await cert.ask('{ actPolicy { fourEyes } }')).data.actPolicy.fourEyes).toBe(true);
    expect((await approves(other, lifted.errors[0].approval)).errors).toEqual([]);
    expect((await cert.ask('{ actPolicy { fourEyes } }')).data.actPolicy.fourEyes).toBe(false);
  });

  test('an organisation with one person cannot demand two', async () => {
    const { cert } = await office(1);
    expect((await demands(cert, { fourEyes: true })).errors).toMatchObject([
      { code: 'WRONG_STATE', path: ['fourEyes'] },
    ]);
  });

  test('what an act itself refuses is said to who approved it', async () => {
    const { cert, caseId, staff } = await office();
    const [one, other] = staff as [Human, Human];
    await demands(cert, { fourEyes: true });
    const { errors } = await forwards(one, { ...forwardOf(caseId), cases: [{ id: caseId, expectedVersion: 99 }] });
    const done = await approves(other, errors[0].approval);
    expect(done).toMatchObject({ results: [{ error: { code: 'CONFLICT' } }], errors: [], receipt: null });
  });

  test('the database itself takes nobody for two', async () => {
    const { cert, caseId, staff } = await office();
    const [one] = staff as [Human];
    await demands(cert, { fourEyes: true });
    await forwards(one, forwardOf(caseId));
    const change = (set: string) =>
      world.database.admin(`UPDATE approval SET ${set} WHERE id = (SELECT id FROM approval ORDER BY id DESC LIMIT 1)`);
    await expect(change("state = 'APPROVED'")).rejects.toThrow('approval_by_two');
    await expect(change("state = 'APPROVED', approvers = ARRAY[member_id]")).rejects.toThrow('approval_by_others');
    await expect(change('approvers = ARRAY[id, id]')).rejects.toThrow('approval_by_each_once');
  });
});

describe('with a second factor demanded', () => {
  test('a person acts outward in a session that was begun with one, and in no other', async () => {
    const { cert, caseId, staff } = await office(1);
    const [one] = staff as [Human];
    await demands(cert, { requireMfa: true });
    const input = forwardOf(caseId);
    expect((await forwards(one, input)).errors).toMatchObject([{ code: 'NEEDS_SECOND_FACTOR' }]);
    await one.signsIn('?strong', { ...one.visitor, acr: 'urn:example:something-else' });
    expect((await forwards(one, input)).errors).toMatchObject([{ code: 'NEEDS_SECOND_FACTOR' }]);
    await one.signsIn('?strong', { ...one.visitor, acr: STRONG });
    expect((await forwards(one, input)).errors).toEqual([]);
    await world.settled();
    expect(await stateOf(cert, caseId)).not.toBe('CONFIRMED');
  });

  test('a provider that names its methods is heard as well; a key of a person shows none, and a machine needs none', async () => {
    const { cert, caseId, staff } = await office(1);
    const [one] = staff as [Human];
    await demands(cert, { requireMfa: true });
    const { data } = await cert.ask(
      'mutation ($input: CreateClientInput!) { createClient(input: $input) { apiKey } }',
      { input: { name: 'hers', permissions: ['CASES_DECIDE'], member: one.member } },
    );
    const hers = new Party(world, cert.id, cert.name, data.createClient.apiKey);
    expect((await forwards(hers, forwardOf(caseId))).errors).toMatchObject([{ code: 'NEEDS_SECOND_FACTOR' }]);
    await one.signsIn('?strong', { ...one.visitor, amr: ['pwd', 'mfa'] });
    const rehearsal = { ...forwardOf(caseId), dryRun: false };
    expect((await forwards(one, rehearsal)).errors).toEqual([]);
    expect((await cert.forwards([{ id: caseId }])).errors).toEqual([]);
  });

  test('who approves shows one too', async () => {
    const { cert, caseId, staff } = await office();
    const [one, other] = staff as [Human, Human];
    await demands(cert, { requireMfa: true, fourEyes: true });
    await one.signsIn('?strong', { ...one.visitor, acr: STRONG });
    const { errors } = await forwards(one, forwardOf(caseId));
    expect(errors).toMatchObject([{ code: 'NEEDS_APPROVAL' }]);
    expect((await approves(other, errors[0].approval)).errors).toMatchObject([{ code: 'NEEDS_SECOND_FACTOR' }]);
    await other.signsIn('?strong', { ...other.visitor, acr: STRONG });
    expect((await approves(other, errors[0].approval)).errors).toEqual([]);
  });
});

test('an organisation that demands nothing acts as before', async () => {
  const { cert, caseId, staff } = await office(1);
  expect((await cert.ask('{ actPolicy { requireMfa fourEyes } }')).data.actPolicy).toEqual({
    ...{ requireMfa: false, fourEyes: false },
  });
  expect((await forwards(staff[0] as Human, forwardOf(caseId))).errors).toEqual([]);
});

test('what is guarded is a list of mutations whose input has an idempotency key, or the schema is not built', () => {
  expect(GUARDED_ACTS.length).toBeGreaterThan(10);
  for (const verb of ['revokeClient', 'inviteMember', 'doesNotExist']) {
    expect(() => guardActs(makeSchema(), [verb], () => null)).toThrow(verb);
  }
});

test.each([
  ['in neither list', { 'Nobody thought of it.': [] }],
  ['in both', { ...ACTS_OF_ONE, 'A second thought.': ['forwardCases'] }],
  ['for two reasons', { ...ACTS_OF_ONE, 'Another.': ['createClient'] }],
  ['not there', { ...ACTS_OF_ONE, 'Soon.': ['forwardCases2'] }],
])('a mutation that is %s is to be thought of before the hub starts', (_, others) => {
  expect(() => assertWeighed(makeSchema(), others)).toThrow('is to be one of the acts');
});
