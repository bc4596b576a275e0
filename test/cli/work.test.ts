import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { createClient } from 'graphql-ws';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';

import { SUBMIT, ask } from '../support/api.ts';
import { Running, build } from './built-cli.ts';

const name = `work_${randomUUID().replaceAll('-', '')}`;
const PATIENCE = { timeout: 30_000, interval: 20 };
const CREATE = `mutation ($input: CreateOrganisationInput!) { createOrganisation(input: $input) {
  apiKey organisation { id } errors { message } } }`;

let place: string;
let server: pg.Client;
let database: pg.Client;
let environment: Record<string, string>;
const started: Running[] = [];

beforeAll(async () => {
  await build();
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-work-'));
  server = await connect(inject('adminUrl'));
  await server.query(`CREATE DATABASE ${name}`);
  const url = new URL(inject('adminUrl'));
  url.pathname = name;
  environment = {
    ...{ DATABASE_URL: url.href, TOCSIN_LOGIN_SECRET: inject('loginSecret'), PORT: '0' },
    ...{ TOCSIN_FOLDER: path.join(place, 'folder'), TOCSIN_ANCHOR: path.join(place, 'anchor') },
  };
  expect(await run(['migrate']).ended()).toBe(0);
  database = await connect(url.href);
  await database.query('SET search_path = hub');
}, 240_000);
afterAll(async () => {
  await Promise.all(started.map((running) => running.end('SIGKILL')));
  await database.end();
  await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await server.end();
  fs.rmSync(place, { recursive: true });
}, 60_000);

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

function run(words: readonly string[], more: Record<string, string> = {}): Running {
  const running = Running.start(words, { ...environment, ...more });
  started.push(running);
  return running;
}

const doors = (more: Record<string, string> = {}) => run(['serve', '--no-work', '--json'], more);

async function works(more: Record<string, string> = {}): Promise<Running> {
  const worker = run(['work', '--json'], more);
  await worker.listening();
  return worker;
}

async function count(what: string): Promise<number> {
  const { rows } = await database.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${what}`);
  return rows[0]?.n ?? NaN;
}

/** Kinds of the events that a vendor hears over a socket of this hub. */
function hears(url: string, key: string): string[] {
  const heard: string[] = [];
  const client = createClient({
    url: url.replace('http', 'ws'),
    connectionParams: { authorization: `Bearer ${key}` },
  });
  client.subscribe<{ events: { events: { kind: string }[] } }>(
    { query: 'subscription { events(after: "1.0") { events { kind } } }' },
    {
      next: ({ data }) => heard.push(...(data?.events.events.map(({ kind }) => kind) ?? [])),
      error: () => undefined,
      complete: () => undefined,
    },
  );
  return heard;
}

async function submits(url: string, key: string): Promise<string> {
  const indicators = [{ value: randomUUID().replaceAll('-', '').repeat(2), category: 'MALWARE_DISTRIBUTION' }];
  const input = { idempotencyKey: randomUUID(), title: 'a file', tlp: 'AMBER', indicators };
  const { data, errors } = await ask(url, key, SUBMIT, { input });
  expect([errors, data.submitReport.errors]).toEqual([[], []]);
  return data.submitReport.receipt.entryId;
}

test('processes that answer and processes that work make one hub', { timeout: 240_000 }, async () => {
  const serving = doors();
  const { url } = await serving.listening();
  expect(serving.stderr).not.toContain('TOCSIN_ANCHOR');
  const founded = run(['org', 'create-operator', 'Ops', '--json']);
  expect(await founded.ended()).toBe(0);
  const operator = JSON.parse(founded.stdout).apiKey;
  const makes = async (input: object) =>
    (await ask(url, operator, CREATE, { input: { name: 'one', ...input } })).data.createOrganisation;
  const cert = await makes({ roles: ['CERT'] });
  const { apiKey: vendor } = await makes({ roles: ['VENDOR'], coordinator: cert.organisation.id });

  // Alone it takes what is sent, and what follows from it waits.
  const heard = hears(url, vendor);
  await submits(url, vendor);
  expect([await count('ledger'), await count('report')]).toEqual([0, 1]);
  expect(
    await count("pg_stat_activity WHERE datname = current_database() AND application_name = 'tocsin_sequencer'"),
  ).toBe(0);

  // Who works beside it numbers, follows and signs.
  const worker = await works();
  await vi.waitFor(() => expect(heard).toContain('INDICATORS_ACCEPTED'), PATIENCE);
  await vi.waitFor(async () => expect(await count('follower WHERE position >= 0')).toBe(1), PATIENCE);
  await vi.waitFor(async () => expect((await fetch(new URL('/checkpoint', url))).status).toBe(200), PATIENCE);
  const submitted = () => heard.filter((kind) => kind === 'REPORT_SUBMITTED').length;
  await submits(url, vendor);
  await vi.waitFor(() => expect(submitted()).toBe(2), PATIENCE);

  // One that is killed is followed by another that waits.
  const next = await works();
  expect(await worker.end('SIGKILL')).toBe('SIGKILL');
  await submits(url, vendor);
  await vi.waitFor(() => expect(submitted()).toBe(3), PATIENCE);
  expect([await next.end('SIGTERM'), await serving.end('SIGTERM')]).toEqual([0, 0]);
  expect(await count('ledger_inbox')).toBe(0);
});

test(
  'a process that answers alone does without the key of the log, and one that works does not',
  { timeout: 60_000 },
  async () => {
    const file = path.join(environment['TOCSIN_FOLDER'] ?? '', 'database-keys.json');
    const { keys } = JSON.parse(fs.readFileSync(file, 'utf8')) as { keys: { purpose: string }[] };
    const some = { TOCSIN_KEYS: path.join(place, 'receipt-keys.json') };
    const receipts = keys.filter(({ purpose }) => purpose === 'RECEIPT');
    expect(receipts.length).toBeLessThan(keys.length);
    fs.writeFileSync(some.TOCSIN_KEYS, JSON.stringify({ keys: receipts }), { mode: 0o600 });
    await doors(some).listening();
    for (const words of [
      ['work', '--json'],
      ['serve', '--json'],
    ]) {
      const refused = run(words, some);
      expect(await refused.ended()).toBe(2);
      expect(refused.stderr).toContain('does not hold');
    }
  },
);

test(
  'a process that works serves its figures, and needs a database that others can reach',
  { timeout: 60_000 },
  async () => {
    const worker = await works({ METRICS_PORT: '0' });
    const { metricsUrl } = JSON.parse(worker.stdout);
    expect(await (await fetch(metricsUrl)).text()).toMatch(/^tocsin_inbox_entries 0$/m);
    const embedded = Running.start(['work', '--json']);
    expect(await embedded.ended()).toBe(2);
    expect(embedded.stderr).toContain('DATABASE_URL');
    const alone = Running.start(['serve', '--no-work', '--json', '--folder', path.join(place, 'embedded')]);
    expect(await alone.ended()).toBe(2);
  },
);
