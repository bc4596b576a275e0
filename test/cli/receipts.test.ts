import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { verifyFeedBundle } from '../../src/verifier/feed-bundle.ts';
import { parseVkey, vkeyOf } from '../../src/verifier/note.ts';
import { rowIdOf } from '../../src/platform/ids.ts';
import { happens } from '../feed/padding.ts';
import { keysOf, signed } from '../support/proven.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { runHere } from './command-line.ts';

let world: World;
let party: Party;
const folder = mkdtempSync(path.join(tmpdir(), 'tocsin-receipts-'));
const file = path.join(folder, 'proof.json');

beforeAll(async () => {
  world = await createWorld();
  party = await world.organisation(['PROVIDER']);
  await happens(party, 30);
  await signed(world);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const run = (key: string, ...words: string[]) =>
  runHere(['receipts', file, ...words, '--json'], {
    TOCSIN_URL: world.hub.url,
    TOCSIN_KEY: key,
    TOCSIN_FOLDER: folder,
  });

async function verified() {
  const [key] = (await keysOf(world)).log;
  const pinned = key ? parseVkey(vkeyOf(key.key)) : null;
  return verifyFeedBundle(readFileSync(file, 'utf8'), { pinned, seen: null });
}

describe('tocsin receipts', () => {
  it('writes a file that only its owner reads, and that the verifier finds good with nothing but a pinned key', async () => {
    const { stdout, exit } = await run(party.key);
    const entries = (await party.events()).length;
    expect([exit, JSON.parse(stdout)]).toEqual([0, { file, entries, included: entries, statements: 0 }]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await verified()).toMatchObject({ ok: true, receiptsVerified: entries, entriesVerified: entries });
    const bundle = JSON.parse(readFileSync(file, 'utf8'));
    expect(bundle).toMatchObject({ organisation: rowIdOf('Organisation', party.id), generation: 1 });
  });

  it('has the hub state how long the feed is, and the statement is proven along', async () => {
    await happens(party, 2);
    const { stdout } = await run(party.key, '--statement');
    expect(JSON.parse(stdout)).toMatchObject({ statements: 1 });
    expect(await verified()).toMatchObject({ ok: true, statementsVerified: 1 });
  });

  it('writes what was erased by its leaf, and the proof holds', async () => {
    const [erased] = (await party.events()).slice(-4);
    await world.database.admin('UPDATE ledger_payload SET salt = NULL, body = NULL WHERE entry_id = $1', [
      rowIdOf('Entry', erased?.entryId),
    ]);
    await run(party.key);
    const { entries } = JSON.parse(readFileSync(file, 'utf8'));
    expect(entries.filter(({ body }: { body: string | null }) => body === null)).toHaveLength(1);
    expect(await verified()).toMatchObject({
      ok: true,
      entriesVerified: entries.length,
      receiptsVerified: entries.length - 1,
    });
  });

  it('reads as many pages as there are, and tiles beyond the first', async () => {
    await happens(party, 1500);
    await signed(world);
    const { stdout } = await run(party.key);
    expect(JSON.parse(stdout).included).toBeGreaterThan(1500);
    expect(await verified()).toMatchObject({ ok: true });
  }, 60_000);

  it('writes nothing for a key that may not read the feed', async () => {
    const before = readFileSync(file, 'utf8');
    const { exit, stderr } = await run('tocsin_0123456789012345678901234567890');
    expect([exit, stderr]).toEqual([4, expect.stringContaining('UNAUTHENTICATED')]);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});
