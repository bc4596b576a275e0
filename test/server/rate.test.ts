import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Buckets } from '../../src/server/limits/bucket.ts';
import type { BucketSize as Size } from '../../src/server/limits/limits.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { SUBMIT, ask } from '../support/api.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

/** Nothing worth waiting for comes back. */
const SLOW = 0.01;
const CLIENTS = '{ clients(first: 10) { edges { node { id name } } } }';

interface Cost {
  readonly requested: number;
  readonly actual: number;
  readonly throttle: { readonly maximum: number; readonly available: number; readonly restoreRate: number };
}

/** With what `ask` leaves out. */
async function asks(party: Party | null, query: string, variables: object = {}, url = world.hub.url) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(party && { authorization: `Bearer ${party.key}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as { errors?: object[]; extensions?: { cost: Cost } };
  return { status: response.status, retryAfter: response.headers.get('retry-after'), ...body };
}

let world: World;
beforeAll(async () => {
  world = await createWorld({
    limits: {
      rate: { client: { maximum: 200, restoreRate: SLOW }, address: { maximum: 30, restoreRate: SLOW }, fine: 5 },
    },
  });
});
afterAll(() => world[Symbol.asyncDispose]());

const LIMITED = [{ extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } }];

describe('what is asked is paid for in points', () => {
  test('an answer says what was reckoned, what it came to, and what is left', async () => {
    const party = await world.organisation(['PROVIDER']);
    const { extensions } = await asks(party, CLIENTS);
    // One to be asked, one for the page, ten nodes reckoned and one that was there.
    expect(extensions?.cost).toEqual({
      requested: 12,
      actual: 3,
      throttle: { maximum: 200, available: 197, restoreRate: SLOW },
    });
  });

  test('a client that has none left is told when to come back, over both doors, and others are served', async () => {
    const [party, other] = [await world.organisation(['PROVIDER']), await world.organisation(['PROVIDER'])];
    let last = await asks(party, CLIENTS);
    for (let n = 0; n < 99 && last.status === 200; n += 1) last = await asks(party, CLIENTS);
    expect(last).toMatchObject({ status: 429, errors: LIMITED });
    expect(Number(last.retryAfter)).toBeGreaterThan(0);
    const socket = await RawSocket.signedIn(world.hub.wsUrl, party.key);
    socket.asks('one more', CLIENTS);
    expect((await socket.hears('error', 'one more')).payload).toMatchObject(LIMITED);
    socket.socket.terminate();
    expect((await asks(other, CLIENTS)).status).toBe(200);
  });

  test('what is sent over a socket is paid from the same bucket, and each page of a subscription too', async () => {
    const party = await world.organisation(['PROVIDER']);
    await asks(party, CLIENTS);
    const socket = await RawSocket.signedIn(world.hub.wsUrl, party.key);
    socket.asks('query', CLIENTS);
    const { payload } = await socket.hears('next', 'query');
    expect(payload).toMatchObject({ extensions: { cost: { actual: 3, throttle: { available: 194 } } } });
    socket.asks('feed', 'subscription { events(after: null, first: 10) { events { cursor } } }');
    await asks(party, CLIENTS);
    socket.socket.terminate();
  });

  test('who shows no credential, or a wrong one, pays with everybody at that address; a good key is heard on', async () => {
    const party = await world.organisation(['PROVIDER']);
    let last = await asks(null, '{ __typename }');
    expect(last.extensions?.cost.throttle.maximum).toBe(30);
    const wrong = 'tocsin_0123456789012345678901234567890';
    const { status } = await ask(world.hub.url, wrong, '{ __typename }');
    expect(status).toBe(401);
    for (let n = 0; n < 10 && last.status !== 429; n += 1) {
      last = await asks({ key: wrong } as Party, '{ __typename }');
    }
    expect(last).toMatchObject({ status: 429, errors: LIMITED });
    const socket = await RawSocket.open(world.hub.wsUrl);
    socket.init({ authorization: `Bearer ${wrong}` });
    expect(await socket.closed).toMatchObject({ code: 4429 });
    expect((await asks(party, CLIENTS)).status).toBe(200);
  });

  test('who is refused all the time is heard no more', async () => {
    const party = await world.organisation(['PROVIDER']);
    const seen: number[] = [];
    for (let n = 0; n < 42; n += 1) seen.push((await asks(party, '{ nothing }')).status);
    expect(seen).toEqual([...Array<number>(40).fill(400), 429, 429]);
  });
});

test('pages at which people sign in and the public files of the log are paid for by the address', async () => {
  const login = {
    issuer: 'http://127.0.0.1:9',
    clientId: 'hub',
    proof: { secret: 's' },
    secondFactorAcr: [],
    origin: null,
  };
  const [client, address] = [200, 100].map((maximum) => ({ maximum, restoreRate: SLOW })) as [Size, Size];
  await using small = await createWorld({ login, limits: { rate: { client, address, fine: 5 } } });
  const statuses = async (path: string, times: number) => {
    const got: number[] = [];
    for (let n = 0; n < times; n += 1)
      got.push((await fetch(new URL(path, small.hub.url), { redirect: 'manual' })).status);
    return got;
  };
  expect(await statuses('/auth', 9)).toEqual(Array(9).fill(200));
  expect(await statuses('/checkpoint', 10)).not.toContain(429);
  const last = await fetch(new URL('/checkpoint', small.hub.url));
  expect(last.status).toBe(429);
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await last.json()).toMatchObject({ errors: LIMITED });
  expect(await statuses('/auth', 1)).toEqual([429]);
  // Whoever looks whether the hub lives is not one of them.
  expect(await statuses('/healthz', 3)).toEqual([200, 200, 200]);
});

test('a bulk of ten thousand is let in by the limits as they are', async () => {
  const usual = await createWorld();
  try {
    const vendor = await usual.vendor(await usual.cert());
    const indicators = Array.from({ length: 10_000 }, (_, n) => ({ value: `host${n}.example`, category: 'PHISHING' }));
    const input = { idempotencyKey: randomUUID(), title: 'a bulk', tlp: 'AMBER', indicators };
    const { status, extensions } = await asks(vendor, SUBMIT, { input }, `${usual.hub.url}/bulk`);
    expect(status).toBe(200);
    // Each is sent, and each is answered with its indicator.
    expect(extensions?.cost.requested).toBeGreaterThan(20_000);
    expect(extensions?.cost.requested).toBeLessThan(25_000);
  } finally {
    await usual[Symbol.asyncDispose]();
  }
}, 60_000);

describe('a bucket', () => {
  let now = 0;
  const make = (): Buckets => new Buckets({ maximum: 100, restoreRate: 10 }, () => now);

  test('fills again with time, and never beyond its rim', () => {
    const buckets = make();
    expect(buckets.take('a', 100)).toBeNull();
    expect(buckets.take('a', 50)).toBe(5);
    now += 5_000;
    expect(buckets.take('a', 50)).toBeNull();
    now += 1_000_000;
    expect(buckets.available('a')).toBe(100);
  });

  test('lets in what is more than it holds when it is full, and is paid off afterwards', () => {
    const buckets = make();
    expect(buckets.take('a', 150)).toBeNull();
    expect(buckets.available('a')).toBe(-50);
    expect(buckets.take('a', 1)).toBe(6);
  });

  test('is one for each, and of strangers beyond ten thousand one for all of them', () => {
    const buckets = make();
    for (let n = 0; n < 10_000; n += 1) buckets.take(`stranger ${n}`, 1);
    expect(buckets.take('another', 100)).toBeNull();
    expect(buckets.take('and another', 100)).toBe(10);
    expect(buckets.available('stranger 1')).toBe(99);
    now += 100;
    // Those that are full again are forgotten, and there is room.
    expect(buckets.take('one more', 100)).toBeNull();
  });
});
