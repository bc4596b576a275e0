import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { EVENTS as PAGE, ask } from '../support/api.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { headOf, PATIENCE, type Page } from './listener.ts';
import { happens } from './padding.ts';
import { RawSocket } from './raw-socket.ts';

let world: World;
let party: Party;
beforeAll(async () => {
  world = await createWorld();
  party = await world.organisation(['PROVIDER']);
  await happens(party, 5);
});
afterAll(() => world[Symbol.asyncDispose]());

async function pageAfter(after: string | null, first = 1000, kinds: string[] | null = null): Promise<Page> {
  const { data, errors } = await ask(world.hub.url, party.key, PAGE, { after, first, kinds });
  if (errors[0]) throw new Error(errors[0].extensions.code);
  return data.events;
}

const signedIn = (): Promise<RawSocket> => RawSocket.signedIn(world.hub.wsUrl, party.key);

test('without a cursor a poll begins at the beginning and a subscription now', async () => {
  const all = await pageAfter(null);
  expect(all.events.map(({ sequence }) => Number(sequence))).toEqual(all.events.map((_, index) => index + 1));
  expect(all.cursor).toBe(all.head);
  const socket = await signedIn();
  socket.listens(null);
  // An operation later on the same socket is answered when the subscription has begun.
  socket.asks('later', '{ viewer: __typename }');
  await socket.hears('complete', 'later');
  await vi.waitFor(async () => {
    await happens(party, 1);
    expect(socket.pages).not.toEqual([]);
  }, PATIENCE);
  expect(Number(socket.pages[0]?.events[0]?.sequence)).toBeGreaterThan(all.events.length);
  socket.socket.terminate();
});

test.each(['', 'abc', '1', '1.', '.5', '1.-1', '1.5.5', ' 1.5', '1.5e3', '99999999999.1', '1.9999999999999999999'])(
  'a cursor that is none (%s) is refused over HTTP and WebSocket alike',
  async (garbage) => {
    await expect(pageAfter(garbage)).rejects.toThrow('BAD_CURSOR');
    const socket = await signedIn();
    socket.listens(garbage);
    const { payload } = await socket.hears('next', 'events');
    expect(payload?.errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }]);
    await socket.hears('complete', 'events');
    expect(socket.socket.readyState).toBe(socket.socket.OPEN);
    socket.socket.terminate();
  },
);

test.each([0, 1001, -1])('a page of %i events is refused', async (first) => {
  await expect(pageAfter(null, first)).rejects.toThrow('BAD_INPUT');
  const socket = await signedIn();
  socket.listens(null, { first });
  const { payload } = await socket.hears('next', 'events');
  expect(payload?.errors).toMatchObject([{ extensions: { code: 'BAD_INPUT' } }]);
  socket.socket.terminate();
});

test.each(['7.3', '1.999999', '0.0'])('a cursor from outside the feed (%s) is answered with a gap', async (foreign) => {
  const { head } = await pageAfter(null);
  const start = { reason: 'RESTORED', resumeFrom: '1.0' };
  expect(await pageAfter(foreign)).toEqual({ events: [], cursor: '1.0', head, gap: start });
  const socket = await signedIn();
  socket.listens(foreign);
  await vi.waitFor(() => expect(socket.pages.at(-1)?.cursor).toBe(head), PATIENCE);
  expect(socket.pages[0]).toMatchObject({ events: [], gap: start });
  // The subscription goes on by itself from where the gap says.
  expect(socket.pages.flatMap(({ events }) => events)[0]?.sequence).toBe('1');
  socket.socket.terminate();
});

test('kinds leave events out and move the cursor over them', async () => {
  const from = await headOf(party);
  await happens(party, 4);
  const head = await headOf(party);
  expect(await pageAfter(from, 1000, ['REPORT_SEALED'])).toMatchObject({ events: [], cursor: head, head });
  const some = await pageAfter(null, 1, ['ORGANISATION_CREATED']);
  expect(some.events.map(({ kind }) => kind)).toEqual(['ORGANISATION_CREATED']);
  expect((await pageAfter(some.cursor, 1, ['ORGANISATION_CREATED'])).cursor).toBe(head);
  const socket = await signedIn();
  socket.listens(from, { kinds: ['CLIENT_CREATED'] });
  await vi.waitFor(() => expect(socket.pages.at(-1)?.cursor).toBe(head), PATIENCE);
  socket.socket.terminate();
});

test('a page of many large events ends early, and nothing is left out', async () => {
  const from = await headOf(party);
  await happens(party, 12, 200_000);
  await happens(party, 1, 1_200_000);
  await happens(party, 1);
  const pages: Page[] = [];
  for (let after = from; after !== pages.at(-1)?.head; after = pages.at(-1)?.cursor ?? from) {
    pages.push(await pageAfter(after));
  }
  expect(pages.map(({ events }) => events.length)).toEqual([5, 5, 3, 1]);
  const socket = await signedIn();
  socket.listens(from, { first: 1000 });
  await vi.waitFor(() => expect(socket.pages.at(-1)?.cursor).toBe(pages.at(-1)?.head), PATIENCE);
  const numbers = socket.pages.flatMap(({ events }) => events.map(({ sequence }) => Number(sequence)));
  const first = Number(from.split('.')[1]) + 1;
  expect(numbers).toEqual(Array.from({ length: 14 }, (_, index) => first + index));
  socket.socket.terminate();
});

test('what was erased keeps its number, says nothing, and holds up nothing behind it', async () => {
  const from = await headOf(party);
  await happens(party, 6);
  await world.database.admin(
    'UPDATE ledger_payload SET salt = NULL, body = NULL WHERE entry_id IN (SELECT entry_id FROM feed ORDER BY seq DESC LIMIT 6)',
  );
  await happens(party, 1);
  const socket = await signedIn();
  socket.listens(from, { first: 2 });
  const first = Number(from.split('.')[1]) + 1;
  const heard = () => socket.pages.flatMap(({ events }) => events);
  await vi.waitFor(() => expect(heard()).toHaveLength(7), PATIENCE);
  expect(heard().map(({ sequence }) => Number(sequence))).toEqual(
    Array.from({ length: 7 }, (_, index) => first + index),
  );
  socket.socket.terminate();
});

test('a restore while somebody listens is told to it as a gap', async () => {
  const socket = await signedIn();
  socket.listens(await headOf(party));
  await happens(party, 1);
  await socket.hears('next', 'events');
  await world.database.admin('UPDATE ledger_head SET generation = generation + 1');
  await happens(party, 1);
  await vi.waitFor(() => expect(socket.pages.find(({ gap }) => gap)?.gap?.resumeFrom).toBe('2.0'), PATIENCE);
  await world.database.admin('UPDATE ledger_head SET generation = 1');
  socket.socket.terminate();
});
