import { afterAll, beforeAll, expect, test } from 'vitest';

import { PERMISSIONS_OF_ROLE, ROLES, type Role } from '../../src/platform/viewer.ts';
import { ask } from '../support/api.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };
/** Longer than a node believes a key without looking again. */
const later = (ms = 6_000): void => void (ahead += ms);

let world: World;
beforeAll(async () => void (world = await createWorld({ clock })));
afterAll(() => world[Symbol.asyncDispose]());

const CREATE = `mutation ($input: CreateClientInput!) { createClient(input: $input) {
  client apiKey receipt { entryId } errors { code message path } } }`;
const INVITE = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { member errors { code path } } }';
const REVOKE = 'mutation ($id: ID!) { revokeClient(client: $id) { receipt { entryId } errors { code path } } }';
const REMOVE = 'mutation ($id: ID!) { removeMember(member: $id) { receipt { entryId } errors { code path } } }';
const WHO = '{ viewer { organisation { name } permissions } }';

const nameOf = (permission: string): string => permission.toUpperCase().replace(':', '_');

async function issue(party: Party, input: object = {}) {
  const { data } = await party.ask(CREATE, { input: { name: 'A script', permissions: ['EVENTS_READ'], ...input } });
  return data.createClient;
}

/** How the hub answers to the key now. */
const statusOf = async (key: string): Promise<number> => (await ask(world.hub.url, key, WHO)).status;

test.each(ROLES)(
  'the first key of an organisation that is a %s holds what such an organisation may do',
  async (role) => {
    const { data } = await (await world.organisation([role])).ask(WHO);
    expect([...data.viewer.permissions].sort()).toEqual(PERMISSIONS_OF_ROLE[role].map(nameOf).sort());
  },
);

test('an organisation of several roles holds what each of them may do, once', async () => {
  const roles: Role[] = ['PROVIDER', 'VENDOR', 'PROVIDER'];
  const { data } = await (await world.organisation(roles)).ask(WHO);
  const expected = new Set([...PERMISSIONS_OF_ROLE.VENDOR, ...PERMISSIONS_OF_ROLE.PROVIDER].map(nameOf));
  expect([...data.viewer.permissions].sort()).toEqual([...expected].sort());
});

test('a key holds what was asked for and nothing more, and never more than its organisation may', async () => {
  const vendor = await world.organisation(['VENDOR']);
  const { apiKey } = await issue(vendor, { permissions: ['REPORTS_READ', 'EVENTS_READ', 'REPORTS_READ'] });
  const { data } = await ask(world.hub.url, apiKey, WHO);
  expect(data.viewer.permissions).toEqual(['REPORTS_READ', 'EVENTS_READ']);
  expect((await issue(vendor, { permissions: ['EVENTS_READ', 'CASES_READ', 'HUB_OPERATE'] })).errors).toEqual([
    { code: 'FORBIDDEN', message: 'Your organisation cannot grant: cases:read, hub:operate.', path: ['permissions'] },
  ]);
  expect((await issue(vendor, { permissions: [] })).errors).toMatchObject([{ code: 'BAD_INPUT' }]);
});

test('a key is nowhere in the database, nor in what the organisation hears of it', async () => {
  const vendor = await world.organisation(['VENDOR']);
  const { apiKey } = await issue(vendor);
  await world.settled();
  const tables = await world.database.admin<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'hub'::regnamespace AND relkind = 'r'",
  );
  for (const { name } of tables) {
    const rows = await world.database.admin(`SELECT FROM ${name} t WHERE strpos(t::text, $1) > 0`, [apiKey]);
    expect([name, rows.length]).toEqual([name, 0]);
  }
  const bodies = await world.database.admin(
    "SELECT FROM ledger_payload WHERE strpos(convert_from(body, 'UTF8'), $1) > 0",
    [apiKey],
  );
  expect([bodies.length, JSON.stringify(await vendor.events()).includes(apiKey)]).toEqual([0, false]);
});

test('a revoked key is refused, even one that was just used, and is revoked once', async () => {
  const vendor = await world.organisation(['VENDOR']);
  const { client, apiKey } = await issue(vendor);
  expect(await statusOf(apiKey)).toBe(200);
  expect((await vendor.ask(REVOKE, { id: client })).data.revokeClient.errors).toEqual([]);
  later();
  expect(await statusOf(apiKey)).toBe(401);
  expect((await vendor.ask(REVOKE, { id: client })).data.revokeClient.errors).toMatchObject([{ code: 'NOT_FOUND' }]);
});

const ROTATE = `mutation ($input: RotateClientKeyInput!) { rotateClientKey(input: $input) {
  client apiKey receipt { entryId } errors { code path } } }`;

async function rotate(party: Party, client: string, oldKeyUntil?: Date) {
  const { data } = await party.ask(ROTATE, { input: { client, oldKeyUntil: oldKeyUntil?.toISOString() } });
  return data.rotateClientKey;
}

test('a key that is replaced opens beside the new one until its time is over', async () => {
  const vendor = await world.organisation(['VENDOR']);
  const { client, apiKey: old } = await issue(vendor);
  const { apiKey, errors, receipt } = await rotate(vendor, client);
  expect(errors).toEqual([]);
  expect([await statusOf(old), await statusOf(apiKey)]).toEqual([200, 200]);
  later(24 * 3_600_000 - 60_000);
  expect([await statusOf(old), await statusOf(apiKey)]).toEqual([200, 200]);
  later(61_000);
  expect([await statusOf(old), await statusOf(apiKey)]).toEqual([401, 200]);
  await world.settled();
  const heard = (await vendor.events()).find(({ entryId }) => entryId === receipt.entryId);
  expect(heard).toMatchObject({ kind: 'CLIENT_KEY_ROTATED', details: [{ name: 'A script' }] });
  expect(JSON.stringify(heard)).not.toContain(apiKey);
});

test('a key that was lost is replaced at once; there are never more than two; all end with the client', async () => {
  const vendor = await world.organisation(['VENDOR']);
  const { client, apiKey: first } = await issue(vendor);
  const { apiKey: second } = await rotate(vendor, client, new Date(clock.now().getTime() + 3_600_000));
  expect(await statusOf(first)).toBe(200);
  const { apiKey: third } = await rotate(vendor, client, new Date(clock.now().getTime() + 3_600_000));
  later();
  expect(await Promise.all([first, second, third].map(statusOf))).toEqual([401, 200, 200]);
  const { apiKey: fourth } = await rotate(vendor, client, new Date(0));
  later();
  expect(await Promise.all([second, third, fourth].map(statusOf))).toEqual([401, 401, 200]);
  await rotate(vendor, client);
  await vendor.ask(REVOKE, { id: client });
  later();
  expect(await statusOf(fourth)).toBe(401);
  expect((await rotate(vendor, client)).errors).toEqual([{ code: 'NOT_FOUND', path: ['client'] }]);
});

test('nobody else replaces a key, and the old one lasts a month at most', async () => {
  const [vendor, other] = [await world.organisation(['VENDOR']), await world.organisation(['VENDOR'])];
  const { client, apiKey } = await issue(vendor);
  expect(await rotate(other, client)).toMatchObject({
    apiKey: null,
    errors: [{ code: 'NOT_FOUND', path: ['client'] }],
  });
  const year = new Date(clock.now().getTime() + 365 * 24 * 3_600_000);
  expect((await rotate(vendor, client, year)).errors).toEqual([{ code: 'BAD_INPUT', path: ['oldKeyUntil'] }]);
  expect(await statusOf(apiKey)).toBe(200);
});

test('a key ends at its instant, however lately it was used', async () => {
  const vendor = await world.organisation(['VENDOR']);
  const { apiKey } = await issue(vendor, { expiresAt: new Date(clock.now().getTime() + 60_000).toISOString() });
  expect(await statusOf(apiKey)).toBe(200);
  later(59_000);
  expect(await statusOf(apiKey)).toBe(200);
  later(1_000);
  expect(await statusOf(apiKey)).toBe(401);
});

test('the keys of a member end with the membership, and only hers', async () => {
  const vendor = await world.organisation(['VENDOR']);
  const invited = await vendor.ask(INVITE, { input: { name: 'She', email: 'she@vendor.example' } });
  const { member } = invited.data.inviteMember;
  const [hers, other] = [await issue(vendor, { member }), await issue(vendor)];
  expect([await statusOf(hers.apiKey), await statusOf(other.apiKey)]).toEqual([200, 200]);
  expect((await vendor.ask(REMOVE, { id: member })).data.removeMember.errors).toEqual([]);
  later();
  expect([await statusOf(hers.apiKey), await statusOf(other.apiKey)]).toEqual([401, 200]);
  expect((await issue(vendor, { member })).errors).toMatchObject([{ code: 'NOT_FOUND', path: ['member'] }]);
  expect((await vendor.ask(REMOVE, { id: member })).data.removeMember.errors).toMatchObject([{ code: 'NOT_FOUND' }]);
});

test('an address is invited once while its member is there', async () => {
  const vendor = await world.organisation(['VENDOR']);
  const invite = async (email: string) =>
    (await vendor.ask(INVITE, { input: { name: 'He', email } })).data.inviteMember;
  const { member } = await invite('he@vendor.example');
  expect((await invite('HE@vendor.example')).errors).toEqual([{ code: 'CONFLICT', path: ['email'] }]);
  await vendor.ask(REMOVE, { id: member });
  expect((await invite('he@vendor.example')).errors).toEqual([]);
  for (const email of [
    '',
    'he',
    'he@',
    '@vendor.example',
    'h e@vendor.example',
    'a\0b@vendor.example',
    '\ud800@vendor.example',
  ]) {
    expect((await invite(email)).errors).toEqual([{ code: 'BAD_INPUT', path: ['email'] }]);
  }
});

test('every key of a suspended organisation is refused, and of no other', async () => {
  const [doomed, other] = [await world.organisation(['VENDOR']), await world.organisation(['VENDOR'])];
  const { apiKey } = await issue(doomed);
  expect([await statusOf(doomed.key), await statusOf(apiKey)]).toEqual([200, 200]);
  const { data } = await world.operator.ask(
    'mutation ($id: ID!) { suspendOrganisation(organisation: $id) { organisation { state } errors { code } } }',
    { id: doomed.id },
  );
  expect(data.suspendOrganisation).toEqual({ organisation: { state: 'SUSPENDED' }, errors: [] });
  later();
  expect([await statusOf(doomed.key), await statusOf(apiKey), await statusOf(other.key)]).toEqual([401, 401, 200]);
});

const REINSTATE = `mutation ($id: ID!) { reinstateOrganisation(organisation: $id) {
  organisation { state } receipt { entryId } errors { code path } } }`;

test('an organisation that is reinstated comes back with its keys, but for those that ended; both hear of it', async () => {
  const doomed = await world.organisation(['VENDOR']);
  const { apiKey } = await issue(doomed, { expiresAt: new Date(clock.now().getTime() + 60_000).toISOString() });
  const suspend = 'mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code path } } }';
  const wrong = [{ code: 'WRONG_STATE', path: ['organisation'] }];
  expect((await world.operator.ask(REINSTATE, { id: doomed.id })).data.reinstateOrganisation.errors).toEqual(wrong);
  await world.operator.ask(suspend, { id: doomed.id });
  expect((await world.operator.ask(suspend, { id: doomed.id })).data.suspendOrganisation.errors).toEqual(wrong);
  later(61_000);
  expect(await statusOf(doomed.key)).toBe(401);
  const other = await world.organisation(['OPERATOR']);
  const refused = (await other.ask(REINSTATE, { id: doomed.id })).data.reinstateOrganisation;
  expect(refused).toMatchObject({ organisation: null, errors: [{ code: 'NOT_FOUND' }] });
  const { organisation, receipt } = (await world.operator.ask(REINSTATE, { id: doomed.id })).data.reinstateOrganisation;
  expect(organisation).toEqual({ state: 'ACTIVE' });
  later();
  expect([await statusOf(doomed.key), await statusOf(apiKey)]).toEqual([200, 401]);
  await world.settled();
  for (const party of [doomed, world.operator]) {
    const heard = (await party.events()).find(({ entryId }) => entryId === receipt.entryId);
    expect(heard?.kind).toBe('ORGANISATION_REINSTATED');
  }
});

test.each(['', 'Bearer', 'Bearer tocsin_short', 'Basic dG9jc2lu', `Bearer tocsin_${'x'.repeat(43)}`, 'tocsin_'])(
  'what is no key is refused: "%s"',
  async (authorization) => {
    const response = await fetch(world.hub.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ query: WHO }),
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      errors: [{ message: 'The key is unknown, expired or revoked.', extensions: { code: 'UNAUTHENTICATED' } }],
    });
  },
);
