import { once } from 'node:events';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';

import { PATIENCE } from '../feed/listener.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
let party: Party;
beforeAll(async () => {
  world = await createWorld({
    sockets: { mostForAnAddress: 4, mostUnknownForAnAddress: 2, initWithinMs: 600_000, subscribesPerMinute: 5 },
  });
  party = await world.organisation(['PROVIDER']);
});
afterAll(() => world[Symbol.asyncDispose]());

/** The HTTP status by which an upgrade is answered; 101 where it becomes a socket, which is closed again. */
async function upgrade(headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(world.hub.wsUrl, 'graphql-transport-ws', { headers });
  const answered = once(socket, 'unexpected-response');
  const opened = once(socket, 'open');
  socket.on('error', () => undefined);
  opened.catch(() => undefined);
  answered.catch(() => undefined);
  const status = await Promise.race([
    opened.then(() => 101),
    answered.then(([, response]: { statusCode: number }[]) => response?.statusCode ?? 0),
  ]);
  socket.terminate();
  return status;
}

test('sockets that have not shown who they are can be two at once from one address, and others come in when they go', async () => {
  const [one, two] = [await RawSocket.open(world.hub.wsUrl), await RawSocket.open(world.hub.wsUrl)];
  expect(await upgrade()).toBe(429);
  // To show who one is makes room, too.
  one.init({ authorization: `Bearer ${party.key}` });
  await one.hears('connection_ack');
  expect(await upgrade()).toBe(101);
  two.socket.terminate();
  one.socket.terminate();
});

test('sockets of one address have an end, whoever they are', async () => {
  const sockets: RawSocket[] = [];
  for (let n = 0; n < 4; n += 1) {
    await vi.waitFor(async () => sockets.push(await RawSocket.signedIn(world.hub.wsUrl, party.key)), PATIENCE);
  }
  expect(await upgrade()).toBe(429);
  sockets.pop()?.socket.terminate();
  await vi.waitFor(async () => expect(await upgrade()).toBe(101), PATIENCE);
  for (const { socket } of sockets) socket.terminate();
});

test('a page of another site opens no socket; a page of this hub does, and so does a program', async () => {
  await vi.waitFor(async () => expect(await upgrade()).toBe(101), PATIENCE);
  expect(await upgrade({ origin: 'https://elsewhere.example' })).toBe(403);
  expect(await upgrade({ origin: 'null' })).toBe(403);
  await vi.waitFor(async () => expect(await upgrade({ origin: new URL(world.hub.url).origin })).toBe(101), PATIENCE);
});

test('operations that a client begins have a rate, over all of its sockets', async () => {
  const other = await world.organisation(['PROVIDER']);
  const sockets = [
    await RawSocket.signedIn(world.hub.wsUrl, other.key),
    await RawSocket.signedIn(world.hub.wsUrl, other.key),
  ];
  for (let n = 0; n < 5; n += 1) {
    sockets[n % 2]?.asks(`op${n}`, '{ __typename }');
    await sockets[n % 2]?.hears('complete', `op${n}`);
  }
  sockets[0]?.asks('one more', '{ __typename }');
  const { payload } = (await sockets[0]?.hears('error', 'one more')) ?? {};
  expect(payload).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } }]);
  for (const { socket } of sockets) socket.terminate();
});
