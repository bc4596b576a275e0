import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { FAULT_CODES } from '../../src/verifier/fault.ts';
import { verifyFeedBundle } from '../../src/verifier/feed-bundle.ts';
import { verifyLog } from '../../src/verifier/log-bundle.ts';
import { parseVkey } from '../../src/verifier/note.ts';
import { leafHash } from '../../src/verifier/tree.ts';
import { OLD_LOG_KEY, pinnedOf, RECEIPT_KEY, sourceOf, TestLog } from '../support/log-bundle.ts';
import { tableUnder } from '../docs/documents.ts';

const PAGE = 'docs/protocols/ledger.md';
const page = readFileSync(new URL(`../../${PAGE}`, import.meta.url), 'utf8');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the worked example of docs/protocols/ledger.md', () => {
  const log = new TestLog();
  log.append('REPORT_SUBMITTED', ['vendor']);
  log.append('REPORT_SEALED', ['vendor', 'cert']);
  log.append('INDICATORS_ACCEPTED', ['vendor']);
  log.publish();

  test('has the keys that their secrets give', () => {
    for (const key of [OLD_LOG_KEY, RECEIPT_KEY]) {
      expect(page).toContain(`\`${key.word}\``);
      expect(page).toContain(hex(createHash('sha256').update(key.word).digest()));
      expect(page).toContain(hex(key.publicKey));
    }
    expect(page).toContain(pinnedOf(OLD_LOG_KEY));
  });

  test('has the salts, bodies, leaves and hashes of its entries', () => {
    for (const { salt, body, leaf } of log.entries) {
      expect(page).toContain(hex(salt));
      expect(page).toContain(Buffer.from(body).toString());
      expect(page).toContain(hex(leaf));
      expect(page).toContain(hex(leafHash(leaf)));
    }
  });

  test('has the root, the checkpoint and the chains', () => {
    expect(page).toContain(hex(log.tree.root()));
    for (const hash of log.tree.peaks) expect(page).toContain(hex(hash));
    expect(page).toContain(log.checkpoints[0]);
    for (const { hash } of log.feed) expect(page).toContain(hex(hash));
  });

  test('has the receipt and the proof that both verifiers take', async () => {
    const bundle = await log.feedBundle('cert');
    const [entry] = bundle.entries;
    expect(page).toContain(entry?.receipt);
    expect(entry?.proof).toHaveLength(2);
    for (const hash of entry?.proof ?? []) expect(page).toContain(Buffer.from(hash, 'base64').toString('hex'));
    const known = { pinned: parseVkey(pinnedOf(OLD_LOG_KEY)), seen: null };
    expect(await verifyFeedBundle(JSON.stringify(bundle), known)).toMatchObject({ ok: true, receiptsVerified: 1 });
    expect(await verifyLog(sourceOf(log.files()), 'WHOLE', known)).toMatchObject({ ok: true, entriesVerified: 3 });
  });
});

test('docs/protocols/ledger.md has a row for each fault', () => {
  const rows = tableUnder(PAGE, '## Faults').map(([code = '']) => code.replaceAll('`', ''));
  expect(rows).toEqual([...FAULT_CODES]);
});
