import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { Transaction } from '../../src/platform/database/transaction.ts';
import { OPERATION_LIMITS } from '../../src/server/limits/limits.ts';
import { OperationStore } from '../../src/server/prepare-operation.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { createWorld, type World } from '../support/world.ts';
import { CORPUS, type Attack } from './corpus.ts';
import { heapAfterCollection } from './heap.ts';

const UNLIMITED = { maximum: Infinity, restoreRate: Infinity };

let world: World;
let socket: RawSocket;
beforeAll(async () => {
  world = await createWorld({ limits: { rate: { client: UNLIMITED, address: UNLIMITED } } });
  socket = await RawSocket.signedIn(world.hub.wsUrl, world.operator.key);
});
afterAll(() => {
  socket.socket.terminate();
  return world[Symbol.asyncDispose]();
});

interface Errors {
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
  readonly data?: unknown;
}

async function overHttp({ query, variables, operationName, documentId }: Attack) {
  const response = await fetch(world.hub.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${world.operator.key}` },
    body: JSON.stringify({ query, variables, operationName, documentId }),
  });
  const { errors = [], data } = (await response.json()) as Errors;
  return { status: response.status, data: data ?? null, codes: codesOf(errors) };
}

const codesOf = (errors: NonNullable<Errors['errors']>): string[] => [
  ...new Set(errors.map(({ extensions }) => extensions.code)),
];

let count = 0;
async function overSocket({ query, variables, operationName, documentId }: Attack): Promise<string[]> {
  const id = `attack${(count += 1)}`;
  socket.send({ type: 'subscribe', id, payload: { query, variables, operationName, documentId } });
  const heard = await vi.waitFor(() => {
    const found = socket.messages.find((message) => message.id === id);
    expect(found).toBeDefined();
    return found;
  });
  const payload = heard?.payload as Errors | NonNullable<Errors['errors']>;
  return codesOf('length' in payload ? payload : (payload.errors ?? []));
}

test('the corpus has at least forty documents, each with a name of its own', () => {
  expect(new Set(CORPUS.map(({ name }) => name)).size).toBe(CORPUS.length);
  expect(CORPUS.length).toBeGreaterThanOrEqual(60);
});

test.each(CORPUS.map((attack) => [attack.name, attack] as const))(
  '%s: refused over HTTP and WebSocket by one code',
  async (_name, attack) => {
    const { status, codes, data } = await overHttp(attack);
    expect({ status, codes, data }).toEqual({ status: 400, codes: [attack.code], data: null });
    expect(await overSocket(attack)).toEqual([attack.code]);
  },
);

describe('to refuse costs less than to serve', () => {
  test('no transaction is opened and no resolver is called for any of it', async () => {
    const open = vi.spyOn(Transaction, 'open');
    const resolver = vi.spyOn(world.hub.app.resolvers, 'get');
    for (const attack of CORPUS) await overHttp(attack);
    const opened = open.mock.calls.filter(
      ([source]) => (source.options as { applicationName?: string }).applicationName === 'tocsin_app',
    );
    expect([opened.length, resolver.mock.calls.length]).toEqual([0, 0]);
    // The same eyes see what a small question costs.
    await world.operator.ask('{ clients(first: 1) { edges { cursor } } }');
    expect(resolver).toHaveBeenCalled();
    expect(open).toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  test('memory is flat after thirteen thousand refusals', () => {
    const store = new OperationStore(world.hub.app.schema, OPERATION_LIMITS);
    const round = (n: number) => {
      // Each time another text, so that nothing is refused by being known.
      for (const attack of CORPUS) store.prepare({ ...attack, query: `${attack.query}#${n}` });
    };
    for (let n = 0; n < 50; n += 1) round(n);
    const before = heapAfterCollection();
    for (let n = 50; n < 250; n += 1) round(n);
    expect(heapAfterCollection() - before).toBeLessThan(8_000_000);
  }, 120_000);
});
