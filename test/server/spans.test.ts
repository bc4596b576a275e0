import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { makeLog } from '../../src/platform/log.ts';
import { readProxies } from '../../src/server/peer.ts';
import { openTracing } from '../../src/server/tracing.ts';
import { PATIENCE } from '../feed/listener.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { SUBMIT } from '../support/api.ts';
import { Collector, type CollectedSpan } from '../support/collector.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

/** What is a tenant's, or a stranger's, and is sent in every place that there is for words. */
const CANARY = 'whisper7104';
const TRACE = { proxy: 'a'.repeat(32), stranger: 'b'.repeat(32), declined: 'c'.repeat(32) };

const lines: Record<string, string>[] = [];
const log = makeLog('info', { write: (line) => void lines.push(JSON.parse(line) as Record<string, string>) });

let collector: Collector;
let world: World;
let vendor: Party;
let spans: CollectedSpan[];
let text: string;
let secrets: string[];

beforeAll(async () => {
  collector = await Collector.open();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  vi.stubEnv('OTEL_SERVICE_NAME', 'hub-of-a-test');
  const sampler = { ratio: 1, followsParent: true };
  const tracing = await openTracing({ protocol: 'http/json', sampler, timeoutMs: 10_000 }, log);
  world = await createWorld({ log, proxies: readProxies('127.0.0.1') ?? [] });
  await story();
  secrets = await everythingOfTenants();
  await world.hub.stop();
  await tracing.close();
  ({ spans, text } = collector);
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await world[Symbol.asyncDispose]();
  await collector.close();
});

const spansOf = (name: string): CollectedSpan[] => spans.filter((span) => span.name === name);
const parentOf = ({ parentSpanId }: CollectedSpan) => spans.find(({ spanId }) => spanId === parentSpanId);

/** From another address than the proxy's, if `localAddress` says so. */
async function post(body: object, headers: object = {}, localAddress = '127.0.0.1'): Promise<number | undefined> {
  const url = new URL(world.hub.url);
  url.searchParams.set('note', CANARY);
  const request = httpRequest(url, {
    method: 'POST',
    localAddress,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${vendor.key}`, ...headers },
  });
  request.end(JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'close');
  return response.statusCode;
}

async function story(): Promise<void> {
  const cert = await world.organisation(['CERT'], undefined, `CERT ${CANARY}`);
  vendor = await world.organisation(['VENDOR'], cert, `Vendor ${CANARY}`);
  const provider = await world.provider({ REGISTRAR: [`${CANARY}.example`] });
  const socket = await RawSocket.signedIn(world.hub.wsUrl, provider.key);
  socket.listens(null);
  socket.asks('wrong', `query ${CANARY} { ${CANARY}: auditTrail(subject: "x", first: 5000) { edges { cursor } } }`);
  await socket.hears('next', 'wrong');
  const values = [`${CANARY}.example`, `https://${CANARY}.example/${CANARY}`].map((value) => ({
    ...{ value, category: 'PHISHING', comment: CANARY, externalId: CANARY },
  }));
  const input = { idempotencyKey: CANARY, title: CANARY, tlp: 'AMBER', indicators: values };
  await post(
    { query: SUBMIT.replace('mutation', `mutation ${CANARY}`), variables: { input } },
    { traceparent: `00-${TRACE.proxy}-${'1'.repeat(16)}-01`, tracestate: `v=${CANARY}`, baggage: `who=${CANARY}` },
  );
  const asked = { query: '{ viewer { permissions } }' };
  await post(asked, { traceparent: `00-${TRACE.stranger}-${'2'.repeat(16)}-01` }, '127.0.0.2');
  await post(asked, { traceparent: `00-${TRACE.declined}-${'3'.repeat(16)}-00` });
  await post(asked, { traceparent: CANARY, 'x-request-id': CANARY, 'user-agent': CANARY });
  await world.settled();
  await cert.confirms(await cert.cases(), { caseReference: CANARY });
  await cert.forwards(await cert.cases(), { note: CANARY });
  await world.settled();
  await socket.hears('next', 'events');
  await provider.acts(await provider.inbox(), { note: CANARY });
  await vendor.submits([`${CANARY}.example`], { idempotencyKey: CANARY });
  await vendor.ask(`query ${CANARY} { reports(first: 1) { edges { node { title } } } }`);
  await vendor.ask(`{ ${CANARY} }`);
  await failing(vendor);
  await post({ query: `{ viewer { permissions } }` }, { authorization: `Bearer tocsin_${CANARY.padEnd(30, '0')}` });
  await fetch(new URL(`/${CANARY}`, world.hub.url));
  await fetch(new URL('/healthz', world.hub.url));
  await world.settled();
  await vi.waitFor(async () => expect(await isSigned()).toBe(true), PATIENCE);
  socket.socket.terminate();
}

/** A statement of PostgreSQL fails, in a transaction that has values. */
async function failing(party: Party): Promise<void> {
  await world.database.admin('REVOKE INSERT ON report FROM tocsin_app');
  await party.ask(SUBMIT, {
    input: {
      idempotencyKey: randomUUID(),
      title: CANARY,
      tlp: 'AMBER',
      indicators: [{ value: `${CANARY}.example`, category: 'PHISHING' }],
    },
  });
}

async function isSigned(): Promise<boolean> {
  const [row] = await world.database.admin<{ all: boolean }>(
    'SELECT h.size = (SELECT max(size) FROM ledger_checkpoint) AS all FROM ledger_head h',
  );
  return row?.all ?? false;
}

/** Every id, name and key that there is, and what was written on the way. */
async function everythingOfTenants(): Promise<string[]> {
  const found = await world.database.admin<{ word: string }>(
    `SELECT id::text AS word FROM organisation UNION SELECT id::text FROM client UNION SELECT id::text FROM report
       UNION SELECT id::text FROM indicator UNION SELECT id::text FROM triage_case UNION SELECT entry_id::text FROM ledger
       UNION SELECT id::text FROM inbox_item UNION SELECT id::text FROM referral UNION SELECT name FROM organisation
       UNION SELECT name FROM client`,
  );
  const words = found.map(({ word }) => word);
  return [CANARY, vendor.key, vendor.id, ...words, ...words.map((word) => word.replaceAll('-', ''))];
}

test('a request is a span by its route, its operation one by its fields, and its transaction one by its login', () => {
  const [mutation] = spansOf('mutation submitReport').filter(({ traceId }) => traceId === TRACE.proxy);
  expect(mutation?.attributes).toEqual({ 'graphql.operation.type': 'mutation', 'tocsin.fields': ['submitReport'] });
  const request = mutation && parentOf(mutation);
  expect(request).toMatchObject({
    ...{ name: 'POST /graphql', kind: 2 },
    attributes: { 'http.request.method': 'POST', 'http.route': '/graphql', 'http.response.status_code': 200 },
  });
  const parts = spansOf('transaction').filter(({ parentSpanId }) => parentSpanId === mutation?.spanId);
  const change = parts.find(({ attributes }) => attributes['tocsin.work'] === 'change');
  expect(change).toMatchObject({
    attributes: { 'tocsin.login': 'tocsin_app', 'tocsin.work': 'change' },
    events: ['connected', 'committed'],
  });
  expect(parts.filter(({ attributes }) => attributes['tocsin.work'] === 'look').length).toBeGreaterThan(0);
});

test('a trace goes on in the hub when a trusted proxy began it, and not when a stranger did', () => {
  expect(spans.some(({ parentSpanId }) => parentSpanId === '1'.repeat(16))).toBe(true);
  expect([TRACE.stranger, TRACE.declined].filter((trace) => text.includes(trace))).toEqual([]);
  for (const span of spansOf('POST /graphql')) expect([undefined, '', '1'.repeat(16)]).toContain(span.parentSpanId);
});

test('what the hub does by itself is told: batches, reactions, pages of a feed and checkpoints', () => {
  const total = (name: string, figure: string) =>
    spansOf(name).reduce((sum, { attributes }) => sum + Number(attributes[figure]), 0);
  expect(total('batch', 'tocsin.entries')).toBeGreaterThan(10);
  expect(total('batch', 'tocsin.feeds')).toBeGreaterThan(3);
  const reactions = spansOf('reaction').map(({ attributes }) => attributes['tocsin.kind']);
  expect(reactions).toEqual(expect.arrayContaining(['REPORT_SEALED', 'CASES_CONFIRMED']));
  expect(total('page', 'tocsin.events')).toBeGreaterThan(0);
  expect(spansOf('checkpoint').length).toBeGreaterThan(0);
  // A look that found nothing is not told: there would be ten a second.
  for (const { attributes } of spansOf('batch')) expect(Number(attributes['tocsin.entries'])).toBeGreaterThan(0);
});

test('over a socket each operation is a span, with the code that it was refused by', () => {
  const [wrong] = spansOf('query auditTrail');
  expect(wrong).toMatchObject({ kind: 2, attributes: { 'error.type': 'BAD_INPUT' }, status: {} });
  expect(spansOf('subscription events')).toHaveLength(1);
});

test('a refusal is told by its code, and only what is the fault of the hub as an error', () => {
  const coded = (code: string) => spans.filter(({ attributes }) => attributes['error.type'] === code);
  expect(coded('UNAUTHENTICATED').map(({ name }) => name)).toEqual(['POST /graphql']);
  expect(coded('GRAPHQL_VALIDATION_FAILED').map(({ name }) => name)).toEqual(['POST /graphql']);
  expect(coded('IDEMPOTENCY_MISMATCH').map(({ name }) => name)).toContain('mutation submitReport');
  expect(coded('INTERNAL_SERVER_ERROR')).toMatchObject([{ name: 'mutation submitReport', status: { code: 2 } }]);
  // insufficient_privilege
  expect(coded('42501')).toMatchObject([{ name: 'transaction', events: ['connected'] }]);
  for (const { attributes, status } of spans)
    if (status.code === 2) expect(attributes['error.type']).toMatch(/^(INTERNAL_SERVER_ERROR|42501)$/);
});

test('a line of the log names the trace that it belongs to', () => {
  const [fault] = spans.filter(({ attributes }) => attributes['error.type'] === 'INTERNAL_SERVER_ERROR');
  expect(lines.filter(({ msg }) => msg === 'a request failed')).toMatchObject([{ trace: fault?.traceId }]);
});

test('the name of the service is that of the environment', () => {
  expect(collector.resourceAttributes).toMatchObject({ 'service.name': 'hub-of-a-test' });
});

test('nothing of a tenant is in what was exported: no id, no name, no value, no words of a request', () => {
  expect(secrets.length).toBeGreaterThan(40);
  expect([...secrets, '.example', '127.0.0'].filter((secret) => text.includes(secret))).toEqual([]);
  expect(/SELECT|INSERT|tocsin_[\w-]{20}/.exec(text)).toBeNull();
});

test('every attribute and every name is of a list that this file can write down', () => {
  const figure = /^\d+$/;
  const allowed: Record<string, RegExp> = {
    'http.request.method': /^(GET|POST)$/,
    'http.route': /^(|\/graphql)$/,
    'http.response.status_code': figure,
    'graphql.operation.type': /^(query|mutation|subscription)$/,
    'tocsin.fields': /^[A-Za-z_,]+$/,
    'tocsin.login': /^tocsin_(app|system)$/,
    'tocsin.work': /^(change|look)$/,
    'tocsin.lane': /^(INTERACTIVE|BULK)$/,
    'tocsin.kind': /^[A-Z_]+$/,
    'tocsin.entries': figure,
    'tocsin.events': figure,
    'tocsin.feeds': figure,
    'tocsin.credentials': figure,
    'error.type': /^([A-Z_]+|\d\w{4})$/,
  };
  for (const { name, attributes } of spans) {
    expect(name).toMatch(/^(GET|POST \/graphql|(query|mutation|subscription)( \w+)?|[a-z]+)$/);
    for (const [key, value] of Object.entries(attributes)) expect(String(value)).toMatch(allowed[key] ?? /^no such$/);
  }
});
