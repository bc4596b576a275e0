import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { silentLog } from '../../src/platform/log.ts';
import { startHub } from '../../src/server/hub.ts';
import { holder } from '../ledger/ledger-world.ts';
import { SUBMIT } from '../support/api.ts';
import { testProof } from '../support/proof.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
let vendor: Party;
beforeAll(async () => {
  world = await createWorld();
  vendor = await world.vendor(await world.cert());
});
afterAll(() => world[Symbol.asyncDispose]());

const BULK = '/graphql/bulk';
const JSON_TYPE = { 'content-type': 'application/json' };
const MEGABYTE = 1024 * 1024;
const PATIENCE = { timeout: 9_000, interval: 10 };

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const at = (path: string): URL => new URL(path, world.hub.url);

/** A request whose body the test sends by hand. */
function begin(path: string, headers: Record<string, string | number>): ClientRequest {
  const request = httpRequest(at(path), { method: 'POST', headers: { ...JSON_TYPE, ...headers } });
  request.on('error', () => undefined);
  request.flushHeaders();
  return request;
}

async function answerTo(request: ClientRequest) {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(text) as Body };
}
interface Body {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { message: string; extensions: { code: string; reference?: string } }[];
}

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(at(path), { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body });
  return { status: response.status, body: (await response.json()) as Body };
}

/** A submission that is so many bytes long. */
function submission(name: string, bytes: number): string {
  const input = {
    idempotencyKey: name,
    title: 'large',
    tlp: 'AMBER',
    indicators: [{ value: `${name}.example`, category: 'PHISHING' }],
  };
  const bare = JSON.stringify({ query: SUBMIT, variables: { input } });
  return bare + ' '.repeat(bytes - bare.length);
}

test('a body of seven megabytes is not read for a key that is none', async () => {
  const request = begin(BULK, { ...bearer('tocsin_0123456789012345678901234567890'), 'content-length': 7 * MEGABYTE });
  // Not one byte of it was sent when the answer comes.
  const { status, body } = await answerTo(request);
  expect(status).toBe(401);
  expect(body.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  request.destroy();
});

test('nobody submits in bulk without a key', async () => {
  const request = begin(BULK, { 'content-length': 7 * MEGABYTE });
  expect(await answerTo(request)).toMatchObject({ status: 401 });
  request.destroy();
});

test('the bulk path takes seven megabytes and refuses nine', async () => {
  const { status, body } = await post(BULK, submission('bulk', 7 * MEGABYTE), bearer(vendor.key));
  expect(status).toBe(200);
  expect(body.data).toMatchObject({ submitReport: { errors: [] } });
  const request = begin(BULK, { ...bearer(vendor.key), 'content-length': 9 * MEGABYTE });
  const refused = await answerTo(request);
  expect(refused).toMatchObject({ status: 413, body: { errors: [{ extensions: { code: 'OPERATION_TOO_LARGE' } }] } });
  request.destroy();
});

test('the common path takes 256 kilobytes and no more', async () => {
  const fits = await post('/graphql', submission('fits', 250 * 1024), bearer(vendor.key));
  expect(fits).toMatchObject({ status: 200, body: { data: { submitReport: { errors: [] } } } });
  const larger = await post('/graphql', submission('larger', 257 * 1024), bearer(vendor.key));
  expect(larger).toMatchObject({ status: 413, body: { errors: [{ extensions: { code: 'OPERATION_TOO_LARGE' } }] } });
});

test('one key has one bulk request at a time; another key is not held up by it', async () => {
  const body = submission('first', 1000);
  const first = begin(BULK, { ...bearer(vendor.key), 'content-length': body.length });
  await vi.waitFor(async () => {
    const second = await fetch(at(BULK), {
      method: 'POST',
      headers: { ...JSON_TYPE, ...bearer(vendor.key) },
      body: '{}',
    });
    expect(second.status).toBe(429);
    expect(second.headers.get('retry-after')).toBe('1');
    expect(await second.json()).toMatchObject({ errors: [{ extensions: { code: 'TOO_MANY' } }] });
  }, PATIENCE);
  const other = await world.vendor(await world.cert());
  expect(await post(BULK, submission('other', 1000), bearer(other.key))).toMatchObject({ status: 200 });
  first.end(body);
  expect(await answerTo(first)).toMatchObject({ status: 200 });
  expect(await post(BULK, submission('third', 1000), bearer(vendor.key))).toMatchObject({ status: 200 });
});

test('a client that goes away in the middle of its body leaves no trace of it', async () => {
  const request = begin(BULK, { ...bearer(vendor.key), 'content-length': MEGABYTE });
  request.write('{"query":');
  await vi.waitFor(async () => expect((await post(BULK, '{}', bearer(vendor.key))).status).toBe(429), PATIENCE);
  request.destroy();
  await vi.waitFor(async () => {
    expect(await post(BULK, submission('after', 1000), bearer(vendor.key))).toMatchObject({ status: 200 });
  }, PATIENCE);
});

/** While a submission of this vendor stands before its commit. */
async function whileSubmitting(name: string, act: (request: ClientRequest) => Promise<void>): Promise<void> {
  const rival = await holder(world.database);
  await rival.query('BEGIN');
  await rival.query('LOCK TABLE ledger_payload IN SHARE MODE');
  const body = submission(name, 1000);
  const request = begin(BULK, { ...bearer(vendor.key), 'content-length': body.length });
  request.end(body);
  await vi.waitFor(async () => {
    const waiting = await world.database.admin(
      `SELECT pid FROM pg_stat_activity WHERE usename = 'tocsin_app' AND wait_event_type = 'Lock' AND datname = current_database()`,
    );
    expect(waiting.length).toBe(1);
  }, PATIENCE);
  try {
    await act(request);
  } finally {
    await rival.query('ROLLBACK');
    await rival.end();
  }
}

test('a client that goes away while its submission is being saved does not get a second one at once', async () => {
  await whileSubmitting('left', async (request) => {
    const closed = new Promise((resolve) => request.once('close', resolve));
    request.destroy();
    await closed;
    expect(await post(BULK, submission('again', 1000), bearer(vendor.key))).toMatchObject({ status: 429 });
  });
  // What it sent was done, and sent again it is the same.
  await vi.waitFor(async () => {
    const again = await post(BULK, submission('left', 1000), bearer(vendor.key));
    expect(again).toMatchObject({ status: 200, body: { data: { submitReport: { errors: [] } } } });
  }, PATIENCE);
  const titles = await world.database.admin(`SELECT id FROM indicator WHERE value = 'left.example'`);
  expect(titles.length).toBe(1);
});

test('a hub that stops lets the request under way finish, and takes no other', async () => {
  const hub = world.hub;
  let stopping: Promise<void> = Promise.resolve();
  let answer: ReturnType<typeof answerTo> | null = null;
  await whileSubmitting('last', async (request) => {
    answer = answerTo(request);
    stopping = hub.stop();
    await vi.waitFor(() => expect(fetch(at('/healthz'))).rejects.toThrow(), PATIENCE);
  });
  expect(await answer).toMatchObject({ status: 200, body: { data: { submitReport: { errors: [] } } } });
  await stopping;
  Object.assign(world, {
    hub: await startHub({
      database: world.database.address,
      documentation: true,
      log: silentLog,
      host: '127.0.0.1',
      port: 0,
      proof: testProof(),
    }),
  });
});

test('a page of another site can neither ask nor change anything with a form or an image', async () => {
  const query = encodeURIComponent('{ __typename }');
  const image = await fetch(at(`/graphql?query=${query}`));
  expect(image.status).toBe(400);
  const form = await fetch(at('/graphql'), {
    method: 'POST',
    headers: { 'content-type': 'text/plain', ...bearer(vendor.key) },
    body: JSON.stringify({ query: '{ __typename }' }),
  });
  expect(form.status).toBeGreaterThanOrEqual(400);
  expect(form.status).toBeLessThan(500);
});

test('GET asks queries and changes nothing', async () => {
  const headers = { ...JSON_TYPE, ...bearer(vendor.key) };
  const get = async (query: string) => {
    const response = await fetch(at(`/graphql?query=${encodeURIComponent(query)}`), { headers });
    return { status: response.status, body: (await response.json()) as Body };
  };
  expect(await get('{ events(first: 1) { head } }')).toMatchObject({
    status: 200,
    body: { data: { events: { head: expect.any(String) } } },
  });
  const refused = await get('mutation { acknowledgeEvents(cursor: "1.0") { upTo } }');
  expect(refused.status).toBe(405);
  expect(refused.body.errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
});

test('a fault of the hub is told as a reference: no statement, no stack, no path of a file', async () => {
  const log = vi.spyOn(world.hub.app.log, 'error');
  await world.database.admin('REVOKE EXECUTE ON FUNCTION feed_state FROM tocsin_app');
  const { status, body } = await post('/graphql', '{"query":"{ events(first: 1) { head } }"}', bearer(vendor.key));
  await world.database.admin('REVOKE EXECUTE ON FUNCTION authenticate FROM tocsin_app');
  const outside = await post(
    '/graphql',
    '{"query":"{ __typename }"}',
    bearer('tocsin_9999999999999999999999999999999'),
  );
  await world.database.admin('GRANT EXECUTE ON FUNCTION feed_state, authenticate TO tocsin_app');
  const lines = log.mock.calls.map(([fields]) => fields);
  log.mockRestore();
  expect(status).toBe(200);
  expect(outside.status).toBe(500);
  for (const { errors = [] } of [body, outside.body]) {
    const [error] = errors;
    expect(errors.length).toBe(1);
    expect(error?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
    expect(error?.message).toBe(`Internal error. Reference: ${error?.extensions.reference}`);
    expect(lines).toContainEqual({
      reference: error?.extensions.reference,
      error: expect.stringContaining('permission denied'),
    });
    expect(JSON.stringify(errors)).not.toMatch(/permission|SELECT|feed_state|authenticate|\.ts|node_modules/);
  }
});

test('what is wrong with a request is said without naming what else there is', async () => {
  const { status, body } = await post('/graphql', '{"query":"{ event(first: 1) { head } }"}');
  expect(status).toBe(400);
  expect(body.errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  expect(body.errors?.[0]?.message).toBe('Cannot query field "event" on type "Query".');
  expect(await post('/graphql', '{"query":"{"}')).toMatchObject({
    status: 400,
    body: { errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] },
  });
  expect(await post('/graphql', '{')).toMatchObject({
    status: 400,
    body: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] },
  });
  expect(await post('/graphql', '{}')).toMatchObject({
    status: 400,
    body: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] },
  });
});

test('a hub that has no database says that it lives and is not ready', async () => {
  expect((await fetch(at('/healthz'))).status).toBe(200);
  expect(await (await fetch(at('/readyz'))).json()).toEqual({ ok: true });
  const name = new URL(world.database.address.adminUrl).pathname.slice(1);
  await world.database.admin(`REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`);
  await world.database.admin(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tocsin_system' AND datname = current_database()`,
  );
  await vi.waitFor(async () => {
    const response = await fetch(at('/readyz'));
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ ok: false, reason: 'DATABASE_UNAVAILABLE' });
  }, PATIENCE);
  expect((await fetch(at('/healthz'))).status).toBe(200);
  await world.database.admin(`GRANT CONNECT ON DATABASE ${name} TO PUBLIC`);
  await vi.waitFor(async () => expect((await fetch(at('/readyz'))).status).toBe(200), PATIENCE);
});
