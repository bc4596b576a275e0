import { once } from 'node:events';
import type { Socket } from 'node:net';

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';

import type { Clock } from '../../src/platform/clock.ts';
import { startHub, type Hub } from '../../src/server/hub.ts';
import { Told, holder } from '../ledger/ledger-world.ts';
import { testProof } from '../support/proof.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { headOf, PATIENCE } from './listener.ts';
import { happens } from './padding.ts';
import { RawSocket } from './raw-socket.ts';

/** A clock that a test may set forward. */
class SettableClock implements Clock {
  ahead = 0;
  now = (): Date => new Date(Date.now() + this.ahead);
}

const clock = new SettableClock();
const told = new Told();
let world: World;
let hub: Hub;
let party: Party;
beforeAll(async () => {
  world = await createWorld({ clock });
  hub = await startHub({
    database: world.database.address,
    documentation: true,
    log: told,
    clock,
    host: '127.0.0.1',
    port: 0,
    proof: testProof(),
    sockets: {
      ...{ initWithinMs: 200, lookEveryMs: 25, credentialEveryMs: 50, mostForAClient: 3 },
      ...{ unreadForMs: 400, askAfterMs: 300, silentForMs: 700 },
    },
  });
  party = await world.organisation(['PROVIDER']);
});
afterEach(() => void (clock.ahead = 0));
afterAll(async () => {
  await hub.stop();
  await world[Symbol.asyncDispose]();
});

const CREATE =
  'mutation ($input: CreateClientInput!) { createClient(input: $input) { apiKey client errors { message } } }';
const REVOKE = 'mutation ($client: ID!) { revokeClient(client: $client) { errors { message } } }';
const SUSPEND =
  'mutation ($organisation: ID!) { suspendOrganisation(organisation: $organisation) { errors { message } } }';

/** Another key of the party; each one is an event in its feed. */
async function issues(owner: Party, input: object = {}): Promise<{ apiKey: string; client: string }> {
  const { data } = await owner.ask(CREATE, { input: { name: 'a key', permissions: ['EVENTS_READ'], ...input } });
  return data.createClient;
}

const open = (): Promise<RawSocket> => RawSocket.open(hub.wsUrl);
const signedIn = (key: string): Promise<RawSocket> => RawSocket.signedIn(hub.wsUrl, key);

test.each([
  ['no payload', undefined],
  ['no key', {}],
  ['a key that is none', { authorization: 'Bearer tocsin_0123456789012345678901234567890' }],
  ['something that is no text', { authorization: { not: 'text' } }],
])('a socket that comes with %s is closed as unauthorised', async (_title, payload) => {
  const socket = await open();
  socket.init(payload);
  expect(await socket.closed).toMatchObject({ code: 4401 });
});

test('a socket that asks before it says who it is is closed as unauthorised', async () => {
  const socket = await open();
  socket.listens(null);
  expect(await socket.closed).toMatchObject({ code: 4401 });
});

test('a socket that says nothing is closed', async () => {
  expect(await (await open()).closed).toMatchObject({ code: 4408 });
});

test('a socket that speaks another protocol is closed', async () => {
  const other = new WebSocket(hub.wsUrl);
  const code = await new Promise((resolve) => other.once('close', resolve));
  expect(code).toBe(4406);
});

test('a socket that sends what is no message, or too much of it, is closed', async () => {
  const [senseless, huge] = [await open(), await open()];
  senseless.socket.send('{');
  expect(await senseless.closed).toMatchObject({ code: 4400 });
  huge.socket.send('x'.repeat(70_000));
  expect(await huge.closed).toMatchObject({ code: 1009 });
});

test('one key opens so many sockets and no more, and gets the place of each that ended', async () => {
  const { apiKey } = await issues(party);
  const sockets = await Promise.all([signedIn(apiKey), signedIn(apiKey), signedIn(apiKey)]);
  const refused = await open();
  refused.init({ authorization: `Bearer ${apiKey}` });
  expect(await refused.closed).toMatchObject({ code: 4429 });
  sockets[0]?.socket.terminate();
  await vi.waitFor(async () => (await signedIn(apiKey)).socket.terminate(), PATIENCE);
  sockets.forEach(({ socket }) => socket.terminate());
});

test('sockets that end while their key is looked up take no place', async () => {
  const { apiKey } = await issues(party);
  const rival = await holder(world.database);
  await rival.query('BEGIN');
  await rival.query('LOCK TABLE client IN ACCESS EXCLUSIVE MODE');
  for (let n = 0; n < 5; n += 1) {
    const socket = await open();
    socket.init({ authorization: `Bearer ${apiKey}` });
    await vi.waitFor(async () => {
      const waiting = await world.database.admin(
        `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'tocsin_app' AND datname = current_database()`,
      );
      expect(waiting.length).toBe(n + 1);
    }, PATIENCE);
    socket.socket.terminate();
    await socket.closed;
  }
  await rival.query('ROLLBACK');
  await rival.end();
  const sockets = await Promise.all([signedIn(apiKey), signedIn(apiKey), signedIn(apiKey)]);
  sockets.forEach(({ socket }) => socket.terminate());
});

/** Listens with a key of its own; whatever ends it, nothing that happened later may have been heard. */
async function expectForbidden(owner: Party, witness: Party, key: string, end: () => Promise<unknown>): Promise<void> {
  const from = await headOf(owner);
  const socket = await signedIn(key);
  socket.listens(from);
  await issues(owner);
  await socket.hears('next', 'events');
  await end();
  const after = await headOf(witness);
  await issues(witness);
  await issues(witness);
  expect(await socket.closed).toMatchObject({ code: 4403 });
  const heard = socket.pages.flatMap(({ events }) => events.map(({ sequence }) => Number(sequence)));
  expect(Math.max(...heard)).toBeLessThanOrEqual(Number(after.split('.')[1]));
  const again = await open();
  clock.ahead = 6_000;
  again.init({ authorization: `Bearer ${key}` });
  expect(await again.closed).toMatchObject({ code: 4401 });
}

test('a revoked key hears nothing that comes after its end, and its socket is closed', async () => {
  const { apiKey, client } = await issues(party);
  await expectForbidden(party, party, apiKey, async () => {
    const { data } = await party.ask(REVOKE, { client });
    expect(data.revokeClient.errors).toEqual([]);
    await world.settled();
  });
});

test('a key that expires is closed at its instant, not when somebody looks', async () => {
  const { apiKey } = await issues(party, { expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
  await expectForbidden(party, party, apiKey, async () => void (clock.ahead = 3_600_001));
});

test('a suspended organisation hears nothing more, on any of its sockets', async () => {
  const suspended = await world.organisation(['PROVIDER']);
  const { apiKey } = await issues(suspended);
  const idle = await signedIn(suspended.key);
  const listening = await signedIn(apiKey);
  listening.listens(await headOf(suspended));
  await issues(suspended);
  await listening.hears('next', 'events');
  const heard = listening.pages.length;
  const { data } = await world.operator.ask(SUSPEND, { organisation: suspended.id });
  expect(data.suspendOrganisation.errors).toEqual([]);
  expect(await listening.closed).toMatchObject({ code: 4403 });
  expect(listening.pages.length).toBe(heard);
  // Nobody speaks on the other one: its credential is looked at all the same.
  clock.ahead = 6_000;
  expect(await idle.closed).toMatchObject({ code: 4403 });
});

test('a reader that sleeps is closed as too slow, and has lost nothing when it comes back', async () => {
  const from = await headOf(party);
  await happens(party, 12, 600_000);
  const socket = await signedIn(party.key);
  const connection = (socket.socket as unknown as { _socket: Socket })._socket;
  connection.pause();
  socket.listens(from, { first: 1 });
  await vi.waitFor(() => expect(told.messages).toContain('a socket was closed whose client does not read'), PATIENCE);
  connection.resume();
  expect(await socket.closed).toMatchObject({ code: 4508 });
  // Far less than kernels would have taken, so that a page is read for those alone who read theirs.
  expect(socket.pages.length).toBeLessThan(4);
  const heard = socket.pages.at(-1)?.cursor ?? from;
  const back = await signedIn(party.key);
  back.listens(heard);
  await vi.waitFor(async () => expect(back.pages.at(-1)?.cursor).toBe(await headOf(party)), PATIENCE);
  const numbers = [...socket.pages, ...back.pages].flatMap(({ events }) =>
    events.map(({ sequence }) => Number(sequence)),
  );
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  back.socket.terminate();
});

test('a reader that sleeps while little happens is told the same', async () => {
  told.messages.length = 0;
  const from = await headOf(party);
  const socket = await signedIn(party.key);
  const connection = (socket.socket as unknown as { _socket: Socket })._socket;
  connection.pause();
  socket.listens(from);
  await happens(party, 1);
  await vi.waitFor(() => expect(told.messages).toContain('a socket was closed whose client does not read'), PATIENCE);
  connection.resume();
  expect(await socket.closed).toMatchObject({ code: 4508 });
  expect(socket.pages.at(-1)?.cursor).toBe(await headOf(party));
});

test('a reader that is slow is not closed as long as it reads, and is given as much as it has read', async () => {
  const from = await headOf(party);
  await happens(party, 28, 150_000);
  const end = await headOf(party);
  const socket = await signedIn(party.key);
  socket.listens(from, { first: 1 });
  while (socket.pages.at(-1)?.cursor !== end) {
    await once(socket.socket, 'message');
    socket.socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.socket.resume();
  }
  expect(socket.socket.readyState).toBe(WebSocket.OPEN);
  socket.socket.terminate();
});
