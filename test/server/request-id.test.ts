import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { makeLog } from '../../src/platform/log.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

const lines: Record<string, string>[] = [];
const log = makeLog('info', { write: (line) => void lines.push(JSON.parse(line) as Record<string, string>) });
const HEAD = 'query ($kinds: [EventKind!]) { events(first: 1, kinds: $kinds) { head } }';
const MADE = /^[0-9a-f-]{36}$/;

let world: World;
let vendor: Party;
beforeAll(async () => {
  world = await createWorld({ log });
  vendor = await world.vendor(await world.cert());
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => void (lines.length = 0));

const idOf = (response: Response): string => response.headers.get('x-request-id') ?? '';

const post = (id: string | null, body: string) =>
  fetch(world.hub.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${vendor.key}`,
      ...(id !== null && { 'x-request-id': id }),
    },
    body,
  });

/** Asked while the hub may not look at feeds: a fault. */
async function whileFeedsFail<Result>(act: () => Promise<Result>): Promise<Result> {
  await world.database.admin('REVOKE EXECUTE ON FUNCTION feed_state FROM tocsin_app');
  try {
    return await act();
  } finally {
    await world.database.admin('GRANT EXECUTE ON FUNCTION feed_state TO tocsin_app');
  }
}

const faults = () => lines.filter(({ msg }) => msg === 'a request failed');

test('an id that a proxy gave is answered, is the reference of a fault, and stands in the lines of the log', async () => {
  const response = await whileFeedsFail(() => post('edge-7f3a.1', JSON.stringify({ query: HEAD })));
  expect(idOf(response)).toBe('edge-7f3a.1');
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { reference: 'edge-7f3a.1' } }] });
  expect(faults()).toMatchObject([{ request: 'edge-7f3a.1', reference: 'edge-7f3a.1' }]);
});

test('a request is the same one when its body comes later', async () => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${vendor.key}`, expect: '100-continue' };
  const answer = await whileFeedsFail(async () => {
    const request = httpRequest(world.hub.url, {
      method: 'POST',
      headers: { ...headers, 'x-request-id': 'slow-body' },
    });
    request.flushHeaders();
    await once(request, 'continue');
    request.end(JSON.stringify({ query: HEAD }));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return text(response);
  });
  expect(JSON.parse(answer)).toMatchObject({ errors: [{ extensions: { reference: 'slow-body' } }] });
});

test.each(['short', 'x'.repeat(65), 'a b c d e f', '"quoted-id"', 'id=1;drop=2', 'größer-als-acht'.normalize()])(
  '%j is no id to write down, and a made one takes its place',
  async (sent) => {
    const response = await post(Buffer.from(sent).toString('latin1'), '{"query":"{ __typename }"}');
    expect(response.status).toBe(200);
    expect(idOf(response)).toMatch(MADE);
  },
);

test('every answer has an id of its own, also one that GraphQL never saw', async () => {
  const answers = await Promise.all([
    post(null, '{"query":"{ __typename }"}'),
    post(null, '{"query":"{'),
    fetch(new URL('/healthz', world.hub.url)),
    fetch(new URL('/nothing-here', world.hub.url)),
    fetch(new URL('/checkpoint', world.hub.url)),
    fetch(world.hub.url, { method: 'POST', headers: { authorization: 'Bearer tocsin_nobody_that_is_known' } }),
  ]);
  const ids = answers.map(idOf);
  for (const id of ids) expect(id).toMatch(MADE);
  expect(new Set(ids).size).toBe(answers.length);
});

test('over a socket each operation has its own, and its fault is told by it', async () => {
  const socket = await RawSocket.signedIn(world.hub.wsUrl, vendor.key);
  const references = await whileFeedsFail(async () => {
    socket.asks('one', HEAD);
    socket.asks('two', HEAD);
    const heard = [await socket.hears('next', 'one'), await socket.hears('next', 'two')];
    return heard.map(({ payload }) => payload?.errors?.map(({ extensions }) => extensions));
  });
  socket.socket.terminate();
  const told = references.flat().map((each) => (each as { reference?: string } | undefined)?.reference);
  expect(new Set(told).size).toBe(2);
  const logged = faults().map(({ request, reference }) => [request, reference]);
  expect(logged.toSorted()).toEqual(told.map((id) => [id, id]).toSorted());
});

test('nothing that a tenant sent is logged with it', async () => {
  const canary = 'canary-of-a-tenant.example';
  const query = `query ${'Canary'} { a: events(first: 1) { head } } # ${canary}`;
  await whileFeedsFail(() => post(null, JSON.stringify({ query, variables: { canary } })));
  expect(faults()).toHaveLength(1);
  expect(JSON.stringify(lines)).not.toMatch(/canary|tocsin_[\w-]{20}|velmora/i);
});

test('what the hub does of its own is logged without one', () => {
  log.info({}, 'of its own');
  expect(lines).toEqual([expect.not.objectContaining({ request: expect.anything() })]);
});
