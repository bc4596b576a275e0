import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { readDemoFile, type DemoFile } from '../../src/server/demo-file.ts';
import { ask } from '../support/api.ts';
import { Running, build, entry } from './built-cli.ts';

/** Private to who runs the tests, like a clone under /root: as root, the database's own account has no way into it. */
let place: string;
let folder: string;
let started: Running[] = [];

const newPlace = () => {
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-serve-'));
  folder = path.join(place, '.tocsin');
};
async function clear(): Promise<void> {
  await Promise.all(started.map((running) => running.end('SIGKILL')));
  started = [];
  await databaseIsGone();
  fs.rmSync(place, { recursive: true });
}

beforeAll(build, 180_000);

function run(words: readonly string[], environment: Record<string, string> = {}): Running {
  const running = Running.start(words, environment);
  started.push(running);
  return running;
}

const serve = (...words: string[]) => run(['serve', '--folder', folder, '--port', '0', '--json', ...words]);

/** The process id of PostgreSQL on the folder; null when there is none. */
function databaseOf(): number | null {
  const file = path.join(folder, 'postgres', 'postmaster.pid');
  const pid = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8').split('\n')[0]) : 0;
  return fs.existsSync(`/proc/${pid}/exe`) ? pid : null;
}

/** A killed hub's database ends by itself, soon; the folder can be removed then. */
async function databaseIsGone(): Promise<void> {
  while (databaseOf() !== null) await sleep(20);
}

function demoOf(): DemoFile {
  const demo = readDemoFile(folder);
  if (!demo) throw new Error('There is no demo.json.');
  return demo;
}

const CREATE = 'mutation ($input: CreateOrganisationInput!) { createOrganisation(input: $input) { apiKey } }';
const CLAIM = 'mutation ($input: ClaimAssetsInput!) { claimAssets(input: $input) { results { error { code } } } }';

const registers = ({ url, organisations }: DemoFile, name: string) =>
  ask(url, organisations.operator.apiKey, CREATE, { input: { name, roles: ['VENDOR'] } });

const providerOf = async (url: string, operator: string): Promise<string> =>
  (await ask(url, operator, CREATE, { input: { name: 'A host', roles: ['PROVIDER'] } })).data.createOrganisation.apiKey;

/** The code with which a claim on an example name is refused. */
async function claims(url: string, key: string): Promise<string | undefined> {
  const assets = [{ domainSuffix: 'hostavia.example', role: 'HOST' }];
  const { data } = await ask(url, key, CLAIM, { input: { idempotencyKey: randomUUID(), assets } });
  return data.claimAssets.results[0].error?.code;
}

async function namesIn({ url, organisations }: DemoFile): Promise<string[]> {
  const query = '{ organisations(first: 100) { edges { node { name } } } }';
  const { data } = await ask(url, organisations.operator.apiKey, query);
  return data.organisations.edges.map(({ node }: { node: { name: string } }) => node.name);
}

/** The checkpoint of a hub, once there is one. */
async function signedBy(graphql: string): Promise<string> {
  for (;;) {
    const response = await fetch(new URL('/checkpoint', graphql));
    if (response.ok) return response.text();
    await sleep(20);
  }
}

const healthOf = async (hub: Running): Promise<string> =>
  (await fetch(new URL('/readyz', (await hub.listening()).url))).text();

describe('tocsin serve --demo', { timeout: 120_000 }, () => {
  let hub: Running;
  beforeAll(async () => {
    newPlace();
    hub = serve('--demo');
    await hub.listening();
  }, 120_000);
  afterAll(clear, 60_000);

  it('prints where it is, and writes it with the keys into a file that nobody else can read', async () => {
    const { url, wsUrl, organisations } = demoOf();
    const demoFile = path.join(folder, 'demo.json');
    expect(await hub.listening()).toEqual({ url, wsUrl, mode: 'TRIAL', folder, demoFile });
    expect([demoFile, folder].map((name) => fs.statSync(name).mode & 0o777)).toEqual([0o600, 0o700]);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/);
    expect(wsUrl).toBe(url.replace('http', 'ws'));
    expect(await namesIn(demoOf())).toEqual(
      expect.arrayContaining(Object.values(organisations).map(({ name }) => name)),
    );
  });

  it('signs its log by keys in the folder, and keeps what it signed beside the folder', async () => {
    const checkpoint = await signedBy(demoOf().url);
    const [origin = ''] = checkpoint.split('\n');
    expect(fs.readFileSync(`${folder}.anchor`, 'utf8')).toContain(`\n${origin} `);
    expect([`${folder}.anchor`, path.join(folder, 'keys.json')].map((file) => fs.statSync(file).mode & 0o777)).toEqual([
      0o600, 0o600,
    ]);
  });

  it('accepts names that are reserved for examples', async () => {
    const { url, organisations } = demoOf();
    expect(await claims(url, organisations.host.apiKey)).toBeUndefined();
  });

  it.runIf(process.getuid?.() === 0)('runs as root, in a folder that only root can reach', async () => {
    expect(fs.statSync(place).mode & 0o777).toBe(0o700);
    expect(fs.statSync(folder).uid).toBe(0);
    expect(fs.statSync(`/proc/${databaseOf()}`).uid).not.toBe(0);
  });

  it('says where it runs to whoever starts it a second time', async () => {
    const second = serve('--demo');
    expect(await second.ended()).toBe(5);
    expect(JSON.parse(second.stderr).error).toMatchObject({ code: 'IN_USE', exit: 5 });
    expect(second.stderr).toContain(`a hub runs on it already, at ${demoOf().url} (process ${hub.child.pid})`);
  });

  it('keeps data and keys over kill -9', async () => {
    const before = demoOf();
    expect((await registers(before, 'Registered before kill -9')).errors).toEqual([]);
    expect(await hub.end('SIGKILL')).toBe('SIGKILL');
    hub = serve('--demo');
    await hub.listening();
    expect(demoOf().organisations).toEqual(before.organisations);
    expect(await namesIn(demoOf())).toContain('Registered before kill -9');
  });
});

describe('tocsin serve', { timeout: 120_000 }, () => {
  beforeEach(newPlace);
  afterEach(clear);

  it('serves on when nobody reads what it prints, and ends with its parent where asked', async () => {
    const words = ['serve', '--demo', '--folder', folder, '--port', '0', '--end-with-parent'];
    const script = ['-c', '"$@" & wait', 'sh', process.execPath, entry, ...words];
    const parent = spawn('/bin/sh', script, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } });
    parent.stdout.destroy();
    parent.stderr.destroy();
    while (readDemoFile(folder) === null) await sleep(20);
    const demo = demoOf();
    for (let each = 0; each < 5; each++) {
      await sleep(100);
      expect(await namesIn(demo)).toHaveLength(10);
    }
    parent.kill('SIGKILL');

    // Started while the other may still be on its way out: it waits its turn.
    const next = run(['serve', '--folder', folder, '--port', '0']);
    while (!next.stdout.includes('Ctrl-C')) await sleep(20);
    expect(demoOf().organisations).toEqual(demo.organisations);
    expect(next.stdout).toContain(`Tocsin listens at ${demoOf().url} (TRIAL`);
    for (const { name, apiKey } of Object.values(demo.organisations)) {
      expect(next.stdout).toContain(`${apiKey}  ${name}\n`);
    }
    expect(next.stdout).toMatch(/curl -s .*\n {2}npx tocsin submit .*\n {2}npx tocsin watch /);

    process.kill(databaseOf() ?? 0, 'SIGKILL');
    expect(await next.ended()).toBe(5);
    expect(next.stderr).toContain('PostgreSQL ended by itself');
  });

  it('makes a production hub: no demo, and a first operator from the machine itself', async () => {
    const hub = serve();
    const { url, mode, demoFile } = await hub.listening();
    expect({ mode, demoFile }).toEqual({ mode: 'PRODUCTION', demoFile: null });
    expect(fs.existsSync(path.join(folder, 'demo.json'))).toBe(false);

    const create = () => run(['org', 'create-operator', 'Ops', '--folder', folder, '--json']);
    const made = create();
    expect(await made.ended()).toBe(0);
    const { apiKey } = JSON.parse(made.stdout);
    expect((await ask(url, apiKey, '{ viewer { organisation { name roles } } }')).data.viewer.organisation).toEqual({
      ...{ name: 'Ops', roles: ['OPERATOR'] },
    });
    expect(await claims(url, await providerOf(url, apiKey))).toBe('BAD_INPUT');
    const again = create();
    expect(await again.ended()).toBe(1);
    expect(JSON.parse(again.stderr).error.code).toBe('WRONG_STATE');
    expect(await hub.end('SIGTERM')).toBe(0);
    expect(hub.stderr).toBe('');

    const demo = serve('--demo');
    expect(await demo.ended()).toBe(2);
    expect(demo.stderr).toContain('takes no demo data');
    // The hub is down now: the command starts its database for a moment.
    const migrated = run(['migrate', '--folder', folder, '--json']);
    expect(await migrated.ended()).toBe(0);
    expect(JSON.parse(migrated.stdout)).toEqual({ applied: [] });
    expect(databaseOf()).toBeNull();
  });

  it('keeps a trial on loopback, and makes nothing where there is no hub', async () => {
    const hub = serve('--demo', '--host', '0.0.0.0');
    expect(await hub.ended()).toBe(2);
    expect(hub.stderr).toContain('listens on loopback only');
    const migrated = run(['migrate', '--folder', path.join(place, 'nowhere')]);
    expect(await migrated.ended()).toBe(2);
    expect(migrated.stderr).toMatch(/^tocsin: There is no hub in .*nowhere yet: tocsin serve makes one\.\n$/);
    expect(fs.existsSync(path.join(place, 'nowhere'))).toBe(false);
  });

  it('serves from a database of your own once that is migrated, and stops without ending it', async () => {
    const name = `own_${randomUUID().replaceAll('-', '')}`;
    const server = new pg.Client({ connectionString: inject('adminUrl') });
    await server.connect();
    await server.query(`CREATE DATABASE ${name}`);
    const url = new URL(inject('adminUrl'));
    url.pathname = name;
    const environment = {
      ...{ DATABASE_URL: url.href, TOCSIN_LOGIN_SECRET: inject('loginSecret'), PORT: '0' },
      TOCSIN_FOLDER: folder,
    };

    const early = run(['serve', '--json'], environment);
    expect(await early.ended()).toBe(5);
    expect(JSON.parse(early.stderr).error).toMatchObject({ code: 'SCHEMA', message: expect.stringMatching(/migrate/) });
    const hub = run(['serve', '--migrate', '--json'], environment);
    const { url: graphql } = await hub.listening();
    expect(await hub.listening()).toMatchObject({ mode: 'PRODUCTION', folder: null });
    expect(await signedBy(graphql)).toContain('tocsin-');
    expect(hub.stderr).toContain('Set TOCSIN_ANCHOR');
    expect(fs.readdirSync(folder)).toEqual(['database-keys.json']);
    expect(await hub.end('SIGTERM')).toBe(0);
    const anchor = path.join(place, 'anchor');
    const anchored = run(['serve', '--json'], { ...environment, TOCSIN_ANCHOR: anchor });
    await anchored.listening();
    // It has signed without an anchor, and so takes an empty one for one that was lost.
    while (!(await healthOf(anchored)).includes('ANCHOR_MISSING')) await sleep(20);
    expect(anchored.stderr).not.toContain('Set TOCSIN_ANCHOR');
    expect(await anchored.end('SIGTERM')).toBe(0);
    expect(await run(['keys', 'accept-restore'], { ...environment, TOCSIN_ANCHOR: anchor }).ended()).toBe(0);
    expect(fs.readFileSync(anchor, 'utf8')).toMatch(/^tocsin-[0-9a-f]{8} \d+ /m);
    const mixed = run(['serve', '--demo', '--json'], environment);
    expect(await mixed.ended()).toBe(2);
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await server.end();
  });
});

describe('bin/tocsin.js', () => {
  let folder: string;
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-bin-'));
    fs.mkdirSync(path.join(folder, 'bin'));
    fs.copyFileSync(entry, path.join(folder, 'bin', 'tocsin.js'));
    fs.writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
    const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } });";
    fs.writeFileSync(path.join(folder, 'old.cjs'), old);
  });
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  const start = (...words: string[]) =>
    promisify(execFile)(process.execPath, words, { cwd: folder }).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
    );

  it('says what to do when it is not built, or when Node is too old', async () => {
    expect(await start('bin/tocsin.js')).toMatchObject({ code: 2, stderr: expect.stringMatching(/npm run build/) });
    expect(await start('--require', './old.cjs', 'bin/tocsin.js')).toMatchObject({
      ...{ code: 2, stderr: expect.stringMatching(/needs Node 24\.11 or newer, and this is 20\.19\.0/) },
    });
  });

  it('hands over to the Node that npm brought along, and ends as that does', async () => {
    const own = path.join(folder, 'node_modules', '.bin', 'node');
    fs.mkdirSync(path.dirname(own), { recursive: true });
    fs.writeFileSync(own, '#!/bin/sh\nshift\necho "$@"\nexit 3\n', { mode: 0o755 });
    const old = (...words: string[]) => start('--require', './old.cjs', 'bin/tocsin.js', ...words);
    expect(await old('org', 'a b')).toMatchObject({ code: 3, stdout: 'org a b\n' });
    expect(await old('serve', '--demo')).toMatchObject({ code: 3, stdout: 'serve --demo --end-with-parent\n' });
  });
});
