import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { createWorld, type Party, type World } from '../support/world.ts';
import { runHere } from './command-line.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tocsin-document-'));
let world: World;
let vendor: Party;
beforeAll(async () => {
  world = await createWorld();
  vendor = await world.vendor(await world.cert());
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function submit(text: string, ...options: string[]) {
  const file = path.join(folder, 'document.json');
  const answers = path.join(folder, 'answers.ndjson');
  writeFileSync(file, text);
  writeFileSync(answers, '');
  const words = ['submit', file, '--json', '--answers', answers, ...options];
  const ended = await runHere(words, { TOCSIN_URL: world.hub.url, TOCSIN_KEY: vendor.key, TOCSIN_FOLDER: folder });
  const lines = readFileSync(answers, 'utf8').split('\n').slice(0, -1);
  return { ...ended, answers: lines.map((line) => JSON.parse(line) as { status: string }) };
}

const NOTHING = { accepted: 0, context: 0, joined: 0, withdrawn: 0, refused: 0, noted: 0, unsupported: 0 };
const stix = (value: string) =>
  JSON.stringify({ type: 'bundle', objects: [{ type: 'domain-name', value }, { type: 'identity' }] });

test('a STIX bundle is sent as it is, and every object is answered; again with one effect', async () => {
  const text = `\uFEFF\n ${stix('one.example')}`;
  const first = await submit(text, '--title', 'Ours', '--tlp', 'GREEN', '--category', 'PHISHING');
  const summary = JSON.parse(first.stdout);
  expect({ ...summary, exit: first.exit }).toEqual({
    ...{ ...NOTHING, objects: 2, accepted: 1, noted: 1 },
    ...{ reports: [expect.any(String)], exit: 0 },
  });
  expect(first.answers.map(({ status }) => status)).toEqual(['ACCEPTED', 'NOTED']);
  const { data } = await vendor.ask(
    'query ($id: ID!) { report(id: $id) { title tlp tell indicators(first: 9) { edges { node { category } } } } }',
    { id: summary.reports[0] },
  );
  expect(data.report).toMatchObject({
    title: 'Ours',
    tlp: 'GREEN',
    indicators: { edges: [{ node: { category: 'PHISHING' } }] },
  });
  const again = await submit(text, '--title', 'Ours', '--tlp', 'GREEN', '--category', 'PHISHING');
  expect([again.stdout, again.answers]).toEqual([first.stdout, first.answers]);
  const other = await submit(text, '--title', 'Other');
  expect(JSON.parse(other.stderr).error).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  expect(
    JSON.parse((await submit(text, '--tlp', 'GREEN', '--category', 'PHISHING', '--again', 'once more')).stdout),
  ).toMatchObject({ joined: 1 });
});

test('a MISP event is taken as its flags say, and nobody is told of RED unless that is asked for', async () => {
  const attribute = { type: 'domain', category: 'Network activity', value: 'misp.example', to_ids: false };
  const text = JSON.stringify({ Event: { info: 'x', Attribute: [attribute], Tag: [{ name: 'tlp:red' }] } });
  expect(JSON.parse((await submit(text)).stdout)).toMatchObject({ accepted: 0, noted: 2, reports: [] });
  const tells: string[] = [];
  for (const options of [[], ['--tell', 'RESPONSIBLE_PARTIES']]) {
    const answer = await submit(text.replace('misp', `misp-${options.length}`), '--take-unflagged', ...options);
    const { reports } = JSON.parse(answer.stdout);
    tells.push(
      (await vendor.ask('query ($id: ID!) { report(id: $id) { tell } }', { id: reports[0] })).data.report.tell,
    );
  }
  expect(tells).toEqual(['ASK_ME', 'RESPONSIBLE_PARTIES']);
});

test('what cannot be sent ends the command with its reason', async () => {
  const broken = await submit('{');
  expect(JSON.parse(broken.stderr).error).toMatchObject({ code: 'BAD_INPUT', exit: 2 });
  expect(JSON.parse((await submit(stix('x.example'), '--external-id', 'x')).stderr).error).toMatchObject({
    code: 'USAGE',
  });
  const large = await submit(`[${' '.repeat(7_500_000)}]`);
  expect(JSON.parse(large.stderr).error).toMatchObject({ code: 'TOO_LARGE', exit: 2 });
  expect((await submit(stix('no name'), '--strict')).exit).toBe(1);
});
