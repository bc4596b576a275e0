import 'reflect-metadata';

import type { Socket } from 'node:net';

import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi, type MockInstance } from 'vitest';

import { EventResolver } from '../../src/feed/event.resolver.ts';
import { FeedService } from '../../src/feed/feed.service.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { headOf, PATIENCE } from './listener.ts';
import { happens } from './padding.ts';
import { RawSocket } from './raw-socket.ts';

let world: World;
let party: Party;
let executed: MockInstance;
let read: MockInstance;
let subscribed: MockInstance;
const open: RawSocket[] = [];
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  party = await world.organisation(['PROVIDER']);
  await world.settled();
  executed = vi.spyOn(EventResolver.prototype, 'eventPages');
  read = vi.spyOn(world.hub.app.work, 'readAtOnce');
  subscribed = vi.spyOn(FeedService.prototype, 'subscribe');
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const { socket } of open.splice(0)) socket.terminate();
});
afterAll(() => world[Symbol.asyncDispose]());

const sequences = ({ pages }: RawSocket): number[] =>
  pages.flatMap(({ events }) => events.map(({ sequence }) => Number(sequence)));

/** A socket that has come to the end of what there is after the cursor. */
async function listening(owner: Party, after: string, key = owner.key, variables: object = {}): Promise<RawSocket> {
  const before = subscribed.mock.calls.length;
  const socket = await RawSocket.signedIn(world.hub.wsUrl, key);
  open.push(socket);
  socket.listens(after, variables);
  await vi.waitFor(() => expect(subscribed.mock.calls.length).toBeGreaterThan(before), PATIENCE);
  const head = await headOf(owner);
  if (after !== head) await vi.waitFor(() => expect(socket.pages.at(-1)?.cursor).toBe(head), PATIENCE);
  await subscribed.mock.results.at(-1)?.value;
  await Promise.all(read.mock.results.map(({ value }) => value as Promise<unknown>));
  return socket;
}

const hears = (socket: RawSocket, cursor: string): Promise<void> =>
  vi.waitFor(() => expect(socket.pages.at(-1)?.cursor).toBe(cursor), PATIENCE);

const forget = (): void => {
  executed.mockClear();
  read.mockClear();
};

/** Another key of the party. */
async function issues(permissions: readonly string[]): Promise<{ apiKey: string; client: string }> {
  const { data } = await party.ask(
    'mutation ($input: CreateClientInput!) { createClient(input: $input) { apiKey client errors { message } } }',
    { input: { name: 'a key', permissions } },
  );
  await world.settled();
  return data.createClient;
}

test('sockets that ask the same share one look at the feed and one execution of each page', async () => {
  const head = await headOf(party);
  const sockets = [];
  for (let n = 0; n < 5; n += 1) sockets.push(await listening(party, head));
  forget();
  await happens(party, 3);
  const end = await headOf(party);
  for (const socket of sockets) await hears(socket, end);
  expect(executed).toHaveBeenCalledTimes(1);
  // The page; who has read to the end looks no more.
  expect(read).toHaveBeenCalledTimes(1);
  for (const socket of sockets) expect(socket.pages).toEqual(sockets[0]?.pages);
});

test('two organisations never share, though they ask the same', async () => {
  const other = await world.organisation(['PROVIDER']);
  await world.settled();
  const [mine, theirs] = [await listening(party, await headOf(party)), await listening(other, await headOf(other))];
  forget();
  await Promise.all([happens(party, 1), happens(other, 1)]);
  await hears(mine, await headOf(party));
  await hears(theirs, await headOf(other));
  expect(executed).toHaveBeenCalledTimes(2);
  for (const [socket, { id }] of [
    [mine, party],
    [theirs, other],
  ] as const)
    expect(
      socket.pages.flatMap(({ events }) =>
        (events as unknown as { subjects: string[] }[]).flatMap(({ subjects }) => subjects),
      ),
    ).toEqual([id]);
});

test('keys that may do different things share no execution', async () => {
  const { apiKey } = await issues(['EVENTS_READ']);
  const head = await headOf(party);
  const sockets = [await listening(party, head), await listening(party, head, apiKey)];
  forget();
  await happens(party, 1);
  const end = await headOf(party);
  for (const socket of sockets) await hears(socket, end);
  expect(executed).toHaveBeenCalledTimes(2);
});

test('a socket that joins in the middle reads what it missed for itself, and shares once it has caught up', async () => {
  const from = await headOf(party);
  const first = await listening(party, from, party.key, { first: 2 });
  await happens(party, 6);
  await hears(first, await headOf(party));
  forget();
  const second = await listening(party, from, party.key, { first: 2 });
  await hears(second, await headOf(party));
  // The last of the three pages is one that the first has just been given.
  expect(executed.mock.calls.length).toBeGreaterThanOrEqual(2);
  forget();
  await happens(party, 1);
  const end = await headOf(party);
  for (const socket of [first, second]) await hears(socket, end);
  expect(executed).toHaveBeenCalledTimes(1);
  const start = Number(from.split('.')[1]);
  for (const socket of [first, second]) expect(sequences(socket)).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => start + n));
});

test('a socket that does not read holds nobody up and has nothing read for it, and loses nothing', async () => {
  const from = await headOf(party);
  const [swift, slow] = [
    await listening(party, from, party.key, { first: 1 }),
    await listening(party, from, party.key, { first: 1 }),
  ];
  const connection = (slow.socket as unknown as { _socket: Socket })._socket;
  connection.pause();
  await happens(party, 14, 600_000);
  const end = await headOf(party);
  await hears(swift, end);
  forget();
  await new Promise((resolve) => setImmediate(resolve));
  expect(read).not.toHaveBeenCalled();
  expect(slow.pages.length).toBeLessThan(14);
  connection.resume();
  await hears(slow, end);
  expect(sequences(slow)).toEqual(sequences(swift));
  expect(new Set(sequences(slow)).size).toBe(14);
});

test('a key that is revoked is closed and hears nothing of what follows, while the others go on', async () => {
  const { apiKey, client } = await issues(['EVENTS_READ']);
  const head = await headOf(party);
  const [kept, revoked] = [
    await listening(party, head, (await issues(['EVENTS_READ'])).apiKey),
    await listening(party, head, apiKey),
  ];
  const { data } = await party.ask('mutation ($client: ID!) { revokeClient(client: $client) { errors { message } } }', {
    client,
  });
  expect(data.revokeClient.errors).toEqual([]);
  await world.settled();
  const end = await headOf(party);
  await happens(party, 1);
  expect(await revoked.closed).toMatchObject({ code: 4403 });
  await hears(kept, await headOf(party));
  expect(Math.max(0, ...sequences(revoked))).toBeLessThan(Number(end.split('.')[1]) + 1);
  const from = Number(head.split('.')[1]);
  expect(sequences(kept)).toEqual(sequences(kept).map((_, n) => from + n + 1));
});
