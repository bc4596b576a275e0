import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { silentLog } from '../../src/platform/log.ts';
import { startHub, type HubOptions } from '../../src/server/hub.ts';
import { proofFiles } from '../../src/server/proof-files.ts';
import { openCheckpoint } from '../../src/verifier/checkpoint.ts';
import { parseVkey, vkeyOf } from '../../src/verifier/note.ts';
import { readKeys } from '../../src/verifier/keys.ts';
import { PATIENCE } from '../feed/listener.ts';
import { happens } from '../feed/padding.ts';
import { keysOf, noteAt, signed } from '../support/proven.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { runHere } from './command-line.ts';

let folder: string;
let world: World;
let party: Party;
const keysFile = () => path.join(folder, 'keys.json');
const anchorFile = () => path.join(folder, 'outside', 'anchor');
const files = () =>
  proofFiles('DATABASE_URL', folder, {
    keys: keysFile(),
    anchor: anchorFile(),
    witness: null,
    origin: 'log.hub.example',
  });

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'tocsin-keys-'));
  world = await createWorld({ proof: { ...files(), checkpointEveryMs: 0 } });
  party = await world.organisation(['PROVIDER']);
  await signed(world);
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const run = (...words: string[]) => {
  const { adminUrl, loginSecret } = world.database.address;
  return runHere(['keys', ...words], {
    ...{ DATABASE_URL: adminUrl, TOCSIN_LOGIN_SECRET: loginSecret },
    ...{ TOCSIN_KEYS: keysFile(), TOCSIN_ANCHOR: anchorFile(), TOCSIN_FOLDER: folder },
  });
};
async function json(...words: string[]) {
  const { stdout, stderr, exit } = await run(...words, '--json');
  if (exit !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
const held = (): { purpose: string }[] => JSON.parse(readFileSync(keysFile(), 'utf8')).keys;
/** By which key a token is signed. */
const kidOf = (token = '') => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
const hubAgain = (): Promise<unknown> => {
  const options: HubOptions = {
    ...{ database: world.database.address, documentation: true, log: silentLog, host: '127.0.0.1', port: 0 },
    proof: { ...files(), checkpointEveryMs: 0 },
  };
  return startHub(options);
};

describe('the first start of a hub', () => {
  it('makes its keys, in a file that only its user reads, and names the log as it was told', async () => {
    expect(held().map(({ purpose }) => purpose)).toEqual(['LOG', 'RECEIPT']);
    expect(statSync(keysFile()).mode & 0o777).toBe(0o600);
    expect((await keysOf(world)).origin).toBe('log.hub.example');
    expect(readFileSync(anchorFile(), 'utf8')).toMatch(/^log\.hub\.example \d+ \S{44} 1$/m);
  });

  it('tells the operator by which keys it signs, though they are older than the operator', async () => {
    const { keys } = await json('list');
    const told = (await world.operator.events()).filter(({ kind }) => kind === 'KEY_ADDED');
    expect(told.flatMap(({ details }) => details)).toMatchObject(
      keys.map(({ id, purpose }: { id: string; purpose: string }) => ({ key: id, purpose, lost: null })),
    );
    expect((await party.events()).filter(({ kind }) => kind === 'KEY_ADDED')).toEqual([]);
  });

  it('is refused on a file that is not this hub’s, which stays as it is', async () => {
    await world.hub.stop();
    const own = readFileSync(keysFile());
    rmSync(keysFile());
    await expect(hubAgain()).rejects.toThrow('does not hold');
    expect(existsSync(keysFile())).toBe(false);
    writeFileSync(keysFile(), 'not what the hub wrote');
    await expect(hubAgain()).rejects.toThrow('put it back');
    writeFileSync(keysFile(), own);
    Object.assign(world, { hub: await hubAgain() });
  });
});

describe('tocsin keys list', () => {
  it('shows the keys, their windows, and the word that a verifier pins', async () => {
    const { origin, keys, refusal } = await json('list');
    expect([origin, refusal]).toEqual(['log.hub.example', null]);
    expect(keys).toMatchObject([
      { purpose: 'LOG', from: '0', until: null, held: true },
      { purpose: 'RECEIPT', until: null, held: true, vkey: null },
    ]);
    const pinned = parseVkey(keys[0].vkey);
    expect(await readKeys(await noteAt(world, '/keys'), pinned)).toMatchObject({ origin });
    const { stdout } = await run('list');
    expect(stdout).toContain(keys[0].vkey);
  });
});

describe('tocsin keys rotate', () => {
  it('adds new keys beside those of before: both sign, and either may be pinned', async () => {
    const before = (await json('list')).keys[0];
    const { keys } = await json('rotate', '--overlap', '48');
    expect(keys.map(({ purpose, held: here }: { purpose: string; held: boolean }) => [purpose, here])).toEqual([
      ['LOG', true],
      ['LOG', true],
      ['RECEIPT', true],
      ['RECEIPT', true],
    ]);
    await happens(party, 1);
    await signed(world);
    await vi.waitFor(async () => expect((await keysOf(world)).log).toHaveLength(2), PATIENCE);
    const [note, checkpoint] = [await noteAt(world, '/keys'), await noteAt(world, '/checkpoint')];
    for (const { vkey } of [before, keys[1]]) {
      const known = await readKeys(note, parseVkey(vkey));
      const only = { ...known, log: known.log.filter(({ key }) => vkeyOf(key) === vkey) };
      expect((await openCheckpoint(checkpoint, only, 'checkpoint')).size).toBeGreaterThan(0);
    }
    expect(note.split('\n').filter((line) => line.startsWith('—'))).toHaveLength(2);
    expect(checkpoint.split('\n').filter((line) => line.startsWith('—'))).toHaveLength(2);
    const { data } = await party.ask('{ receipts(first: 1000) { receipts { token } } }');
    expect(kidOf(data.receipts.receipts.at(-1).token)).toBe(keys[3].id);
    expect(kidOf(data.receipts.receipts[0].token)).toBe(keys[2].id);
  });

  it('ends the keys of before when their time is over: new receipts are by the new key, old ones as they were', async () => {
    const receipts = '{ receipts(first: 1000) { receipts { entryId token } } }';
    const tokensOf = async () =>
      (await party.ask(receipts)).data.receipts.receipts as { entryId: string; token: string }[];
    const before = await tokensOf();
    const { keys } = await json('rotate', '--overlap', '0');
    await happens(party, 1);
    await vi.waitFor(
      async () => expect((await keysOf(world)).log.map(({ until }) => until)).toEqual([expect.any(Number), null]),
      PATIENCE,
    );
    await signed(world);
    const after = await tokensOf();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(kidOf(after.at(-1)?.token)).toBe(keys[3].id);
    expect(kidOf(before[0]?.token)).toBe(keys[2].id);
    const told = (await world.operator.events()).map(({ kind }) => kind).filter((kind) => kind.startsWith('KEY_'));
    expect(told.slice(2).sort()).toEqual(['KEY_ADDED', 'KEY_ADDED', 'KEY_RETIRED', 'KEY_RETIRED']);
    // What ended is forgotten by the next rotation; receipt keys sign their own time for ever.
    await json('rotate');
    expect(
      held()
        .map(({ purpose }) => purpose)
        .sort(),
    ).toEqual(['LOG', 'LOG', 'RECEIPT', 'RECEIPT', 'RECEIPT']);
  });

  it('replaces keys that are lost, and the hub signs again', async () => {
    await world.hub.stop();
    rmSync(keysFile());
    const { keys } = await json('rotate', '--lost');
    expect(keys.map(({ held: here }: { held: boolean }) => here)).toEqual([false, true, false, true]);
    Object.assign(world, { hub: await hubAgain() });
    await happens(party, 1);
    await signed(world);
    const known = await keysOf(world);
    expect((await openCheckpoint(await noteAt(world, '/checkpoint'), known, 'checkpoint')).size).toBeGreaterThan(0);
  });

  it.each(['-1', '8761', 'long'])('takes no overlap of %s hours', async (hours) => {
    expect((await run('rotate', `--overlap=${hours}`)).exit).toBe(2);
  });
});

describe('tocsin keys accept-restore', () => {
  it('has nothing to accept where nothing was restored, and changes nothing', async () => {
    const before = readFileSync(keysFile(), 'utf8');
    const { stderr, exit } = await run('accept-restore');
    expect([exit, stderr]).toEqual([1, expect.stringContaining('there is nothing to accept')]);
    expect(readFileSync(keysFile(), 'utf8')).toBe(before);
  });

  it('lets a hub sign again whose anchor is ahead, and the anchor is that of what is here', async () => {
    await world.hub.stop();
    const ahead = readFileSync(anchorFile(), 'utf8').replace(/ \d+ (\S{44} 1)$/m, ' 5000 $1');
    writeFileSync(anchorFile(), ahead);
    Object.assign(world, { hub: await hubAgain() });
    await vi.waitFor(
      async () => expect((await json('list')).refusal).toMatchObject({ code: 'BEHIND_ANCHOR' }),
      PATIENCE,
    );
    expect(await json('accept-restore')).toMatchObject({ upTo: 5000 });
    await happens(party, 1);
    await signed(world);
    await vi.waitFor(async () => expect((await json('list')).refusal).toBe(null), PATIENCE);
    expect(readFileSync(anchorFile(), 'utf8')).toMatch(/^log\.hub\.example \d{1,3} \S{44} 2$/m);
  });
});
