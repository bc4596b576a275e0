import 'reflect-metadata';

import fc from 'fast-check';
import {
  execute,
  isObjectType,
  getNamedType,
  parse,
  subscribe,
  type ExecutionResult,
  type GraphQLObjectType,
} from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { parseCursor } from '../../src/feed/cursor.ts';
import { EventResolver } from '../../src/feed/event.resolver.ts';
import { readEvents } from '../../src/feed/event-page.service.ts';
import { RequestContext } from '../../src/platform/api/context.ts';
import type { NodeRegistry } from '../../src/platform/api/node.ts';
import { Counters } from '../../src/platform/counters.ts';
import { silentLog } from '../../src/platform/log.ts';
import type { Viewer } from '../../src/platform/viewer.ts';
import { formatError } from '../../src/server/format-error.ts';
import { limitsWith } from '../../src/server/limits/limits.ts';
import { OperationStore } from '../../src/server/prepare-operation.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { askedEvents, type AskedEvents } from './cohort-documents.ts';
import { headOf, PATIENCE } from './listener.ts';
import { happens } from './padding.ts';
import { RawSocket } from './raw-socket.ts';

interface Asker {
  readonly party: Party;
  readonly key: string;
  readonly viewer: Viewer;
}

let world: World;
let askers: Asker[];
let from: string;
beforeAll(async () => {
  world = await createWorld({ sockets: { subscribesPerMinute: 100_000 } });
  askers = [];
  for (const role of ['PROVIDER', 'CERT', 'VENDOR'] as const) {
    const party = await world.organisation([role]);
    const keys = [party.key];
    for (const permissions of [['EVENTS_READ'], ['ORGANISATION_MANAGE']]) {
      const { data } = await party.ask(
        'mutation ($input: CreateClientInput!) { createClient(input: $input) { apiKey errors { message } } }',
        { input: { name: 'a key', permissions } },
      );
      keys.push(data.createClient.apiKey);
    }
    await world.settled();
    await happens(party, 4);
    for (const key of keys) {
      const viewer = await world.hub.app.authenticator.viewerOf(`Bearer ${key}`, null);
      if (viewer) askers.push({ party, key, viewer });
    }
  }
  expect(askers.length).toBe(9);
  from = '1.1';
});
afterAll(() => world[Symbol.asyncDispose]());

const BALANCE = /"available":\d+/g;

/** What each page after the cursor gives by an execution of its own, as it would be written for this asker alone. */
async function alone({ viewer }: Asker, asked: AskedEvents, after: string): Promise<string[]> {
  const { app } = world.hub;
  const { schema, work, resolvers } = app;
  const prepared = new OperationStore(schema, limitsWith().operation).prepare({
    query: asked.query,
    variables: { ...asked.variables, after },
  });
  if (!prepared || !('document' in prepared)) throw new Error(`A document was refused: ${asked.query}`);
  const contextValue = new RequestContext(work, viewer, () => Promise.resolve(true), resolvers);
  const args = { schema, document: parse(asked.query), contextValue, variableValues: { ...asked.variables, after } };
  const say = ({ errors, data }: ExecutionResult): string =>
    JSON.stringify({
      errors: errors?.map((error) => formatError(error.toJSON(), error, { log: silentLog, counters: new Counters() })),
      data,
      extensions: {
        cost: {
          requested: prepared.cost,
          actual: prepared.bill.actual(structuredClone(data)),
          throttle: { maximum: 200_000, restoreRate: 2_000, available: 0 },
        },
      },
    });
  const begun = await subscribe(args);
  if (!(Symbol.asyncIterator in begun)) return [say(begun)];
  void begun.return(undefined);
  const { nodes } = resolvers.get(EventResolver) as unknown as { nodes: NodeRegistry };
  const kinds = asked.query.includes('[CLIENT_CREATED') ? ['CLIENT_CREATED', 'ITEMS_ARRIVED'] : null;
  const told = [];
  for (let at = parseCursor(after), more = true; more;) {
    const page = await work.read(viewer, (tx) => readEvents(tx, nodes, { after: at, first: asked.first, kinds }));
    if (page.events.length > 0) told.push(say(await execute({ ...args, rootValue: page })));
    at = parseCursor(page.cursor);
    more = page.cursor !== page.head;
  }
  return told;
}

const payloadsOf = ({ messages }: RawSocket): string[] =>
  messages.flatMap(({ type, payload }) =>
    type === 'next' ? [JSON.stringify(payload).replace(BALANCE, '"available":0')] : [],
  );

test(
  'what a socket is told in a cohort is, byte for byte, what an execution of its own gives',
  { timeout: 120_000 },
  async () => {
    const executed = vi.spyOn(EventResolver.prototype, 'eventPages');
    let [shared, sent] = [0, 0];
    const some = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8], { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(askedEvents, some, async (asked, chosen) => {
        // Each of them twice, so that there is somebody to share with.
        const crowd = chosen.flatMap((n) => [askers[n], askers[n]]).filter((asker) => asker !== undefined);
        const expected = await Promise.all(crowd.map((asker) => alone(asker, asked, from)));
        executed.mockClear();
        const sockets = await Promise.all(crowd.map(({ key }) => RawSocket.signedIn(world.hub.wsUrl, key)));
        for (const socket of sockets) socket.asks('1', asked.query, { ...asked.variables, after: from });
        const heard = () => sockets.map(payloadsOf);
        await vi.waitFor(
          () => expect(heard().map(({ length }) => length)).toEqual(expected.map(({ length }) => length)),
          PATIENCE,
        );
        expect(heard()).toEqual(expected);
        const live = crowd.filter(({ viewer }) => viewer.permissions.has('events:read'));
        const heads = new Map<Party, string>();
        for (const { party } of live) if (!heads.has(party)) heads.set(party, await headOf(party));
        sent += live.length;
        for (const party of heads.keys()) await happens(party, 1);
        const further = await Promise.all(
          crowd.map((asker) =>
            heads.has(asker.party) && live.includes(asker) ? alone(asker, asked, heads.get(asker.party) ?? '') : [],
          ),
        );
        const all = expected.map((first, n) => [...first, ...(further[n] ?? [])]);
        await vi.waitFor(
          () => expect(heard().map(({ length }) => length)).toEqual(all.map(({ length }) => length)),
          PATIENCE,
        );
        expect(heard()).toEqual(all);
        shared += all.flat().length - executed.mock.calls.length;
        for (const { socket } of sockets) socket.terminate();
      }),
      { numRuns: 25 },
    );
    // Otherwise nothing was compared with anything.
    expect(sent).toBeGreaterThan(0);
    expect(shared).toBeGreaterThan(0);
    executed.mockRestore();
  },
);

/** Types that can come out of a page of events. */
function reached(type: GraphQLObjectType, known = new Set<string>()): Set<string> {
  if (known.has(type.name)) return known;
  known.add(type.name);
  for (const field of Object.values(type.getFields())) {
    const below = getNamedType(field.type);
    if (isObjectType(below)) reached(below, known);
  }
  return known;
}

test('nothing in a page of events is resolved by who asks: such a field would need a cohort for each asker', () => {
  const page = world.hub.app.schema.getType('EventPage') as GraphQLObjectType;
  const types = reached(page);
  expect([...types].sort()).toEqual(['Event', 'EventActor', 'EventPage', 'FeedGap']);
  const resolved = getMetadataStorage().fieldResolvers.filter(
    ({ kind, getObjectType }) =>
      kind === 'external' && types.has((getObjectType?.() as { name?: string } | undefined)?.name ?? ''),
  );
  expect(resolved.map(({ methodName }) => methodName)).toEqual([]);
});
