import { request } from 'node:http';

import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { readProxies, type TrustedProxies } from '../../src/server/peer.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };
/** Longer than a node believes a key without looking again. */
const later = (ms = 6_000): void => void (ahead += ms);

const PROXY = '127.0.0.1';
const STRANGER = '127.0.0.2';

let world: World;
let vendor: Party;
beforeAll(async () => {
  world = await createWorld({
    clock,
    sockets: { lookEveryMs: 25, credentialEveryMs: 50 },
    proxies: readProxies(PROXY) as TrustedProxies,
  });
  vendor = await world.organisation(['VENDOR']);
});
beforeEach(() => void (ahead = 0));
afterAll(() => world[Symbol.asyncDispose]());

const CREATE = `mutation ($input: CreateClientInput!) { createClient(input: $input) {
  client apiKey errors { code message path } } }`;
const UPDATE = `mutation ($input: UpdateClientInput!) { updateClient(input: $input) {
  client apiKey receipt { entryId } errors { code message path } } }`;
const SHOWN = `query ($id: ID!) { node(id: $id) { ... on Client {
  name permissions networks expiresAt lastUsedAt } } }`;

async function issue(
  input: object = {},
  party = vendor,
): Promise<{ client: string; apiKey: string; errors: object[] }> {
  const { data } = await party.ask(CREATE, { input: { name: 'A script', permissions: ['EVENTS_READ'], ...input } });
  return data.createClient;
}

const update = async (client: string, input: object, party = vendor) =>
  (await party.ask(UPDATE, { input: { client, ...input } })).data.updateClient;

const shown = async (id: string, party = vendor) => (await party.ask(SHOWN, { id })).data.node;

/** How the hub answers to the key from there. `forwarded`: what the peer, a proxy or not, says of who came to it. */
function statusOf(apiKey: string, forwarded?: string, localAddress = PROXY): Promise<number> {
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(world.hub.url, { method: 'POST', headers, localAddress }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ query: '{ viewer { permissions } }' }));
  });
}

async function socketFrom(apiKey: string, forwarded: string, localAddress = PROXY): Promise<RawSocket> {
  const headers = { 'x-forwarded-for': forwarded };
  const socket = await RawSocket.open(world.hub.wsUrl, undefined, { headers, localAddress });
  socket.init({ authorization: `Bearer ${apiKey}` });
  return socket;
}

test('a key opens from its networks alone, in either family, over HTTP and WebSocket', async () => {
  const { apiKey } = await issue({ networks: ['192.0.2.0/24', '2001:db8::/32'] });
  for (const from of ['192.0.2.7', '::ffff:192.0.2.7', '2001:db8::7']) {
    expect([from, await statusOf(apiKey, from)]).toEqual([from, 200]);
    await (await socketFrom(apiKey, from)).hears('connection_ack');
  }
  for (const from of ['192.0.3.7', '2001:db9::7', '127.0.0.1', 'unknown', '']) {
    expect([from, await statusOf(apiKey, from)]).toEqual([from, 401]);
    expect(await (await socketFrom(apiKey, from)).closed).toMatchObject({ code: 4401 });
  }
  expect(await statusOf((await issue()).apiKey, '203.0.113.9')).toBe(200);
});

test('who is no trusted proxy is not believed about others, nor what a stranger wrote before a proxy did', async () => {
  const { apiKey } = await issue({ networks: ['192.0.2.7'] });
  expect(await statusOf(apiKey, '192.0.2.7')).toBe(200);
  expect(await statusOf(apiKey, '192.0.2.7', STRANGER)).toBe(401);
  expect(await statusOf(apiKey, '192.0.2.7, 203.0.113.9')).toBe(401);
  expect(await statusOf(apiKey, `192.0.2.7, ${STRANGER}`)).toBe(401);
  expect(await (await socketFrom(apiKey, '192.0.2.7', STRANGER)).closed).toMatchObject({ code: 4401 });
  const { apiKey: own } = await issue({ networks: [STRANGER] });
  expect(await statusOf(own, '203.0.113.9', STRANGER)).toBe(200);
});

test('from elsewhere a good key is answered as one that nobody has', async () => {
  const { apiKey } = await issue({ networks: ['192.0.2.7'] });
  const answerTo = async (key: string) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const response = await fetch(world.hub.url, { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
    return [response.status, response.headers.get('www-authenticate'), await response.text()];
  };
  expect(await answerTo(apiKey)).toEqual(await answerTo(`tocsin_${'x'.repeat(43)}`));
});

test('a client is changed: what is given takes its place, what is left out stays, and the organisation hears it', async () => {
  const permissions = ['REPORTS_SUBMIT', 'REPORTS_READ', 'EVENTS_READ'];
  const { client, apiKey } = await issue({ permissions, networks: ['192.0.2.7'], expiresAt: '2100-01-01T00:00:00Z' });
  const { errors, receipt, apiKey: none } = await update(client, { permissions: ['EVENTS_READ', 'REPORTS_READ'] });
  expect([errors, none]).toEqual([[], null]);
  const before = {
    ...{ name: 'A script', permissions: ['REPORTS_READ', 'EVENTS_READ'], networks: ['192.0.2.7'] },
    expiresAt: '2100-01-01T00:00:00.000Z',
  };
  expect(await shown(client)).toMatchObject(before);
  await update(client, { name: 'Renamed', networks: [], expiresAt: null });
  expect(await shown(client)).toMatchObject({ ...before, name: 'Renamed', networks: [], expiresAt: null });
  expect(await statusOf(apiKey, '203.0.113.9')).toBe(200);
  await world.settled();
  const heard = (await vendor.events()).find(({ entryId }) => entryId === receipt.entryId);
  expect(heard).toMatchObject({ kind: 'CLIENT_CHANGED', details: [{ name: 'A script', networks: ['192.0.2.7'] }] });
  expect(JSON.stringify(await world.operator.events())).not.toContain('192.0.2.7');
});

test('nobody else changes it, nor what it may do beyond its organisation, nor one that was revoked', async () => {
  const { client } = await issue();
  const other = await world.organisation(['VENDOR']);
  const notFound = [{ code: 'NOT_FOUND', message: expect.any(String), path: ['client'] }];
  expect((await update(client, { networks: [] }, other)).errors).toEqual(notFound);
  expect(await shown(client, other)).toBeNull();
  expect((await update(client, { permissions: ['CASES_READ'] })).errors).toMatchObject([{ code: 'FORBIDDEN' }]);
  expect(await update(client, { name: 'Wider', permissions: ['EVENTS_READ', 'REPORTS_READ'] })).toMatchObject({
    errors: [
      { code: 'FORBIDDEN', message: expect.stringMatching(/only become fewer.* reports:read/), path: ['permissions'] },
    ],
  });
  expect(await shown(client)).toMatchObject({ name: 'A script', permissions: ['EVENTS_READ'] });
  expect((await update(client, { permissions: [] })).errors).toMatchObject([{ code: 'BAD_INPUT' }]);
  await vendor.ask('mutation ($id: ID!) { revokeClient(client: $id) { errors { code } } }', { id: client });
  expect((await update(client, { networks: [] })).errors).toEqual(notFound);
});

test.each([['host.example'], ['192.0.2.7/24'], ['192.0.2.0/24 '.repeat(3)], ['']])(
  'what is no network is refused and named: "%s"',
  async (text) => {
    const { errors } = await issue({ networks: ['192.0.2.7', text] });
    expect(errors).toMatchObject([{ code: 'BAD_INPUT', path: ['networks', '1'] }]);
  },
);

test('networks are kept in one form, each once, and not more than fifty', async () => {
  const { client } = await issue({ networks: [' 192.0.2.7/32', '::ffff:192.0.2.7', '2001:DB8::/32'] });
  expect((await shown(client)).networks).toEqual(['192.0.2.7', '2001:db8::/32']);
  const many = Array.from({ length: 51 }, (_, n) => `192.0.2.${n}`);
  expect((await issue({ networks: many })).errors).toMatchObject([{ code: 'BAD_INPUT', path: ['networks'] }]);
});

test('a socket ends when its key no longer opens from where it is', async () => {
  const { client, apiKey } = await issue({ networks: ['192.0.2.0/24'] });
  const socket = await socketFrom(apiKey, '192.0.2.7');
  await socket.hears('connection_ack');
  await update(client, { networks: ['198.51.100.0/24'] });
  later();
  expect(await socket.closed).toMatchObject({ code: 4403 });
});

test('when it was last used is shown to its organisation, and noted once a minute however often it opens', async () => {
  const { client, apiKey } = await issue();
  expect((await shown(client)).lastUsedAt).toBeNull();
  const noted = async () => (await shown(client)).lastUsedAt as string | null;
  await statusOf(apiKey);
  const first = await vi.waitFor(async () => {
    const at = await noted();
    expect(at).not.toBeNull();
    return at;
  });
  later(30_000);
  await statusOf(apiKey);
  later(31_000);
  await Promise.all(Array.from({ length: 20 }, () => statusOf(apiKey)));
  const second = await vi.waitFor(async () => {
    const at = await noted();
    expect(at).not.toBe(first);
    return at;
  });
  expect(new Date(second ?? 0).getTime() - new Date(first ?? 0).getTime()).toBeGreaterThanOrEqual(61_000);
  const [row] = await world.database.admin<{ versions: string }>(
    'SELECT count(*) AS versions FROM client_use WHERE client_id = $1',
    [Buffer.from(client, 'base64url').toString().split(':')[1]],
  );
  expect(row).toEqual({ versions: '1' });
});

test('a key that is refused is not used', async () => {
  const { client, apiKey } = await issue({ networks: ['192.0.2.7'] });
  expect(await statusOf(apiKey, '203.0.113.9')).toBe(401);
  const { client: other, apiKey: good } = await issue();
  await statusOf(good);
  await vi.waitFor(async () => expect((await shown(other)).lastUsedAt).not.toBeNull());
  expect((await shown(client)).lastUsedAt).toBeNull();
});
