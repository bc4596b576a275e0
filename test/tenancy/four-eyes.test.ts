import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { sha256 } from '../../src/platform/ids.ts';
import { Human, grants, person } from '../support/people.ts';
import { LoginIssuer } from '../support/login-issuer.ts';
import { waitingForLocks } from '../support/rivals.ts';
import { createWorld, Party, type World } from '../support/world.ts';
import {
  APPROVALS,
  APPROVE,
  DECLINE,
  REJECT,
  approves,
  demands,
  forwardOf,
  forwards,
  key,
  makeOffice,
  stateOf,
  type Office,
} from './office.ts';

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

const office = (people?: number): Promise<Office> => makeOffice(world, issuer, people);

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
