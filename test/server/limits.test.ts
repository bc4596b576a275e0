import { getIntrospectionQuery, parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { OPERATION_LIMITS } from '../../src/server/limits/limits.ts';
import { excesses } from '../../src/server/limits/measure.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { ask } from '../support/api.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const times = (count: number, make: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => make(n)).join(' ');

/** A fragment that spreads the next twice: 2^45 fields in 45 lines. */
const BOMB = `{ ...f0 } ${times(45, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`)} fragment f45 on Query { __typename }`;
const DEEP = `{ ${'inbox(first: 1) { edges { node { referrals { '.repeat(4)} id ${'} } } }'.repeat(4)} }`;

const TOO_LARGE: readonly [string, string, string][] = [
  ['fields', `{ ${'__typename '.repeat(501)} }`, 'larger than 500 fields'],
  ['fields through fragments that spread fragments', BOMB, 'larger than 500 fields'],
  [
    'fields through fragments within inline fragments',
    `{ ... on Query { ...a } } fragment a on Query { ${times(20, () => '... on Query { ...b }')} } fragment b on Query { ${'__typename '.repeat(30)} }`,
    'larger than 500 fields',
  ],
  ['aliases', `{ ${times(31, (n) => `a${n}: __typename`)} }`, 'using more than 30 aliases'],
  ['levels', DEEP, 'deeper than 12 levels'],
  [
    'levels through fragments',
    `{ inbox(first: 1) { ...a } } fragment a on InboxItemConnection { edges { node { referrals { id ...b } } } } fragment b on Referral { ${'x { '.repeat(10)} y ${'} '.repeat(10)} }`,
    'deeper than 12 levels',
  ],
  ['repetitions of one field', `{ ${'report(id: "1") { id } '.repeat(21)} }`, 'selecting one field more than 20 times'],
];

/** The same document over both doors: status and errors of the one, the message that the other sends. */
async function refusals(query: string) {
  const { status, errors } = await ask(world.hub.url, null, query);
  const socket = await RawSocket.signedIn(world.hub.wsUrl, world.operator.key);
  socket.asks('large', query);
  const { payload } = await socket.hears('error', 'large');
  socket.socket.terminate();
  return { status, http: errors, webSocket: payload };
}

test.each(TOO_LARGE)(
  'a document of too many %s is refused over HTTP and WebSocket alike',
  async (_title, query, words) => {
    const { status, http, webSocket } = await refusals(query);
    expect(status).toBe(400);
    expect(http).toEqual(webSocket);
    expect(http).toContainEqual(
      expect.objectContaining({
        message: expect.stringContaining(words),
        extensions: { code: 'OPERATION_TOO_LARGE' },
      }),
    );
  },
);

test('a document of too many words is not even read to its end', async () => {
  const { status, http, webSocket } = await refusals(`{ ${'__typename '.repeat(2000)} }`);
  expect(status).toBe(400);
  expect(http).toEqual(webSocket);
  expect(http).toMatchObject([{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }]);
});

test('what is wrong with a document is said alike over both doors, without suggestions', async () => {
  const { http, webSocket } = await refusals('{ event(first: 1) { head } }');
  expect(http).toEqual(webSocket);
  expect(http.map(({ message }) => message)).toEqual(['Cannot query field "event" on type "Query".']);
});

test('a document too large is measured and not validated: the fields it names need not exist', () => {
  const measured = excesses(parse(`{ ${'no { such } '.repeat(300)} }`), OPERATION_LIMITS);
  expect(measured.map(({ message }) => message)).toEqual([
    'The operation is larger than 500 fields.',
    'The operation is selecting one field more than 20 times in one place.',
  ]);
});

test('fragments that spread each other in a circle are refused, not followed', async () => {
  const { http } = await refusals('{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }');
  expect(http[0]?.message).toContain('Cannot spread fragment');
});

test('what tools ask of the schema is answered', async () => {
  const { status, data } = await ask(
    world.hub.url,
    null,
    getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, specifiedByUrl: true }),
  );
  expect(status).toBe(200);
  expect(data.__schema.queryType.name).toBe('Query');
});

test('a schema asked of itself without end is refused', async () => {
  const circle = 'fields { type { '.repeat(5) + 'name' + ' } }'.repeat(5);
  const { http } = await refusals(`{ __schema { types { ${circle} } } }`);
  expect(http[0]?.message).toContain('introspection depth');
});

test('a document that was refused once is refused again, and one that passed passes again', async () => {
  for (let n = 0; n < 2; n += 1) {
    expect((await ask(world.hub.url, null, BOMB)).status).toBe(400);
    expect((await ask(world.hub.url, null, '{ __typename }')).data).toEqual({ __typename: 'Query' });
  }
});
