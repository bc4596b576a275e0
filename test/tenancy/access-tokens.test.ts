import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { RawSocket } from '../feed/raw-socket.ts';
import { ask } from '../support/api.ts';
import { AUDIENCE, TestIssuer } from '../support/issuer.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { ATTACKS, makeOwnKey, type Arms } from './token-attacks.ts';

let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };
/** Longer than a node believes a credential without looking again. */
const later = (ms = 6_000): void => void (ahead += ms);

let issuer: TestIssuer;
let otherIssuer: TestIssuer;
let world: World;
let vendor: Party;
let arms: Arms;
/** What came to the attacker's own server. */
const visits: string[] = [];
let lair: Server;

const LINK = `mutation ($input: LinkClientInput!) { linkClient(input: $input) {
  client apiKey receipt { entryId } errors { code message path } } }`;
const REVOKE = 'mutation ($id: ID!) { revokeClient(client: $id) { errors { code } } }';
const CLIENTS = '{ clients(first: 100) { edges { node { id name issuer issuerClient issuerSubject } } } }';
const WHO = '{ viewer { organisation { id } permissions } }';

beforeAll(async () => {
  [issuer, otherIssuer] = await Promise.all([
    TestIssuer.start('machine', 'unlinked', 'second'),
    TestIssuer.start('machine'),
  ]);
  world = await createWorld({
    clock,
    oauth: { issuers: [issuer.url, otherIssuer.url], audience: AUDIENCE },
    sockets: { lookEveryMs: 25, credentialEveryMs: 50 },
  });
  vendor = await world.organisation(['VENDOR']);
  lair = createServer((request, response) => {
    visits.push(request.url ?? '');
    response.end('{"keys":[]}');
  }).listen(0, '127.0.0.1');
  const linked = await links(vendor, await issuer.token('machine'));
  expect(linked.errors).toEqual([]);
  arms = {
    issuer,
    otherIssuer,
    good: await issuer.claims('machine'),
    own: await makeOwnKey(),
    lair: `http://127.0.0.1:${(lair.address() as AddressInfo).port}`,
  };
});
beforeEach(() => void (ahead = 0));
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await Promise.all([issuer.stop(), otherIssuer.stop()]);
  lair.close();
});

async function links(party: Party, accessToken: string, input: object = {}) {
  const permissions = ['REPORTS_SUBMIT', 'EVENTS_READ'];
  const { data } = await party.ask(LINK, { input: { name: 'Our scanner', permissions, accessToken, ...input } });
  return data.linkClient;
}

const who = (token: string) => ask(world.hub.url, token, WHO);

/** The code with which a socket that shows the token is closed; null when it is let in. */
async function closing(token: string): Promise<number | null> {
  const socket = await RawSocket.open(world.hub.wsUrl);
  socket.init({ authorization: `Bearer ${token}` });
  const code = await Promise.race([
    socket.closed.then(({ code }) => code),
    socket.hears('connection_ack').then(() => null),
  ]);
  socket.socket.terminate();
  return code;
}

test('a token of a linked client is its organisation, with what the link allows, over HTTP and WebSocket', async () => {
  const token = await issuer.token('machine');
  const { data } = await who(token);
  expect(data.viewer).toEqual({ organisation: { id: vendor.id }, permissions: ['REPORTS_SUBMIT', 'EVENTS_READ'] });
  expect(await closing(token)).toBeNull();
});

test.each(ATTACKS)('refused over HTTP and WebSocket: a token with %s', async (_name, make) => {
  const token = await make(arms);
  const response = await fetch(world.hub.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: WHO }),
  });
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  expect(await response.json()).toEqual({
    errors: [{ message: 'The key is unknown, expired or revoked.', extensions: { code: 'UNAUTHENTICATED' } }],
  });
  expect(await closing(token)).toBe(4401);
  expect(visits).toEqual([]);
  // And what it was made of is good: only the attack was refused.
  expect((await who(issuer.sign(arms.good))).status).toBe(200);
});

test.each([
  ['expired, but by less than clocks differ', { exp: -20 }, 200],
  ['to be used in a moment, by less than clocks differ', { nbf: 20 }, 200],
  ['for several, this hub among them', { aud: ['https://other.example/', AUDIENCE] }, 200],
])('let in: a token that is %s', async (_name, change: Record<string, unknown>, status) => {
  const now = Math.floor(Date.now() / 1000);
  const moved = Object.entries(change).map(([name, value]) => [name, typeof value === 'number' ? now + value : value]);
  expect((await who(issuer.sign({ ...arms.good, ...Object.fromEntries(moved) }))).status).toBe(status);
});

test('a scope narrows what the link allows, and never widens it', async () => {
  const allowed = async (scope: string) => (await who(issuer.sign({ ...arms.good, scope }))).data.viewer.permissions;
  expect((await who(await issuer.token('machine', 'events:read openid'))).data.viewer.permissions).toEqual([
    'EVENTS_READ',
  ]);
  expect(await allowed('events:read organisation:manage hub:operate')).toEqual(['EVENTS_READ']);
  expect(await allowed('openid profile')).toEqual([]);
  expect(await allowed('')).toEqual(['REPORTS_SUBMIT', 'EVENTS_READ']);
});

test('who can show a token links its client; everybody else is refused, and hears nothing of whose it is', async () => {
  const [first, second] = [await world.organisation(['VENDOR']), await world.organisation(['CERT'])];
  const token = await issuer.token('second');
  const { client, apiKey, errors, receipt } = await links(first, token);
  expect({ errors, apiKey }).toEqual({ errors: [], apiKey: null });
  const linked = {
    id: client,
    name: 'Our scanner',
    issuer: issuer.url,
    issuerClient: 'second',
    issuerSubject: 'second',
  };
  const listed = async (party: Party) => (await party.ask(CLIENTS)).data.clients.edges.map(({ node }: never) => node);
  expect(await listed(first)).toContainEqual(linked);
  expect(await listed(second)).not.toContainEqual(linked);
  await world.settled();
  const heard = (await first.events()).find(({ entryId }) => entryId === receipt.entryId);
  expect(heard).toMatchObject({ kind: 'CLIENT_LINKED', details: [{ issuer: issuer.url, issuerClient: 'second' }] });
  expect(JSON.stringify([await second.events(), await world.operator.events()])).not.toContain(issuer.url);

  const again = await links(second, token);
  expect(again.errors).toMatchObject([{ code: 'CONFLICT', path: ['accessToken'] }]);
  expect(JSON.stringify(again)).not.toContain(first.name);
  expect((await who(token)).data.viewer.organisation.id).toBe(first.id);
});

test('what is shown must be a token for this hub, and the answer says what is wrong with it', async () => {
  const refused = async (token: string) => (await links(vendor, token)).errors;
  const bad = (message: RegExp) => [
    { code: 'BAD_INPUT', message: expect.stringMatching(message), path: ['accessToken'] },
  ];
  expect(await refused('tocsin_0123456789')).toEqual(bad(/no signed JWT/));
  expect(await refused(issuer.sign({ ...arms.good, aud: 'https://other.example' }))).toEqual(bad(/"aud"/));
  expect(await refused(issuer.sign({ ...arms.good, iss: 'https://stranger.example' }))).toEqual(
    bad(/not one of this hub/),
  );
  expect(await refused(issuer.sign({ ...arms.good, sub: '' }))).toEqual(bad(/sub/));
  const forbidden = await links(vendor, await issuer.token('unlinked'), { permissions: ['HUB_OPERATE'] });
  expect(forbidden.errors).toMatchObject([{ code: 'FORBIDDEN', path: ['permissions'] }]);
});

test('a link that is revoked ends its tokens and their open sockets, and the client can be linked anew', async () => {
  const [first, second] = [await world.organisation(['PROVIDER']), await world.organisation(['PROVIDER'])];
  const token = await otherIssuer.token('machine');
  const { client } = await links(first, token, { permissions: ['EVENTS_READ'] });
  const socket = await RawSocket.signedIn(world.hub.wsUrl, token);
  socket.listens(null);
  expect((await second.ask(REVOKE, { id: client })).data.revokeClient.errors).toEqual([{ code: 'NOT_FOUND' }]);
  expect((await first.ask(REVOKE, { id: client })).data.revokeClient.errors).toEqual([]);
  later();
  expect(await socket.closed).toMatchObject({ code: 4403 });
  expect((await who(token)).status).toBe(401);
  expect((await links(second, token, { permissions: ['EVENTS_READ'] })).errors).toEqual([]);
  later();
  expect((await who(token)).data.viewer.organisation.id).toBe(second.id);
});

test('a socket ends with the token that opened it, and a token with the end of its link', async () => {
  const now = Math.floor(Date.now() / 1000);
  const short = issuer.sign({ ...arms.good, exp: now + 60 });
  const socket = await RawSocket.signedIn(world.hub.wsUrl, short);
  later(91_000);
  expect(await socket.closed).toMatchObject({ code: 4403 });
  ahead = 0;
  const party = await world.organisation(['VENDOR']);
  const subject = issuer.sign({ ...arms.good, sub: 'a person' });
  const expiresAt = new Date(Date.now() + 60_000).toISOString();
  expect((await links(party, subject, { expiresAt })).errors).toEqual([]);
  expect((await who(subject)).data.viewer.organisation.id).toBe(party.id);
  later(58_000);
  expect((await who(subject)).status).toBe(200);
  later(3_000);
  expect((await who(subject)).status).toBe(401);
});

test('a token ends at its instant, however lately it was used', async () => {
  const short = issuer.sign({ ...arms.good, exp: Math.floor(Date.now() / 1000) + 60 });
  later(88_000);
  expect((await who(short)).status).toBe(200);
  later(3_000);
  expect((await who(short)).status).toBe(401);
});

test('the tokens of a member end with her membership', async () => {
  const party = await world.organisation(['VENDOR']);
  const invited = await party.ask(
    'mutation { inviteMember(input: { name: "She", email: "she@vendor.example" }) { member errors { code } } }',
  );
  const { member } = invited.data.inviteMember;
  const token = issuer.sign({ ...arms.good, sub: 'she' });
  expect((await links(party, token, { member })).errors).toEqual([]);
  expect((await who(token)).status).toBe(200);
  await party.ask('mutation ($id: ID!) { removeMember(member: $id) { errors { code } } }', { id: member });
  later();
  expect((await who(token)).status).toBe(401);
  const other = await links(vendor, issuer.sign({ ...arms.good, sub: 'he' }), { member });
  expect(other.errors).toMatchObject([{ code: 'NOT_FOUND', path: ['member'] }]);
});
