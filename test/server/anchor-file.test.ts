import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { AnchorFile } from '../../src/server/anchor-file.ts';
import { proofFiles } from '../../src/server/proof-files.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'tocsin-anchor-'))));
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

const fileIn = () => path.join(folder, 'anchor');
const anchored = (size: number) => ({ size, root: Buffer.alloc(32, size), generation: 1 });

test('what was written is read again, for each log its own', async () => {
  const anchor = new AnchorFile(fileIn());
  expect(await anchor.read('tocsin-one')).toBe(null);
  await anchor.write('tocsin-one', anchored(5));
  await anchor.write('log.example/two', anchored(7));
  await anchor.write('tocsin-one', anchored(6));
  expect(await new AnchorFile(fileIn()).read('tocsin-one')).toEqual(anchored(6));
  expect(await anchor.read('log.example/two')).toEqual(anchored(7));
  expect(await anchor.read('tocsin-three')).toBe(null);
});

test('the file says at its head what it is for, is private, and leaves nothing beside it', async () => {
  await new AnchorFile(fileIn()).write('tocsin-one', anchored(5));
  expect(readFileSync(fileIn(), 'utf8')).toMatch(/^# The last tree that each log named here has signed/);
  expect(statSync(fileIn()).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['anchor']);
});

test.each(['tocsin-one 5', 'tocsin-one -5 AAAA 1', 'words', 'tocsin-one 5 AAAA 1'])(
  'a line that is none (%s) is no anchor of nothing, and is not written over',
  async (line) => {
    writeFileSync(fileIn(), `# head\n${line}\n`);
    const anchor = new AnchorFile(fileIn());
    await expect(anchor.read('tocsin-one')).rejects.toThrow('not one of an anchor');
    await expect(anchor.write('tocsin-one', anchored(5))).rejects.toThrow('not one of an anchor');
    expect(readFileSync(fileIn(), 'utf8')).toContain(line);
  },
);

test('the anchor of a hub with its database in a folder is beside the folder, and of others where somebody says', () => {
  const placeOf = (...asked: Parameters<typeof proofFiles>) => proofFiles(...asked).anchor?.place ?? null;
  const data = path.join(folder, 'data');
  expect(placeOf('EMBEDDED', data)).toBe(`${data}.anchor`);
  expect(placeOf('EMBEDDED', `${data}/`)).toBe(`${data}.anchor`);
  expect(placeOf('THROWAWAY', data)).toBe(null);
  expect(placeOf('DATABASE_URL', data)).toBe(null);
  const said = { keys: null, anchor: '/elsewhere/anchor', witness: null, origin: null };
  expect(placeOf('DATABASE_URL', data, said)).toBe('/elsewhere/anchor');
});
