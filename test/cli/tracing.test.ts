import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { Collector } from '../support/collector.ts';
import { Running, build } from './built-cli.ts';

/** Says on standard error which packages of OpenTelemetry a process looks for. */
const WATCH = `import { registerHooks } from 'node:module';
registerHooks({ resolve: (name, context, next) => { if (name.startsWith('@opentelemetry/')) console.error('LOADS ' + name); return next(name, context); } });`;

let place: string;
let collector: Collector;
let running: Running | null = null;
beforeAll(async () => {
  await build();
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-tracing-'));
  collector = await Collector.open();
}, 180_000);
afterAll(async () => {
  await running?.end('SIGKILL');
  await collector.close();
  fs.rmSync(place, { recursive: true, force: true });
});

/** Serves, answers one request, and ends. */
async function served(environment: Record<string, string>): Promise<Running> {
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(WATCH)}`;
  const words = ['serve', '--demo', '--folder', path.join(place, '.tocsin'), '--port', '0', '--json'];
  const hub = (running = Running.start(words, { NODE_OPTIONS, ...environment }));
  const { url } = await hub.listening();
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(url, { method: 'POST', headers, body: '{"query":"{ __typename }"}' })).status).toBe(200);
  expect(await hub.end('SIGTERM')).toBe(0);
  return hub;
}

test('where nobody has said where spans go, nothing of OpenTelemetry is loaded', async () => {
  const others = {
    OTEL_SERVICE_NAME: 'tocsin',
    OTEL_TRACES_SAMPLER: 'what others know',
    OTEL_EXPORTER_OTLP_ENDPOINT: '',
  };
  expect((await served(others)).stderr).not.toContain('LOADS');
  const disabled = { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  expect((await served(disabled)).stderr).not.toContain('LOADS');
  expect(collector.bodies).toEqual([]);
}, 120_000);

test('what was recorded last is sent when the process is told to end, in the form that the specification prefers', async () => {
  const { stderr } = await served({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  expect(stderr).toContain('LOADS @opentelemetry/sdk-trace');
  expect(stderr).not.toContain('exporter-trace-otlp-http');
  expect(new Set(collector.bodies.map(({ type }) => type))).toEqual(new Set(['application/x-protobuf']));
  expect(collector.text).toContain('query __typename');
  expect(collector.text).toContain('POST /graphql');
}, 120_000);
