import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ApiClient } from '../../src/cli/api-client.ts';
import { PATIENT } from '../../src/cli/patience.ts';
import { inspectFile } from '../../src/cli/submission/indicator-file.ts';
import { sendFile } from '../../src/cli/submission/send-file.ts';
import { fromGlobalId } from '../../src/platform/ids.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { runHere, type Ended } from './command-line.ts';
import { Line } from './line.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tocsin-submit-'));
let world: World;
let cert: Party;
let vendor: Party;
let files = 0;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  cert = await world.cert();
  vendor = await world.vendor(cert);
});

function fileOf(...lines: string[]): string {
  const file = path.join(folder, `${(files += 1)}.csv`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

const names = (count: number, of = 'row'): string[] =>
  Array.from({ length: count }, (_, index) => `domain,${of}-${index}.example,phishing`);
const HEADER = 'type,value,category';

interface RowAnswer {
  readonly line: number;
  readonly value: string;
  readonly status: string;
  readonly code?: string;
  readonly id?: string;
}

interface Submitted extends Ended {
  readonly answers: readonly RowAnswer[];
}

const submit = (file: string, ...options: string[]): Promise<Submitted> => submitOver(world.hub.url, file, options);

async function submitOver(url: string, file: string, options: readonly string[] = []): Promise<Submitted> {
  const answers = `${file}.${Math.random()}.ndjson`;
  const words = ['submit', file, '--json', '--answers', answers, ...options];
  const ended = await runHere(words, { TOCSIN_URL: url, TOCSIN_KEY: vendor.key, TOCSIN_FOLDER: folder });
  const lines = readFileSync(answers, 'utf8').split('\n').slice(0, -1);
  return { ...ended, answers: lines.map((line) => JSON.parse(line) as RowAnswer) };
}

/** All that the vendor has caused to be in the database. */
async function effects(): Promise<{ reports: number; indicators: number; entries: number }> {
  await world.settled();
  const id = fromGlobalId(vendor.id)?.id;
  const [row] = await world.database.admin<{ reports: number; indicators: number; entries: number }>(
    `SELECT (SELECT count(*)::int FROM report WHERE owner_id = $1) AS reports,
       (SELECT count(*)::int FROM indicator WHERE reporter_id = $1) AS indicators,
       (SELECT count(*)::int FROM feed WHERE organisation_id = $1) AS entries`,
    [id],
  );
  return row ?? { reports: 0, indicators: 0, entries: 0 };
}

describe('tocsin submit', () => {
  it('answers every row of a file in its order, and puts what can be switched off into cases', async () => {
    const hash = 'a'.repeat(64);
    const file = fileOf(HEADER, ...names(1010), 'domain,www.row-7.example,phishing', `sha256,${hash},malware`);
    const { stdout, answers, exit } = await submit(file);
    expect({ ...JSON.parse(stdout), exit }).toEqual({
      ...{ rows: 1012, accepted: 1012, joined: 0, refused: 0, context: 1, batches: 2 },
      ...{ report: expect.any(String), exit: 0 },
    });
    expect(answers.map(({ line }) => line)).toEqual(Array.from({ length: 1012 }, (_, index) => index + 2));
    await world.settled();
    expect((await cert.cases()).length).toBe(1010);
  });

  it('has one effect and gives the same answers when it is run twice', async () => {
    const file = fileOf(HEADER, ...names(1100));
    const first = await submit(file);
    const before = await effects();
    const second = await submit(file);
    expect(second).toEqual(first);
    expect(await effects()).toEqual(before);
    expect(before).toMatchObject({ reports: 1, indicators: 1100 });
  });

  it('goes on where it was when it is run again after it ended in the middle', async () => {
    const file = fileOf(HEADER, ...names(2100));
    const answered: RowAnswer[][] = [];
    const died = send(file, (answers) => {
      if (answered.push([...answers] as RowAnswer[]) === 2) throw new Error('the power went');
    });
    await expect(died).rejects.toThrow('the power went');
    await world.settled();
    expect(await cert.cases()).toEqual([]);

    const again: RowAnswer[] = [];
    await send(file, (answers) => void again.push(...(answers as RowAnswer[])));
    expect(again.slice(0, 2000)).toEqual(answered.flat());
    expect(new Set(again.map(({ id }) => id)).size).toBe(2100);
    expect(await effects()).toMatchObject({ reports: 1, indicators: 2100 });
    expect((await cert.cases()).length).toBe(2100);
  });

  it('asks again, with one effect, when the answer to what was done is lost', async () => {
    const line = await Line.to(world.hub.url);
    line.loseAnswers(2);
    const { stdout, exit } = await submitOver(line.url, fileOf(HEADER, ...names(30)));
    expect(JSON.parse(stdout)).toMatchObject({ rows: 30, accepted: 30 });
    expect(exit).toBe(0);
    expect(line.answers).toBeGreaterThan(2);
    expect(await effects()).toMatchObject({ reports: 1, indicators: 30 });
    await line.close();
  });

  it('waits for its own earlier request that is still running', async () => {
    const file = fileOf(HEADER, ...names(3));
    const { hash } = await inspectFile(file);
    const organisation = fromGlobalId(vendor.id)?.id ?? '';
    const key = [`${organisation} file-1:${hash}:0`];
    await world.database.admin('SELECT pg_advisory_lock(hashtextextended($1, 0))', key);
    const line = await Line.to(world.hub.url);
    const submitted = submitOver(line.url, file);
    while (line.answers < 2) await sleep(5);
    expect(await effects()).toMatchObject({ reports: 0 });
    await world.database.admin('SELECT pg_advisory_unlock(hashtextextended($1, 0))', key);
    expect(JSON.parse((await submitted).stdout)).toMatchObject({ accepted: 3 });
    await line.close();
  });

  it('answers rows that cannot be read in their place, and sends the others', async () => {
    const file = fileOf(
      'type,value,category,first_seen',
      'domain,first.example,phishing,2017-04',
      'domain,"broken.example,phishing,2017',
      'ip,10.0.0.5,c2,',
      'domain,when.example,phishing,yesterday',
      'domain,,phishing,2017',
      'domain,last.example,emotet,2017-04-18T09:30:00+02:00',
    );
    const { stdout, answers, exit } = await submit(file);
    expect(answers.map(({ line, status, code }) => [line, status, code])).toEqual([
      [2, 'ACCEPTED', undefined],
      [3, 'REFUSED', 'BROKEN_QUOTES'],
      [4, 'REFUSED', 'RESERVED'],
      [5, 'REFUSED', 'BAD_DATES'],
      [6, 'REFUSED', 'EMPTY_VALUE'],
      [7, 'ACCEPTED', undefined],
    ]);
    expect({ ...JSON.parse(stdout), exit }).toMatchObject({ rows: 6, accepted: 2, refused: 4, exit: 0 });
    expect((await submit(file, '--strict')).exit).toBe(1);
  });

  it('says what a row says of time and category in the terms of the API', async () => {
    const file = fileOf(
      'value,threat,first_seen,last_seen,note',
      'one.example,Phishing Sender,2017-04,2017,seen in mail',
      'two.example,emotet,,,',
    );
    const { answers } = await submit(file);
    const { data } = await vendor.ask(
      '{ reports(first: 1) { edges { node { title tlp indicators(first: 9) { edges { node { category firstSeen lastSeen comment } } } } } } }',
    );
    const { title, tlp, indicators } = data.reports.edges[0].node;
    expect({ title, tlp, answered: answers.length }).toEqual({ title: path.basename(file), tlp: 'AMBER', answered: 2 });
    expect(indicators.edges.map(({ node }: { node: unknown }) => node)).toEqual([
      {
        ...{ category: 'PHISHING', firstSeen: '2017-04-01T00:00:00.000Z', lastSeen: '2017-12-31T23:59:59.999Z' },
        comment: 'seen in mail',
      },
      { category: 'OTHER', firstSeen: null, lastSeen: null, comment: 'threat: emotet' },
    ]);
  });

  it('makes another report of a file only when it is told to', async () => {
    const file = fileOf(HEADER, ...names(2));
    const first = JSON.parse((await submit(file)).stdout);
    const other = await submit(file, '--tlp', 'GREEN');
    expect(other.exit).toBe(1);
    expect(JSON.parse(other.stderr).error).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    const again = JSON.parse((await submit(file, '--tlp', 'GREEN', '--again', 'for everybody')).stdout);
    expect(again.report).not.toBe(first.report);
    expect(await effects()).toMatchObject({ reports: 2, indicators: 4 });
  });

  it('finds the report of an externalId again when its keys are forgotten', async () => {
    const file = fileOf(HEADER, ...names(1100));
    const first = await submit(file, '--external-id', 'week-17');
    await world.database.admin('DELETE FROM idempotency');
    const second = await submit(file, '--external-id', 'week-17');
    const ids = ({ answers }: Submitted) => answers.map(({ id }) => id);
    expect(ids(second)).toEqual(ids(first));
    expect(await effects()).toMatchObject({ reports: 1, indicators: 1100 });
  });

  it('refuses a file without a value column, one that is not there, and a hub that does not answer', async () => {
    const run = (url: string, file: string) =>
      runHere(['submit', file, '--json'], { TOCSIN_URL: url, TOCSIN_KEY: vendor.key, TOCSIN_FOLDER: folder });
    const headless = await run(world.hub.url, fileOf('host,threat', 'one.example,phishing'));
    expect(JSON.parse(headless.stderr).error).toMatchObject({ code: 'NO_VALUE_COLUMN', exit: 2 });
    const missing = await run(world.hub.url, path.join(folder, 'none.csv'));
    expect(JSON.parse(missing.stderr).error).toMatchObject({ code: 'ENOENT', exit: 2 });
    const nowhere = await Line.to(world.hub.url);
    await nowhere.close();
    const unreachable = await run(nowhere.url, fileOf(HEADER, ...names(1)));
    expect(JSON.parse(unreachable.stderr).error).toMatchObject({ code: 'UNREACHABLE', exit: 3 });
  });
});

/** As the command does, in a way that a test can end in the middle. */
async function send(path: string, onAnswers: (answers: readonly unknown[]) => void): Promise<void> {
  const text = { title: 'a file', tlp: 'AMBER', tell: 'RESPONSIBLE_PARTIES', attribution: false };
  await sendFile(new ApiClient(world.hub.url, vendor.key), {
    ...{ path, facts: await inspectFile(path), text, category: null, again: null, patience: PATIENT, onAnswers },
  });
}
