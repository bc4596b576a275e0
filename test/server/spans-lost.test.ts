import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { TracingConfig } from '../../src/app/config/tracing.ts';
import { makeLog } from '../../src/platform/log.ts';
import { areSpansRecorded, currentSpan, inSpan, NO_SPAN } from '../../src/platform/spans.ts';
import { openTracing, type Tracing } from '../../src/server/tracing.ts';
import { PATIENCE } from '../feed/listener.ts';
import { Collector } from '../support/collector.ts';
import { createWorld } from '../support/world.ts';

const lines: Record<string, string>[] = [];
const log = makeLog('info', { write: (line) => void lines.push(JSON.parse(line) as Record<string, string>) });
const said = (message: string) => lines.filter(({ msg }) => msg === message);
const CONFIG: TracingConfig = { protocol: 'http/json', sampler: { ratio: 1, followsParent: true }, timeoutMs: 200 };

let tracing: Tracing | null = null;
beforeEach(() => void (lines.length = 0));
afterEach(async () => {
  await ends();
  vi.unstubAllEnvs();
});

async function ends(): Promise<void> {
  const closing = tracing?.close();
  tracing = null;
  await closing;
}

async function sendTo(url: string, config = CONFIG): Promise<void> {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', url);
  tracing = await openTracing(config, log);
}

/** So many that a batch is sent at once; fewer wait for five seconds. */
async function manySpans(): Promise<void> {
  for (let n = 0; n < 512; n += 1) await inSpan('page', {}, async () => undefined);
}

/** A port at which nobody listens. */
async function nowhere(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return `http://127.0.0.1:${port}`;
}

test('a collector that is not there is told once, and the hub serves and ends as if there were none', async () => {
  await sendTo(await nowhere());
  const world = await createWorld({ log });
  const vendor = await world.vendor(await world.cert());
  for (let n = 0; n < 3; n += 1) await manySpans();
  await vi.waitFor(() => expect(said('spans do not reach their collector')).toHaveLength(1), PATIENCE);
  expect(await vendor.submits(['served.example'])).toMatchObject({ errors: [], report: { state: 'SEALED' } });
  await world[Symbol.asyncDispose]();
  await ends();
  expect(said('spans do not reach their collector')).toHaveLength(1);
});

test('a collector that never answers keeps neither a request nor the end of the process', async () => {
  const collector = await Collector.open();
  collector.answers = false;
  await sendTo(collector.url, { ...CONFIG, timeoutMs: 600_000 });
  const world = await createWorld({ log });
  const vendor = await world.vendor(await world.cert());
  await manySpans();
  await vi.waitFor(() => expect(collector.held).toHaveLength(1), PATIENCE);
  expect(await vendor.submits(['served.example'])).toMatchObject({ errors: [], report: { state: 'SEALED' } });
  await world[Symbol.asyncDispose]();
  await ends();
  expect(said('the last spans could not be sent to their collector')).toHaveLength(1);
  await collector.close();
});

test('spans arrive again when their collector does, and that is told too', async () => {
  const collector = await Collector.open();
  collector.answers = false;
  await sendTo(collector.url);
  await manySpans();
  await vi.waitFor(() => expect(said('spans do not reach their collector')).toHaveLength(1), PATIENCE);
  collector.answers = true;
  await manySpans();
  await vi.waitFor(() => expect(said('spans reach their collector again')).toHaveLength(1), PATIENCE);
  await collector.close();
});

test('a sampler that takes nothing sends nothing', async () => {
  const collector = await Collector.open();
  await sendTo(collector.url, { ...CONFIG, sampler: { ratio: 0, followsParent: false } });
  await manySpans();
  await ends();
  expect(collector.bodies).toEqual([]);
  await collector.close();
});

test('without tracing nothing is recorded, and there is no span to be in', async () => {
  expect(areSpansRecorded()).toBe(false);
  await inSpan('page', {}, async (span) => {
    expect(span).toBe(NO_SPAN);
    expect(currentSpan()).toBe(NO_SPAN);
  });
});
