import { runInNewContext } from 'node:vm';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { startHub, type Hub } from '../../src/server/hub.ts';
import { silentLog } from '../../src/platform/log.ts';
import { testProof } from '../support/proof.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let hub: Hub;
beforeAll(async () => {
  world = await createWorld();
  const serving = {
    database: world.database.address,
    documentation: true,
    log: silentLog,
    host: '127.0.0.1',
    port: 0,
    proof: testProof(),
  };
  hub = await startHub({ ...serving, graphiql: true });
});
afterAll(async () => {
  await hub.stop();
  await world[Symbol.asyncDispose]();
});

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

async function get(path: string, headers: Record<string, string> = BROWSER, from = hub) {
  const response = await fetch(new URL(path, from.url), { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const FILES = /(?:src|href)="([^"]+)"/g;
const filesOf = (page: string): string[] => [...page.matchAll(FILES)].map(([, file]) => file ?? '');
const WORKERS = ['json', 'graphql', 'editorWorkerService'].map((name) => `/graphql/ui/${name}.js`);

test('a browser that opens /graphql gets GraphiQL, also with a question in the address', async () => {
  for (const path of ['/graphql', '/graphql?query=%7B__typename%7D']) {
    const { status, headers, text } = await get(path);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toContain('<title>Tocsin: GraphiQL</title>');
  }
});

test('a client that asks /graphql for JSON, or for nothing in particular, is answered as ever', async () => {
  const question = '/graphql?query=%7B__typename%7D';
  for (const accept of ['application/json', '*/*']) {
    const { text } = await get(question, { accept, 'apollo-require-preflight': 'yes' });
    expect(JSON.parse(text)).toMatchObject({ data: { __typename: 'Query' } });
  }
});

test('everything the page is made of comes from the hub, and is there', async () => {
  const { text } = await get('/graphql');
  const files = filesOf(text);
  expect(files.length).toBeGreaterThan(3);
  for (const file of [...files.filter((each) => !each.startsWith('data:')), ...WORKERS]) {
    expect(file).toMatch(/^\/graphql\/ui\/[\w.]+$/);
    const { status, headers } = await get(file);
    expect([file, status]).toEqual([file, 200]);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
  expect((await get('/graphql/ui/nothing.js')).status).toBe(404);
  expect((await get('/graphql/ui/..%2f..%2fpackage.json')).status).toBe(404);
});

test('nothing in the page, its styles or its own script names another host', async () => {
  const named = /(?:https?:)?\/\/(?!www\.w3\.org\/)[\w-]+(?:\.[\w-]+)+/g;
  for (const file of ['/graphql', '/graphql/ui/page.js', '/graphql/ui/page.css']) {
    expect([file, [...(await get(file)).text.matchAll(named)].map(([url]) => url)]).toEqual([file, []]);
  }
  const { text: css } = await get('/graphql/ui/graphiql.css');
  const loaded = [...css.matchAll(/url\(\s*["']?([^)"']{0,40})/g)].map(([, url = '']) => url);
  expect(loaded.length).toBeGreaterThan(0);
  expect(loaded.filter((url) => !url.startsWith('data:'))).toEqual([]);
  expect(css).not.toContain('@import');
});

/** Addresses that GraphiQL and its editor show as text or as links: documentation, licences, names of formats. */
const SHOWN = new Set([
  ...['www.w3.org', 'react.dev', 'github.com', 'code.visualstudio.com', 'microsoft.com', 'commonmark.org'],
  ...['yarnpkg.com', 'en.wikipedia.org', 'radix-ui.com', 'www.onegraph.com', 'prettier.io', 'dummyhostname.com'],
  ...['www.example.com', 'lists.w3.org', 'www.rapidtables.com', '24ways.org', 'json-schema.org'],
]);

test('what GraphiQL names beside the hub is only ever shown, and nothing of it is code from elsewhere', async () => {
  for (const file of ['/graphql/ui/graphiql.js', ...WORKERS]) {
    const { text } = await get(file);
    const hosts = new Set([...text.matchAll(/https?:\/\/([a-z\d-]+(?:\.[a-z\d-]+)+)/gi)].map(([, host = '']) => host));
    expect([file, [...hosts].filter((host) => !SHOWN.has(host))]).toEqual([file, []]);
    expect(text).not.toMatch(/importScripts\(|\bimport\(["'`]https?:|unpkg|jsdelivr|esm\.sh/);
  }
});

test('the browser is told to load and to ask nothing but the hub, and to show the page in no frame', async () => {
  const policy = (await get('/graphql')).headers.get('content-security-policy') ?? '';
  const directives = new Map(
    policy.split('; ').map((each) => [each.split(' ')[0], each.split(' ').slice(1).join(' ')]),
  );
  expect(Object.fromEntries(directives)).toEqual({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data:",
    'font-src': 'data:',
    'connect-src': "'self'",
    'worker-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  });
  const { text } = await get('/graphql');
  expect(text).not.toMatch(/<script>|<style>|\son\w+=|javascript:/);
});

test('the page asks as the key says that was typed in, over HTTP and WebSocket', async () => {
  let options: Record<string, unknown> = {};
  const kept = new Map<string, string>();
  const element = () => ({ value: '', textContent: '', addEventListener: () => undefined });
  runInNewContext((await get('/graphql/ui/page.js')).text, {
    document: { getElementById: element },
    sessionStorage: { getItem: (name: string) => kept.get(name) ?? null },
    self: {},
    YogaGraphiQL: { renderYogaGraphiQL: (_root: unknown, given: object) => (options = { ...given }) },
  });
  expect(options).toMatchObject({ endpoint: '/graphql', subscriptionsProtocol: 'WS', shouldPersistHeaders: false });
  const headers = () => [options['additionalHeaders'], options['connectionParams']].map((of) => (of as () => object)());
  expect(headers()).toEqual([{}, {}]);
  kept.set('tocsin.credential', 'tocsin_typed');
  expect(headers()).toEqual(Array(2).fill({ authorization: 'Bearer tocsin_typed' }));
});

test('a hub that is not told to has no page', async () => {
  const { status, text } = await get('/graphql', BROWSER, world.hub);
  expect([status, text.includes('<html')]).toEqual([400, false]);
  expect((await get('/graphql/ui/graphiql.js', BROWSER, world.hub)).status).toBe(404);
});
