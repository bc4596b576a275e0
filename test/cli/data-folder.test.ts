import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDataFolder, readSecrets } from '../../src/server/data-folder.ts';
import { writePrivately } from '../../src/server/private-file.ts';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-folder-'));
  folder = path.join(parent, 'data');
});
afterEach(() => fs.rmSync(parent, { recursive: true }));

const modeOf = (...names: string[]) => fs.statSync(path.join(folder, ...names)).mode & 0o777;

describe('a data folder', () => {
  it('is made private, with secrets of its own that stay', () => {
    const secrets = openDataFolder(folder, 'TRIAL');
    expect([modeOf(), modeOf('secrets.json')]).toEqual([0o700, 0o600]);
    expect(openDataFolder(folder, 'TRIAL')).toEqual(secrets);
    const other = openDataFolder(path.join(parent, 'other'), 'TRIAL');
    expect(other.superuserPassword).not.toBe(secrets.superuserPassword);
    expect(other.loginSecret).not.toBe(secrets.loginSecret);
    expect(fs.readdirSync(folder)).toEqual(['secrets.json']);
  });

  it('is a trial for ever, or for production', () => {
    openDataFolder(folder, 'TRIAL');
    expect(openDataFolder(folder, 'PRODUCTION').mode).toBe('TRIAL');
    const production = path.join(parent, 'production');
    openDataFolder(production, 'PRODUCTION');
    expect(() => openDataFolder(production, 'TRIAL')).toThrow(
      expect.objectContaining({ code: 'WRONG_MODE', message: expect.stringContaining('takes no demo data') }),
    );
    expect(openDataFolder(production, 'PRODUCTION').mode).toBe('PRODUCTION');
  });

  it('is closed again when it was opened to others', () => {
    openDataFolder(folder, 'TRIAL');
    fs.chmodSync(folder, 0o755);
    openDataFolder(folder, 'TRIAL');
    expect(modeOf()).toBe(0o700);
  });

  it('is not made of a folder that others use', () => {
    fs.mkdirSync(folder, { mode: 0o755 });
    fs.writeFileSync(path.join(folder, 'letter.txt'), '');
    expect(() => openDataFolder(folder, 'TRIAL')).toThrow(expect.objectContaining({ code: 'NOT_PRIVATE' }));
    expect([modeOf(), fs.readdirSync(folder)]).toEqual([0o755, ['letter.txt']]);
    fs.chmodSync(folder, 0o700);
    expect(openDataFolder(folder, 'TRIAL').mode).toBe('TRIAL');
  });

  it('without its secrets is not given new ones, which would fit no database', () => {
    openDataFolder(folder, 'TRIAL');
    fs.mkdirSync(path.join(folder, 'postgres'));
    fs.writeFileSync(path.join(folder, 'secrets.json'), '{"mode":"TRIAL"}');
    expect(() => openDataFolder(folder, 'TRIAL')).toThrow(expect.objectContaining({ code: 'SECRETS_LOST' }));
    fs.rmSync(path.join(folder, 'secrets.json'));
    expect(() => openDataFolder(folder, 'TRIAL')).toThrow(expect.objectContaining({ code: 'SECRETS_LOST' }));
    expect(fs.readdirSync(folder)).toEqual(['postgres']);
  });

  it('has no secrets before there is a hub', () => {
    expect(readSecrets(folder)).toBeNull();
  });
});

describe('a private file', () => {
  it('is replaced whole, or left as it is where asked, and leaves no draft behind', () => {
    fs.mkdirSync(folder);
    const file = path.join(folder, 'file');
    writePrivately(file, 'one', { unlessThere: true });
    writePrivately(file, 'two', { unlessThere: true });
    expect(fs.readFileSync(file, 'utf8')).toBe('one');
    fs.chmodSync(file, 0o644);
    writePrivately(file, 'three');
    expect([fs.readFileSync(file, 'utf8'), modeOf('file'), fs.readdirSync(folder)]).toEqual(['three', 0o600, ['file']]);
  });

  it.runIf(process.getuid?.() === 0)('belongs to the owner of the folder when root writes it', () => {
    fs.mkdirSync(folder);
    fs.chownSync(folder, 12345, 12345);
    writePrivately(path.join(folder, 'file'), '');
    expect(fs.statSync(path.join(folder, 'file'))).toMatchObject({ uid: 12345, gid: 12345 });
  });
});
