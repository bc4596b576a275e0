import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { witnessVkeyOf } from '../../src/verifier/cosignature.ts';
import type { Verdict } from '../../src/verifier/fault.ts';
import { verifyFeedBundle } from '../../src/verifier/feed-bundle.ts';
import { verifyLog } from '../../src/verifier/log-bundle.ts';
import { TestKey } from '../support/log-bundle-keys.ts';
import {
  cosign,
  keysNote,
  LOG_KEY,
  pinnedOf,
  sourceOf,
  storyLog,
  writeFiles,
  type FeedBundle,
  type TestLog,
} from '../support/log-bundle.ts';
import { FEED_TAMPERINGS } from './feed-tamperings.ts';
import { LOG_TAMPERINGS } from './log-tamperings.ts';

const SCRIPT = new URL('../../examples/verify.py', import.meta.url).pathname;
const NOTHING_KNOWN = { pinned: null, seen: null };
/** The interpreter itself, which starts sooner than what may stand before it in the path; '' without the package. */
const PYTHON = spawnSync('python3', ['-c', 'import cryptography, sys; print(sys.executable)'], {
  encoding: 'utf8',
}).stdout?.trim();

interface Answer {
  readonly exit: number;
  readonly stderr: string;
  readonly verdict: Pick<Verdict, 'ok' | 'receiptsVerified' | 'statementsVerified' | 'checkpointOk' | 'fault'> | null;
}

function run(...words: string[]): Promise<Answer> {
  return new Promise((resolve) => {
    const child = execFile(PYTHON, [SCRIPT, ...words], (_, stdout, stderr) => {
      resolve({ exit: child.exitCode ?? -1, stderr, verdict: stdout === '' ? null : JSON.parse(stdout) });
    });
  });
}

describe.skipIf(!PYTHON)('the second verifier, in Python', () => {
  let folder = '';
  let log: TestLog;
  let files: Map<string, Uint8Array>;
  let feed: FeedBundle;
  let written = 0;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'tocsin-verify-'));
    log = storyLog();
    files = log.files();
    feed = await log.feedBundle('host');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const place = (): string => path.join(folder, String((written += 1)));
  const onLog = (bundle: ReadonlyMap<string, Uint8Array>, ...words: string[]) => {
    const at = place();
    writeFiles(bundle, at);
    return run(at, ...words);
  };
  const onFile = (text: string, ...words: string[]) => {
    const at = place();
    writeFileSync(at, text);
    return run(at, ...words);
  };
  const onFeed = (bundle: FeedBundle, ...words: string[]) => onFile(JSON.stringify(bundle), ...words);

  /** All but the words of the message. */
  const agreed = ({
    ok,
    receiptsVerified,
    statementsVerified,
    checkpointOk,
    fault,
  }: NonNullable<Answer['verdict']>) => ({
    ...{ ok, receiptsVerified, statementsVerified, checkpointOk },
    fault: fault && { ...fault, message: '' },
  });

  test('finds good what is good, and says what it found', async () => {
    const pin = pinnedOf(LOG_KEY);
    const whole = { ok: true, receiptsVerified: 0, statementsVerified: 6, checkpointOk: true, fault: null };
    expect(await onLog(files, '--vkey', pin)).toEqual({ exit: 0, stderr: '', verdict: whole });
    const own = { ok: true, receiptsVerified: 71, statementsVerified: 2, checkpointOk: true, fault: null };
    expect(await onFeed(feed, '--vkey', pin)).toEqual({ exit: 0, stderr: '', verdict: own });
    expect(await onFeed(await log.feedBundle('vendor'))).toMatchObject({ exit: 0, verdict: { ok: true } });
  });

  test('says loudly that it pinned nothing', async () => {
    expect((await onFeed(feed)).stderr).toContain('No --vkey');
  });

  test.each(LOG_TAMPERINGS)('agrees on a log with $title', async ({ change, fault }) => {
    const changed = change(files);
    const first = await verifyLog(sourceOf(changed), 'WHOLE', NOTHING_KNOWN);
    const second = await onLog(changed);
    expect(second).toMatchObject({ exit: 1, verdict: { ok: false, fault } });
    expect(second.verdict && agreed(second.verdict)).toEqual(agreed(first));
  });

  test.each(FEED_TAMPERINGS)('agrees on a feed with $title', async ({ change, fault }) => {
    const changed = change(feed);
    const first = await verifyFeedBundle(JSON.stringify(changed), NOTHING_KNOWN);
    const second = await onFeed(changed);
    expect(second).toMatchObject({ exit: 1, verdict: { ok: false, fault } });
    expect(second.verdict && agreed(second.verdict)).toEqual(agreed(first));
  });

  test('agrees on a broken promise', async () => {
    const early = await log.feedBundle('host', { size: 581 });
    const late = { ...early, fetchedAt: Date.parse('2026-11-24T11:00:00Z') / 1000 };
    const first = await verifyFeedBundle(JSON.stringify(late), NOTHING_KNOWN);
    const second = await onFeed(late);
    expect(second).toMatchObject({ exit: 1, verdict: { fault: { fault: 'BROKEN_PROMISE', seq: 86 } } });
    expect(second.verdict && agreed(second.verdict)).toEqual(agreed(first));
  });

  test('knows the keys that it pinned, and their windows', async () => {
    const stranger = pinnedOf(new TestKey('stranger'));
    expect(await onLog(files, '--vkey', stranger)).toMatchObject({
      exit: 1,
      verdict: { fault: { fault: 'KEY_UNKNOWN' } },
    });
    const until = { ...feed, keys: keysNote('2026-11-24T10:09:56.000Z') };
    expect(await onFeed(until)).toMatchObject({ verdict: { fault: { fault: 'KEY_OUT_OF_WINDOW', seq: 88 } } });
  });

  test('sees a fork with a checkpoint that was seen before', async () => {
    const other = storyLog();
    other.append('REPORT_SUBMITTED', ['vendor']);
    other.publish();
    const seen = place();
    writeFileSync(seen, other.checkpoints.at(-1) ?? '');
    const fault = { fault: 'LOG_TRUNCATED', position: 600, path: 'seen' };
    expect(await onLog(files, '--seen', seen)).toMatchObject({ exit: 1, verdict: { fault } });
    expect(await onLog(other.files(), '--seen', seen)).toMatchObject({ exit: 0 });
  });

  test('asks for witnesses as the first does', async () => {
    const key = new TestKey('witness');
    const witness = { name: 'one.example', publicKey: key.publicKey, sign: (text: string) => key.sign(text) };
    const word = witnessVkeyOf(witness);
    const other = witnessVkeyOf({ name: 'two.example', publicKey: LOG_KEY.publicKey });
    const signed = new Map(files).set('checkpoint', Buffer.from(cosign(log.checkpoints.at(-1) ?? '', witness)));
    const forger = { ...witness, sign: (text: string) => key.sign(`${text} `) };
    const forged = new Map(files).set('checkpoint', Buffer.from(cosign(log.checkpoints.at(-1) ?? '', forger)));
    const fault = (code: string) => ({ exit: 1, verdict: { fault: { fault: code, path: 'checkpoint' } } });
    expect(await onLog(signed, '--witness', word)).toMatchObject({ exit: 0, verdict: { ok: true } });
    expect(await onLog(signed, '--witness', word, '--witness', other)).toMatchObject(fault('NOT_WITNESSED'));
    expect(await onLog(signed, '--witness', word, '--witness', other, '--quorum', '1')).toMatchObject({ exit: 0 });
    expect(await onLog(forged, '--witness', word)).toMatchObject(fault('COSIGNATURE_INVALID'));
    expect(await onFeed(feed, '--witness', word)).toMatchObject(fault('NOT_WITNESSED'));
    expect(await onFeed(feed, '--witness', pinnedOf(LOG_KEY))).toMatchObject({ exit: 2 });
  });

  test('says by its exit code that it could not verify anything', async () => {
    expect(await run(path.join(folder, 'nowhere'))).toMatchObject({ exit: 2, verdict: null });
    expect(await onFeed(feed, '--vkey', 'word')).toMatchObject({ exit: 2, verdict: null });
    expect(await onFile('{}')).toMatchObject({ exit: 1, verdict: { fault: { fault: 'MALFORMED' } } });
  });
});
