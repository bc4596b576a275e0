import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { exportOrganisation } from '../../src/server/archive/organisation-export.ts';
import { verifyFeedBundle } from '../../src/verifier/feed-bundle.ts';
import { runHere } from '../cli/command-line.ts';
import { forwards, onlyItem, says } from '../support/answering.ts';
import { testProof } from '../support/proof.ts';
import { signed } from '../support/proven.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

const STATE = 'mutation { issueFeedStatement(input: { idempotencyKey: "a statement" }) { errors { code } } }';
/** In everything that others than the one who leaves have written. */
const CANARY = 'archaeopteryx';
const NOTHING_KNOWN = { pinned: null, seen: null };

let place: string;
let world: World;
let leaving: Party;
let other: Party;
let provider: Party;

const rowOf = ({ id }: Party): string => Buffer.from(id, 'base64url').toString().split(':')[1] ?? '';
const exported = (party: Party, name: string, id = party.id) =>
  exportOrganisation(world.database.address, { mode: 'TRIAL', vault: testProof().vault, id }, path.join(place, name));
const textOf = (name: string): string =>
  fs
    .readdirSync(path.join(place, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
const feedOf = (name: string): string => fs.readFileSync(path.join(place, name, 'feed.json'), 'utf8');
const bodiesOf = (name: string): string =>
  (JSON.parse(feedOf(name)) as { entries: { body: string }[] }).entries
    .map(({ body }) => Buffer.from(body, 'base64').toString())
    .join('\n');

beforeAll(async () => {
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-leaving-'));
  world = await createWorld();
  const cert = await world.cert();
  leaving = await world.vendor(cert);
  other = await world.vendor(cert);
  provider = await world.provider({ REGISTRAR: ['same.example'] });
  const { report } = await leaving.submits(['https://same.example/mine'], { title: 'all mine', narrative: 'mine too' });
  await other.submits([{ value: `https://same.example/${CANARY}`, comment: CANARY }], { title: CANARY });
  await forwards({ cert, vendor: leaving, report }, { note: `ask ${CANARY}` });
  await says(provider, 'reportAction', [await onlyItem(provider)], { action: 'DOMAIN_CLIENT_HOLD', note: CANARY });
  await world.settled();
  await leaving.ask(STATE);
  await signed(world);
  await exported(leaving, 'leaving');
}, 60_000);
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  fs.rmSync(place, { recursive: true });
});

describe('what an organisation is given when it leaves', () => {
  it('is all that it may read: its rows, line by line, and what it was told', () => {
    const rows = (table: string) =>
      fs
        .readFileSync(path.join(place, 'leaving', 'tables', `${table}.ndjson`), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows('report')).toMatchObject([{ owner_id: rowOf(leaving), title: 'all mine', narrative: 'mine too' }]);
    expect(rows('indicator')).toMatchObject([{ value: 'https://same.example/mine' }]);
    expect(rows('organisation')).toMatchObject([{ id: rowOf(leaving), name: leaving.name }]);
    expect(rows('responsibility').map(({ resource_value: value }) => value)).toContain('same.example');
    expect(rows('client').length).toBeGreaterThan(0);
    expect(bodiesOf('leaving')).toContain('https://same.example/mine');
  });

  it('is nothing of anybody else’s, though they reported the same name to the same CERT', () => {
    expect(`${textOf('leaving')}${bodiesOf('leaving')}`).not.toContain(CANARY);
    expect(textOf('leaving')).not.toContain(other.name);
    expect(textOf('leaving')).not.toContain(rowOf(other));
  });

  it('has that of others where they are the ones who leave', async () => {
    await exported(other, 'other', rowOf(other));
    expect(textOf('other')).toContain(CANARY);
    expect(`${textOf('other')}${bodiesOf('other')}`).not.toContain('/mine');
    await exported(provider, 'provider');
    const given = `${textOf('provider')}${bodiesOf('provider')}`;
    expect(given).toContain('https://same.example/mine');
    expect(given).not.toContain(leaving.name);
  });

  it('holds no key and no hash of one', () => {
    expect(textOf('leaving')).not.toMatch(/key_hash|salt_hash|"d":/);
  });

  it('holds its feed with a receipt for each entry and a statement, which both verifiers find whole', async (test) => {
    const { entries } = JSON.parse(feedOf('leaving')) as { entries: unknown[] };
    const verdict = await verifyFeedBundle(feedOf('leaving'), NOTHING_KNOWN);
    expect(verdict).toMatchObject({ ok: true, fault: null, checkpointOk: true, statementsVerified: 1 });
    expect(verdict).toMatchObject({ entriesVerified: entries.length, receiptsVerified: entries.length });
    const can = spawnSync('python3', ['-c', 'import cryptography']);
    test.skip(can.status !== 0, 'python3 with python3-cryptography is not here');
    const script = path.join(import.meta.dirname, '../../examples/verify.py');
    const second = spawnSync('python3', [script, path.join(place, 'leaving', 'feed.json')], { encoding: 'utf8' });
    expect({ status: second.status, ...(JSON.parse(second.stdout) as object) }).toMatchObject({ status: 0, ok: true });
  });

  it('is written by the command line, and only for an organisation that is there', async () => {
    const { adminUrl, loginSecret } = world.database.address;
    const environment = {
      DATABASE_URL: adminUrl,
      TOCSIN_LOGIN_SECRET: loginSecret,
      TOCSIN_FOLDER: path.join(place, 'hub'),
    };
    const into = path.join(place, 'by command');
    const { exit, stdout } = await runHere(['export', into, '--organisation', leaving.id, '--json'], environment);
    expect({ exit, ...(JSON.parse(stdout) as object) }).toMatchObject({ exit: 0, export: into });
    expect(fs.readFileSync(path.join(into, 'tables', 'report.ndjson'), 'utf8')).toContain('all mine');
    const nobody = await runHere(['export', path.join(place, 'none'), '--organisation', 'nobody'], environment);
    expect(nobody).toMatchObject({ exit: 2 });
    expect(fs.existsSync(path.join(place, 'none'))).toBe(false);
  });
});
