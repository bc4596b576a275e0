import { createServer, type Server } from 'node:http';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { witnessVkeyOf } from '../../src/verifier/cosignature.ts';
import { runHere } from '../cli/command-line.ts';
import { TestKey } from '../support/log-bundle-keys.ts';
import { cosign, LOG_KEY, OLD_LOG_KEY, pinnedOf, storyLog, TestLog, writeFiles } from '../support/log-bundle.ts';
import { FEED_TAMPERINGS } from './feed-tamperings.ts';
import { LOG_TAMPERINGS } from './log-tamperings.ts';

describe('tocsin verify', () => {
  let folder = '';
  let log: TestLog;
  let files: Map<string, Uint8Array>;
  let served: Map<string, Uint8Array>;
  let server: Server;
  let url = '';
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'tocsin-verify-'));
    log = storyLog();
    files = log.files();
    served = files;
    writeFiles(files, path.join(folder, 'log'));
    writeFileSync(path.join(folder, 'feed.json'), JSON.stringify(await log.feedBundle('host')));
    server = createServer((request, response) => {
      const bytes = served.get((request.url ?? '').slice(1));
      response.statusCode = bytes ? 200 : 404;
      response.end(bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });
  const inFolder = (name: string): string => path.join(folder, name);
  const verify = async (...words: string[]) => {
    const { stdout, stderr, exit } = await runHere(['verify', ...words, '--json']);
    return { exit, stderr, verdict: stdout === '' ? null : (JSON.parse(stdout) as Record<string, unknown>) };
  };
  const pin = ['--vkey', pinnedOf(LOG_KEY)];

  test('reads lines of any length, and a last one without its end', async () => {
    const long = new TestLog();
    for (const letters of [10, 700_000, 10]) long.append('REPORT_SUBMITTED', ['host'], [{ id: 'ä'.repeat(letters) }]);
    long.publish();
    const written = long.files();
    for (const name of ['payloads.ndjson', 'feeds.ndjson', 'checkpoints.ndjson'])
      written.set(name, (written.get(name) ?? new Uint8Array()).slice(0, -1));
    writeFiles(written, inFolder('long'));
    expect(await verify(inFolder('long'), ...pin)).toMatchObject({
      exit: 0,
      verdict: { ok: true, entriesVerified: 3 },
    });
  });

  test('takes a feed bundle, a log bundle and a hub', async () => {
    expect(await verify(inFolder('feed.json'), ...pin)).toMatchObject({
      ...{ exit: 0, stderr: '' },
      verdict: { ok: true, receiptsVerified: 71, statementsVerified: 2, checkpointOk: true, fault: null },
    });
    expect(await verify(inFolder('log'), ...pin)).toMatchObject({
      ...{ exit: 0, stderr: '' },
      verdict: { ok: true, entriesVerified: 600, statementsVerified: 6, checkpointOk: true, fault: null },
    });
    for (const address of [url, `${url}/`, `${url}/graphql`]) {
      expect(await verify(address, ...pin)).toMatchObject({ exit: 0, verdict: { ok: true, entriesVerified: 600 } });
    }
  });

  test.each([
    ['a byte of a leaf', 'LEAF_TAMPERED at position 300'],
    ['a byte of a body', 'BODY_TAMPERED at position 123'],
    ['a byte of a salt', 'BODY_TAMPERED at position 124'],
    ['a byte of the hash of a leaf', 'HASH_TAMPERED at position 77'],
    ['a byte of a tile', 'TILE_TAMPERED at '],
    ['a byte of the root in the checkpoint', 'CHECKPOINT_TAMPERED at checkpoint'],
    ['an entry deleted from bundle and payloads', 'ENTRY_MISSING at position '],
    ['two entries swapped, in bundle and payloads', 'ENTRY_SWAPPED at position '],
    ['leaves cut off', 'LOG_TRUNCATED at position 592'],
  ])('names %s, and where', async (title, words) => {
    const { change, fault } = LOG_TAMPERINGS.find((each) => each.title === title) ?? expect.fail();
    writeFiles(change(files), inFolder(`nine ${title}`));
    expect(await verify(inFolder(`nine ${title}`), ...pin)).toMatchObject({ exit: 1, verdict: { ok: false, fault } });
    const { stdout } = await runHere(['verify', inFolder(`nine ${title}`), ...pin]);
    expect(stdout).toContain(words);
  });

  describe('asked for witnesses', () => {
    const [one, two] = [new TestKey('witness 1'), new TestKey('witness 2')];
    const named = (key: TestKey, name: string) => ({
      name,
      publicKey: key.publicKey,
      sign: (text: string) => key.sign(text),
    });
    const [first, second] = [named(one, 'one.example'), named(two, 'two.example')];
    const words = (...keys: (typeof first)[]) => keys.flatMap((key) => ['--witness', witnessVkeyOf(key)]);
    const publish = (change: (note: string) => string) =>
      (served = new Map(files).set('checkpoint', Buffer.from(change(log.checkpoints.at(-1) ?? ''))));
    const fault = (code: string) => ({ exit: 1, verdict: { ok: false, fault: { fault: code, path: 'checkpoint' } } });
    const restore = () => (served = files);
    afterEach(restore);

    test('finds the checkpoint cosigned by each, or by as many as are enough', async () => {
      publish((note) => cosign(cosign(note, first), second));
      expect(await verify(url, ...words(first, second))).toMatchObject({
        exit: 0,
        verdict: { cosignaturesVerified: 2 },
      });
      publish((note) => cosign(note, second));
      const enough = [...words(first, second), '--quorum', '1'];
      expect(await verify(url, ...enough)).toMatchObject({ exit: 0, verdict: { cosignaturesVerified: 1 } });
      const { stdout } = await runHere(['verify', url, ...words(second)]);
      expect(stdout).toContain('witnesses   1');
    });

    test('names a checkpoint that lacks one, of a hub and of a feed bundle', async () => {
      expect(await verify(url, ...words(first))).toMatchObject(fault('NOT_WITNESSED'));
      publish((note) => cosign(note, second));
      expect(await verify(url, ...words(first, second))).toMatchObject(fault('NOT_WITNESSED'));
      const { stdout } = await runHere(['verify', url, ...words(first, second)]);
      expect(stdout).toContain('cosigned by 1 of the 2 witnesses that are needed; not by one.example');
      expect(await verify(inFolder('feed.json'), ...words(first))).toMatchObject(fault('NOT_WITNESSED'));
    });

    test('names a cosignature that is of another checkpoint, of another second or of another key', async () => {
      const other =
        cosign(log.checkpoints[0] ?? '', first)
          .split('\n')
          .at(-2) ?? expect.fail();
      publish((note) => `${note}${other}\n`);
      expect(await verify(url, ...words(first))).toMatchObject(fault('COSIGNATURE_INVALID'));
      publish((note) => cosign(note, { ...first, sign: (text) => two.sign(text) }));
      expect(await verify(url, ...words(first))).toMatchObject(fault('COSIGNATURE_INVALID'));
      publish((note) => cosign(note, { ...first, sign: (text) => one.sign(text.replace(/time \d+/, 'time 5')) }));
      expect(await verify(url, ...words(first))).toMatchObject(fault('COSIGNATURE_INVALID'));
      // Whoever asks for nobody reads over it, as over every line of a stranger.
      expect(await verify(url)).toMatchObject({ exit: 0 });
    });

    test('takes a log key for no witness, and no quorum that cannot be', async () => {
      for (const wrong of [
        ['--witness', pinnedOf(LOG_KEY)],
        [...words(first), '--quorum', '2'],
        ['--quorum', '1'],
      ]) {
        expect(await verify(url, ...wrong)).toMatchObject({ exit: 2, verdict: null });
      }
      expect(await verify(url, ...words(first, first), '--quorum', '2')).toMatchObject({ exit: 2 });
    });
  });

  test('says for people what it found, and where it is false', async () => {
    const good = await runHere(['verify', inFolder('feed.json'), ...pin]);
    expect(good.stdout).toContain('HOLDS');
    expect(good.stdout).toContain('checkpoint  size 600, holds');
    const swapped = FEED_TAMPERINGS.find(({ title }) => title === 'two entries swapped') ?? expect.fail();
    writeFileSync(inFolder('bad.json'), JSON.stringify(swapped.change(await log.feedBundle('host'))));
    const bad = await runHere(['verify', inFolder('bad.json'), ...pin]);
    expect(bad.exit).toBe(1);
    expect(bad.stdout).toContain('FALSE');
    expect(bad.stdout).toContain('ENTRY_SWAPPED at number 12: ');
  });

  test('warns, and names the keys, when none is pinned', async () => {
    const { stderr, exit } = await verify(inFolder('log'));
    expect(exit).toBe(0);
    expect(stderr).toContain('WARNING');
    for (const key of [OLD_LOG_KEY, LOG_KEY]) expect(stderr).toContain(`--vkey ${pinnedOf(key)}`);
  });

  test('finds in a folder what it finds in memory', async () => {
    for (const word of ['a deleted payload', 'a tile left out', 'leaves cut off']) {
      const { change, fault } = LOG_TAMPERINGS.find(({ title }) => title === word) ?? expect.fail();
      writeFiles(change(files), inFolder(word));
      expect(await verify(inFolder(word))).toMatchObject({ exit: 1, verdict: { ok: false, fault } });
    }
  });

  test('keeps the checkpoint that it saw, and notices when a hub forgets it', async () => {
    const seen = ['--seen', inFolder('hub.checkpoint')];
    expect(await verify(url, ...seen)).toMatchObject({ exit: 0 });
    expect(readFileSync(inFolder('hub.checkpoint'), 'utf8')).toBe(log.checkpoints.at(-1));
    log.append('REPORT_SUBMITTED', ['vendor']);
    log.publish();
    served = log.files();
    expect(await verify(url, ...seen)).toMatchObject({ exit: 0, verdict: { size: 601 } });
    served = files;
    expect(await verify(url, ...seen)).toMatchObject({
      ...{ exit: 1, verdict: { fault: { fault: 'LOG_TRUNCATED', position: 600, path: 'seen' } } },
    });
    const fork = new TestLog();
    for (let position = 0; position < 700; position += 1) fork.append('REPORT_SUBMITTED', ['vendor']);
    fork.publish();
    served = fork.files();
    expect(await verify(url, ...seen)).toMatchObject({ exit: 1, verdict: { fault: { fault: 'INCONSISTENT' } } });
    expect(readFileSync(inFolder('hub.checkpoint'), 'utf8')).toBe(log.checkpoints.at(-1));
    served = files;
  });

  test('keeps nothing of what is false', async () => {
    const { change } = LOG_TAMPERINGS[0] ?? expect.fail();
    served = change(files);
    expect(await verify(url, '--seen', inFolder('never'))).toMatchObject({ exit: 1 });
    expect(existsSync(inFolder('never'))).toBe(false);
    served = files;
  });

  test('tells wrong usage, and a hub that is not there, from a proof that is false', async () => {
    expect(await verify(inFolder('feed.json'), '--vkey', 'word')).toMatchObject({ exit: 2, verdict: null });
    expect(await verify(inFolder('nowhere'))).toMatchObject({ exit: 2, verdict: null });
    expect(await verify('http://127.0.0.1:1')).toMatchObject({ exit: 3, verdict: null });
    expect(await verify(`${url}/elsewhere`)).toMatchObject({ exit: 3, verdict: null });
  });
});
