import { beforeAll, describe, expect, test } from 'vitest';

import { verifyLog } from '../../src/verifier/log-bundle.ts';
import { parseVkey } from '../../src/verifier/note.ts';
import { Frontier, leafHash } from '../../src/verifier/tree.ts';
import { TestKey } from '../support/log-bundle-keys.ts';
import {
  base64url,
  keysNote,
  LOG_KEY,
  OLD_LOG_KEY,
  organisationOf,
  pinnedOf,
  signCheckpoint,
  sourceOf,
  storyLog,
  TestLog,
} from '../support/log-bundle.ts';
import { LOG_TAMPERINGS } from './log-tamperings.ts';

const NOTHING_KNOWN = { pinned: null, seen: null };
const STRANGER = new TestKey('stranger');

describe('a log bundle', () => {
  let log: TestLog;
  let files: Map<string, Uint8Array>;
  beforeAll(() => {
    log = storyLog();
    files = log.files();
  });
  const verdictOn = (changed: ReadonlyMap<string, Uint8Array>, known: Partial<typeof NOTHING_KNOWN> = {}) =>
    verifyLog(sourceOf(changed), 'WHOLE', { ...NOTHING_KNOWN, ...known });
  const pin = (key: TestKey) => ({ pinned: parseVkey(pinnedOf(key)) as never });

  test('is verified with nothing known, with either log key pinned, and with each checkpoint that was seen', async () => {
    const good = { ok: true, fault: null, checkpointOk: true, size: 600, entriesVerified: 600, statementsVerified: 6 };
    expect(await verdictOn(files)).toMatchObject(good);
    for (const key of [OLD_LOG_KEY, LOG_KEY]) expect(await verdictOn(files, pin(key))).toMatchObject(good);
    for (const seen of log.checkpoints) expect(await verdictOn(files, { seen: seen as never })).toMatchObject(good);
  });

  test.each(LOG_TAMPERINGS)('names $title', async ({ change, fault }) => {
    const verdict = await verdictOn(change(files));
    expect(verdict).toMatchObject({ ok: false, fault });
    expect(verdict.fault?.message).toMatch(/\.$/);
  });

  test('is found out by any bit of what was signed or hashed', async () => {
    const names = ['keys', 'checkpoint', 'tile/0/002.p/88', 'tile/entries/002.p/88', 'tile/1/000.p/2'];
    for (const name of names) {
      const bytes = files.get(name) ?? expect.fail(name);
      // Of the keys what is signed: they have two signatures, and a line that is nobody's says nothing.
      const end = name === 'keys' ? Buffer.from(bytes).indexOf('\n\n') : bytes.length;
      for (let at = 0; at < end; at += Math.ceil(end / 7)) {
        const changed = Uint8Array.from(bytes);
        changed[at] = (bytes[at] ?? 0) ^ 0x04;
        expect(await verdictOn(new Map(files).set(name, changed)), `${name} at ${at}`).toMatchObject({ ok: false });
      }
    }
  });

  test('of another log with the same keys is a fork to whoever has seen a checkpoint of this one', async () => {
    const other = new TestLog();
    for (let position = 0; position < 610; position += 1) other.append('REPORT_SUBMITTED', ['vendor']);
    other.publish();
    expect(await verdictOn(other.files())).toMatchObject({ ok: true });
    const fault = { fault: 'INCONSISTENT', position: 0, path: 'seen' };
    for (const seen of log.checkpoints.slice(2)) {
      expect(await verdictOn(other.files(), { seen: seen as never })).toMatchObject({ ok: false, fault });
    }
  });

  test('that is shorter than one that was seen was truncated', async () => {
    const shorter = new TestLog();
    for (let position = 0; position < 5; position += 1) shorter.append('REPORT_SUBMITTED', ['vendor']);
    shorter.publish();
    const [, , seen = ''] = log.checkpoints;
    expect(await verdictOn(shorter.files(), { seen: seen as never })).toMatchObject({
      fault: { fault: 'LOG_TRUNCATED', position: 5, path: 'seen' },
    });
  });

  test('may be of a log without an entry, and of one that just fills a tile', async () => {
    for (const size of [0, 1, 255, 256, 257]) {
      const small = new TestLog();
      small.publish();
      for (let position = 0; position < size; position += 1) small.append('REPORT_SUBMITTED', ['vendor']);
      small.publish();
      expect(await verdictOn(small.files())).toMatchObject({ ok: true, size, entriesVerified: size });
    }
  });

  test('may hold the full bundle in the place of a partial one, as a hub does that has gone on', async () => {
    const grown = new TestLog();
    for (let position = 0; position < 300; position += 1) grown.append('REPORT_SUBMITTED', ['vendor']);
    const early = new Frontier();
    for (const { leaf } of grown.entries.slice(0, 200)) early.append(leafHash(leaf));
    const checkpoint = signCheckpoint({ size: 200, root: early.root() }, OLD_LOG_KEY);
    const source = sourceOf(grown.files().set('checkpoint', Buffer.from(checkpoint)));
    expect(await verifyLog(source, 'PUBLIC', NOTHING_KNOWN)).toMatchObject({ ok: true, size: 200 });
  });

  describe('and its keys', () => {
    const withKeys = (note: string) => new Map(files).set('keys', Buffer.from(note));

    test('are not those of whoever pinned another', async () => {
      expect(await verdictOn(files, pin(STRANGER))).toMatchObject({ fault: { fault: 'KEY_UNKNOWN', path: 'keys' } });
    });

    test('are believed when the pinned key signed them, and only then', async () => {
      const byNew = withKeys(keysNote('-', [LOG_KEY]));
      expect(await verdictOn(byNew, pin(LOG_KEY))).toMatchObject({ ok: true });
      expect(await verdictOn(byNew, pin(OLD_LOG_KEY))).toMatchObject({ fault: { fault: 'KEY_UNKNOWN', path: 'keys' } });
      expect(await verdictOn(withKeys(keysNote('-', [STRANGER])))).toMatchObject({ fault: { fault: 'KEY_UNKNOWN' } });
    });

    test('were not changed after they were signed', async () => {
      const changed = withKeys(keysNote().replace(' 0 300', ' 0 600'));
      expect(await verdictOn(changed)).toMatchObject({ fault: { fault: 'SIGNATURE_INVALID', path: 'keys' } });
    });

    test('sign checkpoints of their own sizes only', async () => {
      const outside = withKeys(keysNote('-', [OLD_LOG_KEY, LOG_KEY], 290));
      expect(await verdictOn(outside)).toMatchObject({ ok: true });
      const late = new Map(files).set('checkpoint', Buffer.from(log.sign(OLD_LOG_KEY)));
      expect(await verdictOn(late)).toMatchObject({ fault: { fault: 'KEY_OUT_OF_WINDOW', path: 'checkpoint' } });
      const foreign = new Map(files).set('checkpoint', Buffer.from(log.sign(STRANGER)));
      expect(await verdictOn(foreign)).toMatchObject({ fault: { fault: 'KEY_UNKNOWN', path: 'checkpoint' } });
    });
  });

  test('may not state the end of a feed wrongly in an entry', async () => {
    const rows = (n: number) => [{ gen: 1, h: base64url(new Uint8Array(32)), id: organisationOf('host'), n, size: 5 }];
    for (const n of [0, 5]) {
      const wrong = new TestLog();
      for (let position = 0; position < 5; position += 1) wrong.append('REPORT_SUBMITTED', ['host']);
      wrong.append('FEED_STATED', ['host'], rows(n));
      wrong.publish();
      // h(0) is what it says here, and h(5) is not.
      const fault = { fault: 'STATEMENT_WRONG', position: 5, seq: 5, organisation: organisationOf('host') };
      expect(await verdictOn(wrong.files())).toMatchObject(n === 0 ? { ok: true, statementsVerified: 1 } : { fault });
    }
  });

  test('may state the end of a feed that has gone on since, and not another end', async () => {
    const stating = (wrong: boolean) => {
      const late = new TestLog();
      const ends = [1, 2, 3].map((n) => {
        late.append('REPORT_SUBMITTED', ['host']);
        return { gen: 1, h: base64url(late.end('host').h), id: organisationOf('host'), n, size: n };
      });
      const [first, second, last] = ends;
      late.append('FEED_STATED', ['host'], [{ ...first, h: wrong ? last?.h : first?.h }]);
      late.append('FEED_STATED', ['host'], [{ ...second }]);
      late.publish();
      return late.files();
    };
    expect(await verdictOn(stating(false))).toMatchObject({ ok: true, statementsVerified: 2 });
    const place = { position: 3, seq: 1, organisation: organisationOf('host') };
    expect(await verdictOn(stating(true))).toMatchObject({ fault: { fault: 'STATEMENT_WRONG', ...place } });
    // What is stated of the lines before a broken one is looked at all the same.
    const broken = stating(true);
    const lines = Buffer.from(broken.get('feeds.ndjson') ?? [])
      .toString()
      .split('\n');
    const cut = lines.map((line, at) => (at === 2 ? line.replace('"hash":"', '"hash":"A') : line)).join('\n');
    expect(await verdictOn(broken.set('feeds.ndjson', Buffer.from(cut)))).toMatchObject({
      fault: { fault: 'STATEMENT_WRONG', ...place },
    });
    const good = stating(false).set('feeds.ndjson', Buffer.from(cut));
    expect(await verdictOn(good)).toMatchObject({
      ...{ statementsVerified: 2, entriesVerified: 5 },
      fault: { fault: 'FEED_CHAIN_BROKEN', seq: 3, path: 'feeds.ndjson:3' },
    });
  });

  test('says what is wrong with the log before what is wrong with a feed', async () => {
    const feeds = Buffer.from(files.get('feeds.ndjson') ?? []).toString();
    const both = new Map(files).set('feeds.ndjson', Buffer.from(feeds.slice(feeds.indexOf('\n') + 1)));
    const bytes = Uint8Array.from(files.get('tile/entries/001') ?? []);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    expect(await verdictOn(both)).toMatchObject({ fault: { fault: 'FEED_NOT_DENSE' }, entriesVerified: 600 });
    const fault = { fault: 'LEAF_TAMPERED', position: 256 };
    expect(await verdictOn(both.set('tile/entries/001', bytes))).toMatchObject({ fault });
  });

  test('is public without its contents, and then its tree is verified alone', async () => {
    const open = new Map([...files].filter(([name]) => !name.endsWith('.ndjson')));
    expect(await verifyLog(sourceOf(open), 'PUBLIC', NOTHING_KNOWN)).toMatchObject({ ok: true, entriesVerified: 600 });
    expect(await verdictOn(open)).toMatchObject({ fault: { fault: 'MALFORMED', path: 'checkpoints.ndjson' } });
  });
});
