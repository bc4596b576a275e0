import { afterAll, beforeAll, expect, test } from 'vitest';

import { RawSocket } from '../feed/raw-socket.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const JSON_TYPE = { 'content-type': 'application/json' };
const GOOD = '{ __typename }';
const MUTATION = 'mutation { acknowledgeEvents(cursor: "1") { upTo } }';
const get = (query: string): string => `?query=${encodeURIComponent(query)}`;

interface Shape {
  readonly method?: string;
  readonly search?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Requests that are wrong before their document is. */
const SHAPES: readonly [string, number, Shape][] = [
  ['a batch of operations', 400, { body: JSON.stringify([{ query: GOOD }, { query: GOOD }]) }],
  ['a change by GET', 405, { method: 'GET', search: get(MUTATION), headers: { 'apollo-require-preflight': '1' } }],
  ['a GET that any page could send', 400, { method: 'GET', search: get(GOOD) }],
  [
    'a GET whose variables are no JSON',
    400,
    { method: 'GET', search: `${get(GOOD)}&variables=%7B`, headers: { 'apollo-require-preflight': '1' } },
  ],
  ['a form', 415, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `query=${GOOD}` }],
  ['a form with files', 415, { headers: { 'content-type': 'multipart/form-data; boundary=a' }, body: '--a--' }],
  ['plain text', 400, { headers: { 'content-type': 'text/plain' }, body: JSON.stringify({ query: GOOD }) }],
  ['half of a JSON', 400, { body: '{"query":' }],
  ['a JSON that is a text', 400, { body: '"{ __typename }"' }],
  ['a JSON that is nothing', 400, { body: 'null' }],
  ['an empty body', 400, { body: '' }],
  ['a query that is a list', 400, { body: JSON.stringify({ query: [GOOD] }) }],
  ['variables that are a list', 400, { body: JSON.stringify({ query: GOOD, variables: [1] }) }],
  ['variables that are a text', 400, { body: JSON.stringify({ query: GOOD, variables: '{}' }) }],
  ['an operation name that is a number', 400, { body: JSON.stringify({ query: GOOD, operationName: 7 }) }],
  ['JSON that means to change every object', 400, { body: `{"query":"${GOOD}","__proto__":{"a":1}}` }],
  ['JSON nested without end', 400, { body: `{"query":${'['.repeat(100_000)}${']'.repeat(100_000)}}` }],
  ['more than 256 kilobytes', 413, { body: JSON.stringify({ query: `${GOOD}#${'a'.repeat(270_000)}` }) }],
  [
    'a hash instead of a document',
    200,
    { body: JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } }) },
  ],
];

test.each(SHAPES)(
  '%s is answered %i and a code',
  async (_name, status, { method = 'POST', search = '', headers, body }) => {
    const response = await fetch(world.hub.url + search, {
      method,
      headers: { ...(method === 'POST' && JSON_TYPE), ...headers },
      ...(body !== undefined && { body }),
    });
    expect(response.status).toBe(status);
    const { errors, data } = (await response.json()) as { errors: { extensions: { code: string } }[]; data?: unknown };
    expect(data).toBeUndefined();
    expect(errors[0]?.extensions.code).toMatch(/^[A-Z_]+$/);
    expect(errors[0]?.extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
  },
);

/** The same of sockets: what is no operation ends the socket, with a code of the protocol. */
const FRAMES: readonly [string, number, (socket: RawSocket) => void][] = [
  ['more than 64 kilobytes', 1009, (socket) => socket.asks('a', `${GOOD}#${'a'.repeat(66_000)}`)],
  ['no JSON', 4400, ({ socket }) => socket.send('{"type":')],
  ['bytes', 4400, ({ socket }) => socket.send(Buffer.from([0, 1, 2]))],
  ['a type that there is not', 4400, (socket) => socket.send({ type: 'start', id: 'a', payload: { query: GOOD } })],
  ['a batch', 4400, ({ socket }) => socket.send('[]')],
  ['a query that is a list', 4400, (socket) => socket.send({ type: 'subscribe', id: 'a', payload: { query: [] } })],
  ['an introduction a second time', 4429, (socket) => socket.init()],
];

test.each(FRAMES)('a socket on which comes %s is closed with %i', async (_name, code, act) => {
  const socket = await RawSocket.signedIn(world.hub.wsUrl, world.operator.key);
  act(socket);
  expect(await socket.closed).toMatchObject({ code });
});

test('an operation before the introduction ends the socket', async () => {
  const socket = await RawSocket.open(world.hub.wsUrl);
  socket.asks('a', GOOD);
  expect(await socket.closed).toMatchObject({ code: 4401 });
});
