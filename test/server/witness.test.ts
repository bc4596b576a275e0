import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { silentLog } from '../../src/platform/log.ts';
import { serveWitness, type RunningWitness } from '../../src/server/witness/serve-witness.ts';
import { cosignatureOf, parseWitnessVkey } from '../../src/verifier/cosignature.ts';
import { parseNote, parseVkey, writeNote, type NoteKey } from '../../src/verifier/note.ts';
import { rootOf, type Hash } from '../../src/verifier/tree.ts';
import { LOG_KEY, OLD_LOG_KEY, ORIGIN, pinnedOf, signCheckpoint, TestLog } from '../support/log-bundle.ts';
import { TestKey } from '../support/log-bundle-keys.ts';
import { askFor, leavesOf, noteOf, post, proofBetween, requestOf } from '../support/witnessed.ts';

const NOW = new Date('2026-11-24T12:00:00.500Z');
let place: string;
let witness: RunningWitness;
let leaves: Hash[];
let forked: Hash[];

const start = (name?: string) =>
  serveWitness({
    folder: path.join(place, 'witness'),
    ...(name === undefined ? {} : { name }),
    logs: new Map([[ORIGIN, [parseVkey(pinnedOf(OLD_LOG_KEY)) as NoteKey]]]),
    ...{ host: '127.0.0.1', port: 0, log: silentLog, clock: { now: () => NOW } },
  });
const ask = (old: number, size: number, of = leaves) => askFor(witness.url, of, old, size, OLD_LOG_KEY);

beforeEach(async () => {
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-witness-'));
  witness = await start('witness.example');
  const log = new TestLog();
  for (let position = 0; position < 40; position += 1) log.append('REPORT_SUBMITTED', ['vendor']);
  leaves = leavesOf(log);
  forked = leaves.with(20, rootOf([]));
});
afterEach(async () => {
  await witness.stop();
  fs.rmSync(place, { recursive: true });
});

describe('a witness', () => {
  test('cosigns a log from its first checkpoint on, at its second, with its own key', async () => {
    for (const [old, size] of [
      [0, 7],
      [7, 8],
      [8, 31],
      [31, 31],
    ] as const) {
      const { status, text, type } = await ask(old, size);
      expect({ status, type }).toEqual({ status: 200, type: 'text/plain; charset=utf-8' });
      const key = parseWitnessVkey(witness.vkey) ?? expect.fail();
      expect(key.name).toBe('witness.example');
      const note = parseNote(noteOf(leaves, size, OLD_LOG_KEY) + text) ?? expect.fail();
      expect(await cosignatureOf(note, key)).toBe('GOOD');
      const stamp = Buffer.from(note.signatures.at(-1)?.signature ?? []).readBigUInt64BE();
      expect(Number(stamp)).toBe(Math.floor(NOW.getTime() / 1000));
    }
  });

  test('says the size that it holds to whoever begins elsewhere', async () => {
    await ask(0, 12);
    for (const old of [0, 5, 11, 13]) {
      expect(await ask(old, 20)).toEqual({ status: 409, type: 'text/x.tlog.size', text: '12\n' });
    }
  });

  test('refuses a shorter log, whatever its proof', async () => {
    await ask(0, 30);
    expect(await ask(0, 20)).toMatchObject({ status: 409, text: '30\n' });
    expect(await post(witness.url, requestOf(30, [], noteOf(leaves, 20, OLD_LOG_KEY)))).toMatchObject({ status: 400 });
  });

  test('refuses a fork, of a larger size and of the same', async () => {
    await ask(0, 30);
    expect(await ask(30, 40, forked)).toMatchObject({ status: 422 });
    expect(await ask(30, 30, forked)).toMatchObject({ status: 409, text: '30\n' });
    expect(await ask(30, 40)).toMatchObject({ status: 200 });
  });

  test('refuses a proof that is too long, too short or another one', async () => {
    await ask(0, 30);
    const [note, proof] = [noteOf(leaves, 40, OLD_LOG_KEY), await proofBetween(leaves, 30, 40)];
    const wrong = [proof.slice(1), [...proof, rootOf([])], proof.toReversed(), []];
    for (const each of wrong) expect(await post(witness.url, requestOf(30, each, note))).toMatchObject({ status: 422 });
    expect(await post(witness.url, requestOf(30, proof, note))).toMatchObject({ status: 200 });
  });

  test('refuses a first checkpoint with a proof', async () => {
    const body = requestOf(0, [rootOf([])], noteOf(leaves, 7, OLD_LOG_KEY));
    expect(await post(witness.url, body)).toMatchObject({ status: 422 });
  });

  test('knows no other log, and believes no key that it was not given', async () => {
    const text = `other-log\n7\n${Buffer.from(rootOf(leaves.slice(0, 7))).toString('base64')}\n`;
    const { publicKey } = parseVkey(pinnedOf(OLD_LOG_KEY)) ?? expect.fail();
    const other = writeNote(text, [{ key: { name: 'other-log', publicKey }, signature: new Uint8Array(64) }]);
    expect(await post(witness.url, requestOf(0, [], other))).toMatchObject({ status: 404 });
    for (const key of [LOG_KEY, new TestKey('stranger')]) {
      expect(await askFor(witness.url, leaves, 0, 7, key)).toMatchObject({ status: 403 });
    }
    expect(await ask(0, 7)).toMatchObject({ status: 200 });
  });

  test('refuses a signature that is not of this checkpoint', async () => {
    const signed = signCheckpoint({ size: 7, root: rootOf(leaves.slice(0, 7)) }, OLD_LOG_KEY);
    expect(await post(witness.url, requestOf(0, [], signed.replace('\n7\n', '\n8\n')))).toMatchObject({ status: 403 });
  });

  test.each([
    ['', 400],
    ['old\n\n', 400],
    ['old 01\n\nNOTE', 400],
    ['old -1\n\nNOTE', 400],
    ['old 0\nAAAA\n\nNOTE', 400],
    ['old 0\nNOTE', 400],
    [`old 0\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(64)}\nNOTE`, 400],
    ['old 0\n\nno note\n', 400],
    ['x'.repeat(40_000), 413],
  ])('refuses what is no request: %s', async (body, status) => {
    const note = noteOf(leaves, 7, OLD_LOG_KEY);
    expect(await post(witness.url, body.replace('NOTE', note))).toMatchObject({ status });
    expect(await ask(0, 7)).toMatchObject({ status: 200 });
  });

  test('has one path, and takes posts there', async () => {
    expect((await fetch(`${witness.url}/`)).status).toBe(404);
    expect((await fetch(`${witness.url}/add-checkpoint`)).status).toBe(405);
  });

  test('asked at the same moment for many sizes signs no two of which one is not the later', async () => {
    await ask(0, 10);
    const sizes = Array.from({ length: 30 }, (_, index) => index + 11);
    const answers = await Promise.all(
      [...sizes, ...sizes].map((size, index) => ask(10, size, index < 30 ? leaves : forked)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const [, held = ''] = /^(\d+)\n$/.exec((await ask(0, 40)).text) ?? [];
    expect(sizes).toContain(Number(held));
    for (const { status, text } of answers) if (status === 409) expect(text).toBe(`${held}\n`);
  });
});

describe('the folder of a witness', () => {
  test('remembers what was cosigned when the witness begins again', async () => {
    await ask(0, 30);
    const { vkey } = witness;
    await witness.stop();
    witness = await start();
    expect(witness.vkey).toBe(vkey);
    expect(await ask(0, 20, forked)).toMatchObject({ status: 409, text: '30\n' });
    expect(await ask(30, 40, forked)).toMatchObject({ status: 422 });
    expect(await ask(30, 40)).toMatchObject({ status: 200 });
  });

  test('is that of one process, and of one name', async () => {
    await expect(start()).rejects.toMatchObject({ code: 'IN_USE' });
    await witness.stop();
    await expect(start('another.example')).rejects.toMatchObject({ code: 'WRONG_NAME' });
    witness = await start('witness.example');
  });

  test('that was wiped is another witness', async () => {
    const { vkey } = witness;
    await witness.stop();
    fs.rmSync(path.join(place, 'witness'), { recursive: true });
    await expect(start()).rejects.toMatchObject({ code: 'WRONG_NAME' });
    witness = await start('witness.example');
    expect(witness.vkey).not.toBe(vkey);
  });

  test('whose memory is damaged signs nothing', async () => {
    await ask(0, 30);
    const folder = path.join(place, 'witness');
    const file = fs.readdirSync(folder).find((name) => name.endsWith('.checkpoint')) ?? expect.fail();
    fs.writeFileSync(path.join(folder, file), 'gone');
    expect(await ask(30, 40)).toMatchObject({ status: 500 });
    expect(await ask(0, 40)).toMatchObject({ status: 500 });
  });
});
