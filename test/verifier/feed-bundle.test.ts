import { beforeAll, describe, expect, test } from 'vitest';

import { verifyFeedBundle } from '../../src/verifier/feed-bundle.ts';
import { parseVkey } from '../../src/verifier/note.ts';
import { RECEIPT_TYPE } from '../../src/verifier/receipt.ts';
import { STATEMENT_TYPE } from '../../src/verifier/statement.ts';
import { Frontier } from '../../src/verifier/tree.ts';
import { TestKey } from '../support/log-bundle-keys.ts';
import {
  base64url,
  keysNote,
  LOG_KEY,
  organisationOf,
  ORIGIN,
  pinnedOf,
  RECEIPT_KEY,
  signCheckpoint,
  storyLog,
  TestLog,
  type FeedBundle,
} from '../support/log-bundle.ts';
import { FEED_TAMPERINGS } from './feed-tamperings.ts';

const NOTHING_KNOWN = { pinned: null, seen: null };
/** Instants of the log: entry 0, one a second. */
const BEGAN = Date.parse('2026-11-24T10:00:00Z') / 1000;

const verdictOn = (bundle: FeedBundle) => verifyFeedBundle(JSON.stringify(bundle), NOTHING_KNOWN);

describe('a feed bundle', () => {
  let log: TestLog;
  let good: FeedBundle;
  beforeAll(async () => {
    log = storyLog();
    good = await log.feedBundle('host');
  });

  test('is verified, with nothing known and with a log key pinned', async () => {
    const verdict = { ok: true, entriesVerified: 88, receiptsVerified: 71, receiptsPending: 0, statementsVerified: 2 };
    expect(await verdictOn(good)).toMatchObject({ ...verdict, fault: null, checkpointOk: true });
    const pinned = parseVkey(pinnedOf(LOG_KEY));
    expect(await verifyFeedBundle(JSON.stringify(good), { pinned, seen: null })).toMatchObject(verdict);
  });

  test('may have an entry whose content was erased: its leaf still counts', async () => {
    const bundle = await log.feedBundle('vendor');
    expect(bundle.entries.filter(({ body }) => body === null)).toHaveLength(1);
    expect(await verdictOn(bundle)).toMatchObject({ ok: true, entriesVerified: bundle.entries.length });
  });

  test.each(FEED_TAMPERINGS)('names $title', async ({ change, fault }) => {
    expect(await verdictOn(change(good))).toMatchObject({ ok: false, fault });
  });

  test('is no bundle of whoever pinned another key', async () => {
    const pinned = parseVkey(pinnedOf(new TestKey('stranger')));
    const verdict = await verifyFeedBundle(JSON.stringify(good), { pinned, seen: null });
    expect(verdict).toMatchObject({ ok: false, fault: { fault: 'KEY_UNKNOWN', path: 'keys' } });
  });

  test('is held against a checkpoint that was seen, as far as two checkpoints can be', async () => {
    const seen = (size: number, root = new Frontier().root()) =>
      verifyFeedBundle(JSON.stringify(good), { pinned: null, seen: signCheckpoint({ size, root }, LOG_KEY) });
    expect(await seen(600, log.tree.root())).toMatchObject({ ok: true });
    expect(await seen(600)).toMatchObject({ fault: { fault: 'INCONSISTENT', path: 'seen' } });
    expect(await seen(601)).toMatchObject({ fault: { fault: 'LOG_TRUNCATED', path: 'seen', position: 600 } });
  });

  describe('whose checkpoint is older than some entries', () => {
    test('is good as long as nothing shows that their time is over', async () => {
      const bundle = await log.feedBundle('host', { size: 581 });
      const early = { ...bundle, statements: bundle.statements.slice(0, 1) };
      expect(await verdictOn(early)).toMatchObject({ ok: true, receiptsPending: 3, receiptsVerified: 68 });
      expect(await verdictOn({ ...early, fetchedAt: BEGAN + 588 + 60 })).toMatchObject({ ok: true });
    });

    test('shows a broken promise when it was fetched too late', async () => {
      const bundle = await log.feedBundle('host', { size: 581 });
      const fault = { fault: 'BROKEN_PROMISE', seq: 86, entry: bundle.entries[85]?.entry };
      expect(bundle.entries[85]?.position).toBeNull();
      expect(await verdictOn({ ...bundle, fetchedAt: BEGAN + 588 + 61 })).toMatchObject({ ok: false, fault });
    });

    test('shows a broken promise when a later entry is in the log', async () => {
      const entries = good.entries.map((each) => (each.seq === 9 ? { ...each, position: null, proof: [] } : each));
      const fault = { fault: 'BROKEN_PROMISE', seq: 9 };
      expect(await verdictOn({ ...good, entries, statements: [] })).toMatchObject({ ok: false, fault });
    });

    test('shows a broken promise when a later statement says how long the log was', async () => {
      const bundle = await log.feedBundle('host', { size: 581 });
      const { n, h } = log.end('host');
      const said = { gen: 1, h: base64url(h), iss: ORIGIN, n, org: organisationOf('host') };
      const late = (size: number) => RECEIPT_KEY.jws(STATEMENT_TYPE, { ...said, iat: BEGAN + 900, size });
      expect(await verdictOn({ ...bundle, statements: [late(581)] })).toMatchObject({
        fault: { fault: 'BROKEN_PROMISE' },
      });
      expect(await verdictOn({ ...bundle, statements: [late(582)] })).toMatchObject({ ok: true });
    });
  });

  describe('and its tokens', () => {
    const withReceipt = (receipt: string): FeedBundle => ({
      ...good,
      entries: good.entries.map((each) => (each.seq === 1 ? { ...each, receipt } : each)),
    });
    const receipt = (claims: object, typ = RECEIPT_TYPE, header = {}, key = RECEIPT_KEY) => {
      const [, body = ''] = good.entries[0]?.receipt?.split('.') ?? [];
      const said = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
      return withReceipt(key.jws(typ, { ...said, ...claims }, header));
    };

    test.each([
      { title: 'of another hub', claims: { iss: 'somebody' }, code: 'SIGNATURE_INVALID' },
      { title: 'of another leaf', claims: { leaf: base64url(new Uint8Array(32)) }, code: 'LEAF_TAMPERED' },
      { title: 'of another time', claims: { iat: BEGAN + 1 }, code: 'SIGNATURE_INVALID' },
      { title: 'of another kind', claims: { kind: 'REPORT_SEALED' }, code: 'SIGNATURE_INVALID' },
      { title: 'before its key began', claims: { iat: BEGAN - 86_400 }, code: 'KEY_OUT_OF_WINDOW' },
      { title: 'without a promise', claims: { within: null }, code: 'MALFORMED' },
    ])('are refused: a receipt $title', async ({ claims, code }) => {
      expect(await verdictOn(receipt({}))).toMatchObject({ ok: true });
      expect(await verdictOn(receipt(claims))).toMatchObject({ ok: false, fault: { fault: code, seq: 1 } });
    });

    test('are refused when they are not what they are taken for', async () => {
      const code = async (bundle: FeedBundle) => (await verdictOn(bundle)).fault?.fault;
      expect(await code(receipt({}, STATEMENT_TYPE))).toBe('MALFORMED');
      expect(await code(receipt({}, RECEIPT_TYPE, { alg: 'none' }))).toBe('MALFORMED');
      expect(await code(receipt({}, RECEIPT_TYPE, { crit: ['b64'] }))).toBe('MALFORMED');
      expect(await code(receipt({}, RECEIPT_TYPE, { kid: 'other' }))).toBe('KEY_UNKNOWN');
      expect(await code(receipt({}, RECEIPT_TYPE, { kid: RECEIPT_KEY.word }, new TestKey('other')))).toBe(
        'SIGNATURE_INVALID',
      );
    });

    test('are good until their key ends, and not after', async () => {
      const until = (keys: string) => verdictOn({ ...good, keys });
      expect(await until(keysNote('2026-11-24T10:09:57.000Z'))).toMatchObject({ ok: true });
      expect(await until(keysNote('2026-11-24T10:09:56.000Z'))).toMatchObject({
        fault: { fault: 'KEY_OUT_OF_WINDOW', seq: 88 },
      });
      expect(await until(keysNote('2026-11-24T10:00:06.900Z'))).toMatchObject({
        fault: { fault: 'KEY_OUT_OF_WINDOW', seq: 3 },
      });
    });
  });

  test('may not state the end of its feed wrongly in an entry', async () => {
    const wrong = new TestLog();
    for (let position = 0; position < 5; position += 1) wrong.append('REPORT_SUBMITTED', ['host']);
    const rows = [{ gen: 1, h: base64url(new Uint8Array(32)), id: organisationOf('host'), n: 5, size: 5 }];
    wrong.append('FEED_STATED', ['host'], rows);
    const bundle = await wrong.feedBundle('host');
    expect(await verdictOn(bundle)).toMatchObject({ fault: { fault: 'STATEMENT_WRONG', seq: 5 } });
  });
});
