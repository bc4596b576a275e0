import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { PERMISSIONS_OF_ROLE, ROLES } from '../../src/platform/viewer.ts';
import { ask } from '../support/api.ts';
import { LoginIssuer } from '../support/login-issuer.ts';
import { FORM, Human, grants, invites, person } from '../support/people.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };

let issuer: LoginIssuer;
let world: World;
let vendor: Party;
beforeAll(async () => {
  issuer = await LoginIssuer.start();
  world = await createWorld({ clock, login: issuer.settings() });
  issuer.knows(world.hub.url);
  vendor = await world.organisation(['VENDOR']);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await issuer.stop();
});
afterEach(() => void (ahead = 0));

const WHO = '{ viewer { organisation { name } permissions } }';
const MEMBERS = '{ members(first: 100) { edges { node { id name state granted issuer subject invitedUntil } } } }';
const RENEW = 'mutation ($id: ID!) { renewInvitation(member: $id) { member invitation errors { code path } } }';

const somebody = (member = ''): Human => new Human(world, issuer, { subject: randomUUID() }, member);
const says = async (party: Pick<Party, 'ask'>, verb: string, id: string) =>
  (await party.ask(`mutation ($id: ID!) { ${verb}(member: $id) { errors { code path } } }`, { id })).data[verb].errors;
const listed = async (party: Pick<Party, 'ask'>, member: string) =>
  (await party.ask(MEMBERS)).data.members.edges.map(({ node }: never) => node).find(({ id }: never) => id === member);

test('a member joins by her invitation and is known from then on by who she is to her provider', async () => {
  const { member, invitation } = await invites(vendor);
  expect(await listed(vendor, member)).toMatchObject({ issuer: null, subject: null, granted: [], state: 'ACTIVE' });
  const she = somebody(member);
  expect((await she.joins(invitation)).status).toBe(200);
  const { subject } = she.visitor;
  expect(await listed(vendor, member)).toMatchObject({ issuer: issuer.url, subject, invitedUntil: null });
  await world.settled();
  const heard = (await vendor.events()).find(({ kind }) => kind === 'MEMBER_JOINED');
  expect(heard).toMatchObject({ actor: null, details: [{ issuer: issuer.url, subject }] });
  expect(JSON.stringify(await world.operator.events())).not.toContain(subject);
  // At another browser she needs no invitation any more.
  const again = new Human(world, issuer, she.visitor, member);
  await again.signsIn();
  expect((await again.ask(WHO)).data.viewer).toEqual({ organisation: { name: vendor.name }, permissions: [] });
});

test('an invitation is taken up once, also by two at the same moment', async () => {
  const { member, invitation } = await invites(vendor);
  const both = [somebody(), somebody()];
  const statuses = [];
  for (const each of both) {
    issuer.visitor = each.visitor;
    const init = {
      method: 'POST',
      headers: { ...FORM, origin: each.origin },
      body: new URLSearchParams({ invitation }).toString(),
    };
    await each.browser.goes(`${each.origin}/auth/sign-in`, {
      init,
      stop: ({ pathname }) => pathname === '/auth/callback',
    });
  }
  const answers = await Promise.all(both.map(({ browser }) => browser.request(browser.visited.at(-1) ?? '')));
  statuses.push(...answers.map(({ status }) => status));
  expect(statuses.sort()).toEqual([303, 403]);
  expect((await listed(vendor, member)).subject).toBe(
    both.find(({ session }) => session !== undefined)?.visitor.subject,
  );
  expect((await somebody().joins(invitation)).status).toBe(403);
});

test.each(['', 'guessed', 'a'.repeat(43), "' OR true --", 'x'.repeat(90)])(
  'what is no invitation lets nobody in: "%s"',
  async (invitation) => {
    const one = somebody();
    expect([(await one.joins(invitation)).status, one.session]).toEqual([403, undefined]);
  },
);

test('an invitation lasts a week, falls with another one, and with the membership', async () => {
  const late = await invites(vendor);
  ahead = 7 * 24 * 3_600_000 + 1000;
  expect((await somebody().joins(late.invitation)).status).toBe(403);
  ahead = 0;
  const first = await invites(vendor);
  const { data } = await vendor.ask(RENEW, { id: first.member });
  expect((await somebody().joins(first.invitation)).status).toBe(403);
  expect((await somebody().joins(data.renewInvitation.invitation)).status).toBe(200);
  const joined = (await vendor.ask(RENEW, { id: first.member })).data.renewInvitation;
  expect(joined).toMatchObject({ invitation: null, errors: [{ code: 'WRONG_STATE', path: ['member'] }] });
  for (const verb of ['removeMember', 'suspendMember']) {
    const gone = await invites(vendor);
    await says(vendor, verb, gone.member);
    expect([verb, (await somebody().joins(gone.invitation)).status]).toEqual([verb, 403]);
  }
});

test('an address opens nothing: who has it and no invitation is nobody', async () => {
  const email = 'she@people.example';
  await invites(vendor, email);
  const one = new Human(world, issuer, { subject: email }, '');
  expect([(await one.signsIn()).status, one.session]).toEqual([403, undefined]);
});

test('nobody joins unaware: an invitation counts in a form of the hub alone, and in no address', async () => {
  const { invitation } = await invites(vendor);
  const victim = somebody();
  expect((await victim.signsIn(`?invitation=${invitation}`)).status).toBe(403);
  for (const headers of [{ origin: 'https://elsewhere.example' }, { origin: 'null' }, {}]) {
    const response = await victim.browser.request(`${victim.origin}/auth/sign-in`, {
      method: 'POST',
      headers: { ...FORM, ...headers },
      body: new URLSearchParams({ invitation }).toString(),
    });
    expect([response.status, response.headers.get('location')]).toEqual([403, null]);
  }
});

test('one person is one member of an organisation, however often she is invited', async () => {
  const she = await person(vendor, issuer, []);
  const second = await invites(vendor);
  expect((await she.joins(second.invitation)).status).toBe(403);
  expect((await listed(vendor, second.member)).issuer).toBeNull();
  await says(vendor, 'removeMember', she.member);
  expect((await she.joins(second.invitation)).status).toBe(200);
});

test('an invitation is nowhere in the database, nor in what the organisation hears of it', async () => {
  const { invitation } = await invites(vendor);
  await world.settled();
  const tables = await world.database.admin<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'hub'::regnamespace AND relkind = 'r'",
  );
  for (const { name } of tables) {
    const rows = await world.database.admin(`SELECT FROM ${name} t WHERE strpos(t::text, $1) > 0`, [invitation]);
    expect([name, rows.length]).toEqual([name, 0]);
  }
  expect(JSON.stringify(await vendor.events())).not.toContain(invitation);
});

test.each(ROLES)('a member of a %s is granted what such an organisation may do, and nothing else', async (role) => {
  const party = await world.organisation([role]);
  const she = await person(party, issuer, []);
  const names = PERMISSIONS_OF_ROLE[role].map((permission) => permission.toUpperCase().replace(':', '_'));
  expect((await grants(party, she.member, names)).errors).toEqual([]);
  expect([...(await she.ask(WHO)).data.viewer.permissions].sort()).toEqual([...names].sort());
  const foreign = role === 'OPERATOR' ? 'CASES_DECIDE' : 'HUB_OPERATE';
  expect((await grants(party, she.member, [foreign])).errors).toMatchObject([
    { code: 'FORBIDDEN', path: ['permissions'] },
  ]);
});

test('what she may do counts from her next request on, and her feed says that it was changed', async () => {
  const she = await person(vendor, issuer, ['ORGANISATION_MANAGE', 'EVENTS_READ']);
  expect((await she.ask(MEMBERS)).errors).toEqual([]);
  const { receipt } = await grants(vendor, she.member, []);
  expect((await she.ask(MEMBERS)).errors[0]?.extensions.code).toBe('FORBIDDEN');
  await world.settled();
  const heard = (await vendor.events()).find(({ entryId }) => entryId === receipt.entryId);
  expect(heard).toMatchObject({ kind: 'MEMBER_GRANTED', details: [{ permissions: [] }] });
});

test('permissions are for who has joined, by her own organisation, and asked for once under a key', async () => {
  const { member } = await invites(vendor);
  expect((await grants(vendor, member, ['REPORTS_READ'])).errors).toMatchObject([
    { code: 'WRONG_STATE', path: ['member'] },
  ]);
  const she = await person(vendor, issuer, []);
  const other = await world.organisation(['VENDOR']);
  expect((await grants(other, she.member, ['REPORTS_READ'])).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  const input = { idempotencyKey: randomUUID(), member: she.member, permissions: ['REPORTS_READ'] };
  const grant = async () =>
    (
      await vendor.ask(
        'mutation ($input: GrantPermissionsInput!) { grantPermissions(input: $input) { receipt { entryId } errors { code } } }',
        { input },
      )
    ).data.grantPermissions;
  const first = await grant();
  expect([first.errors, await grant()]).toEqual([[], first]);
});

test('a member who is suspended has neither session nor key until she is reinstated; one who is removed never', async () => {
  const she = await person(vendor, issuer, ['REPORTS_READ']);
  const { data } = await vendor.ask(
    'mutation ($input: CreateClientInput!) { createClient(input: $input) { apiKey } }',
    { input: { name: 'hers', permissions: ['REPORTS_READ'], member: she.member } },
  );
  const key = data.createClient.apiKey;
  const works = async () => [
    (await she.ask(WHO)).errors.length === 0,
    (await ask(world.hub.url, key, WHO)).status === 200,
  ];
  expect(await works()).toEqual([true, true]);
  expect(await says(vendor, 'suspendMember', she.member)).toEqual([]);
  ahead = 6_000;
  expect(await works()).toEqual([false, false]);
  expect((await new Human(world, issuer, she.visitor, '').signsIn()).status).toBe(403);
  expect(await says(vendor, 'suspendMember', she.member)).toEqual([{ code: 'WRONG_STATE', path: ['member'] }]);
  expect(await says(vendor, 'reinstateMember', she.member)).toEqual([]);
  ahead = 12_000;
  expect(await works()).toEqual([true, true]);
  expect(await says(vendor, 'removeMember', she.member)).toEqual([]);
  ahead = 18_000;
  expect(await works()).toEqual([false, false]);
  expect(await says(vendor, 'reinstateMember', she.member)).toEqual([{ code: 'NOT_FOUND', path: ['member'] }]);
  expect((await new Human(world, issuer, she.visitor, '').signsIn()).status).toBe(403);
});

test.each(['suspendMember', 'reinstateMember', 'removeMember', 'renewInvitation'])(
  'nobody else says %s',
  async (verb) => {
    const she = await person(vendor, issuer, ['REPORTS_READ']);
    const other = await world.organisation(['VENDOR']);
    expect(await says(other, verb, she.member)).toEqual([{ code: 'NOT_FOUND', path: ['member'] }]);
    expect(await says(world.operator, verb, she.member)).toEqual([{ code: 'NOT_FOUND', path: ['member'] }]);
    expect((await she.ask(WHO)).errors).toEqual([]);
  },
);
