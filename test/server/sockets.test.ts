import { once } from 'node:events';
import { connect } from 'node:net';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { headOf, Listener, PATIENCE } from '../feed/listener.ts';
import { happens } from '../feed/padding.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { holder } from '../ledger/ledger-world.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
let party: Party;
beforeAll(async () => {
  world = await createWorld({ poolSize: 3 });
  party = await world.organisation(['PROVIDER']);
});
afterAll(() => world[Symbol.asyncDispose]());

const signedIn = (): Promise<RawSocket> => RawSocket.signedIn(world.hub.wsUrl, party.key);

/** While whoever reads clients stands still. */
async function whileReadsWait(act: () => Promise<void>): Promise<void> {
  const rival = await holder(world.database);
  await rival.query('BEGIN');
  await rival.query('LOCK TABLE client IN ACCESS EXCLUSIVE MODE');
  try {
    await act();
  } finally {
    await rival.query('ROLLBACK');
    await rival.end();
  }
}

const CLIENTS = '{ clients(first: 10) { edges { node { id name } } } }';

test('operations whose socket closes while they run give their connections back', async () => {
  const sockets = await Promise.all(Array.from({ length: 5 }, signedIn));
  await whileReadsWait(async () => {
    for (const socket of sockets) {
      for (let n = 0; n < 20; n += 1) socket.asks(`op${n}`, CLIENTS);
    }
    await vi.waitFor(async () => {
      const waiting = await world.database.admin(
        `SELECT pid FROM pg_stat_activity WHERE usename = 'tocsin_app' AND wait_event_type = 'Lock' AND datname = current_database()`,
      );
      expect(waiting.length).toBe(3);
    }, PATIENCE);
    for (const { socket } of sockets) socket.terminate();
    await Promise.all(sockets.map(({ closed }) => closed));
  });
  const answers = await Promise.all(Array.from({ length: 6 }, () => party.ask(CLIENTS)));
  for (const { data } of answers) expect(data.clients.edges.length).toBe(1);
  await vi.waitFor(async () => {
    const open = await world.database.admin(
      `SELECT pid FROM pg_stat_activity WHERE usename = 'tocsin_app' AND state LIKE 'idle in transaction%' AND datname = current_database()`,
    );
    expect(open).toEqual([]);
  }, PATIENCE);
});

test('a field that fails while its siblings still read keeps no connection from anybody', async () => {
  // `events` may not be null: when it fails, the answer goes out while `clients` is still being read.
  const failing = `{ a: events(after: "none", first: 1) { head } ${CLIENTS.slice(1)}`;
  for (let n = 0; n < 10; n += 1) {
    const { errors } = await party.ask(failing);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }]);
  }
  await vi.waitFor(async () => {
    const open = await world.database.admin(
      `SELECT pid FROM pg_stat_activity WHERE usename = 'tocsin_app' AND state LIKE 'idle in transaction%' AND datname = current_database()`,
    );
    expect(open).toEqual([]);
  }, PATIENCE);
  expect((await party.ask(CLIENTS)).data.clients.edges.length).toBe(1);
});

test('what a query answers over a socket is what it answers over HTTP, refusals included', async () => {
  const socket = await signedIn();
  for (const [id, query] of Object.entries({
    good: CLIENTS,
    refused: '{ events(after: "none", first: 1) { head } }',
    denied: '{ cases(first: 1) { edges { cursor } } }',
  })) {
    socket.asks(id, query);
    const { payload } = await socket.hears('next', id);
    const { data, errors } = await party.ask(query);
    const { extensions, ...answer } = payload as { extensions: unknown };
    expect(answer).toEqual({ data, ...(errors.length > 0 && { errors }) });
    expect(extensions).toMatchObject({ cost: { requested: expect.any(Number), actual: expect.any(Number) } });
    await socket.hears('complete', id);
  }
  socket.socket.terminate();
});

test('more than twenty operations at once on a socket are refused, and the others go on', async () => {
  const socket = await signedIn();
  const head = await headOf(party);
  const query = 'subscription ($after: String) { events(after: $after) { cursor } }';
  for (let n = 0; n < 20; n += 1) socket.asks(`s${n}`, query, { after: head });
  socket.asks('one too many', query, { after: head });
  const { payload } = await socket.hears('error', 'one too many');
  expect(payload).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  await happens(party, 1);
  for (let n = 0; n < 20; n += 1) await socket.hears('next', `s${n}`);
  socket.socket.terminate();
});

/** Writes bytes where a request to upgrade should be, and then resets the connection. */
async function upgrades(target: string): Promise<string> {
  const url = new URL(world.hub.url);
  // Half open: a socket that Node is shutting down, because the hub has ended its side, cannot be reset (see test/cli/line.ts).
  const socket = connect({ port: Number(url.port), host: url.hostname, allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.write(
    `GET ${target} HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.resetAndDestroy();
  return bytes.toString().split('\r\n', 1)[0] ?? '';
}

test.each(['//', '/graphql/', '/', 'http://[', '/graphql%', '*'])(
  'an upgrade of %s, reset in the middle, is refused and ends nothing else',
  async (target) => {
    expect(await upgrades(target)).toMatch(/^HTTP\/1\.1 40/);
    expect(await upgrades('/graphql?any')).toBe('HTTP/1.1 101 Switching Protocols');
    expect((await party.ask('{ __typename }')).status).toBe(200);
  },
);

test('a database that fails while a socket signs in or listens sends it away to come back', async () => {
  const from = await headOf(party);
  const socket = await signedIn();
  socket.listens(from);
  await world.database.admin('REVOKE EXECUTE ON FUNCTION feed_state FROM tocsin_app');
  await happens(party, 1);
  const { code, reason } = await socket.closed;
  expect(code).toBe(1013);
  expect(reason).not.toMatch(/permission|feed_state/);
  expect(socket.messages.filter(({ type }) => type !== 'connection_ack')).toEqual([]);
  // To begin to listen fails as well, and is no end of the subscription either.
  const later = await signedIn();
  later.listens(null);
  expect(await later.closed).toMatchObject({ code: 1013 });
  await world.database.admin('REVOKE EXECUTE ON FUNCTION authenticate FROM tocsin_app');
  const stranger = await RawSocket.open(world.hub.wsUrl);
  stranger.init({ authorization: 'Bearer tocsin_8888888888888888888888888888888' });
  expect(await stranger.closed).toEqual({ code: 1013, reason: 'Try again later' });
  await world.database.admin('GRANT EXECUTE ON FUNCTION feed_state, authenticate TO tocsin_app');
  const listener = new Listener(() => world.hub.wsUrl, party.key, from);
  await listener.heardAllOf(party, from);
  await listener.stop();
});

test('a hub that stops tells its sockets to come back, and waits for none that does not answer', async () => {
  const [listening, asleep] = [await signedIn(), await signedIn()];
  listening.listens(null);
  asleep.socket.pause();
  await world.hub.stop();
  expect(await listening.closed).toMatchObject({ code: 1012 });
  await vi.waitFor(async () => {
    const left = await world.database.admin(
      `SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'tocsin%'`,
    );
    expect(left).toEqual([]);
  }, PATIENCE);
  asleep.socket.terminate();
});
