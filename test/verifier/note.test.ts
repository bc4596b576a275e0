import { createPublicKey, verify } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { isSignedBy } from '../../src/verifier/ed25519.ts';
import { fromBase64, fromBase64Url, toBase64, toBase64Url } from '../../src/verifier/encoding.ts';
import { parseCheckpoint } from '../../src/verifier/checkpoint.ts';
import { keyId, parseNote, parseVkey, signatureOf, vkeyOf, writeNote } from '../../src/verifier/note.ts';
import { bundlePath, tilePath, tilesOf } from '../../src/verifier/tiles.ts';
import { TestKey } from '../support/log-bundle-keys.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const KEY = new TestKey('by hand');
const NAMED = KEY.named('log.example');

describe('an Ed25519 signature', () => {
  test('is that of RFC 8032 7.1, test 2', async () => {
    const publicKey = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    const signature = hex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    expect(await isSignedBy(publicKey, signature, hex('72'))).toBe(true);
    expect(await isSignedBy(publicKey, signature, hex('73'))).toBe(false);
    expect(await isSignedBy(publicKey.slice(1), signature, hex('72'))).toBe(false);
    expect(await isSignedBy(publicKey, signature.slice(1), hex('72'))).toBe(false);
  });
});

describe('a signed note', () => {
  const text = 'log.example\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n';
  const signed = writeNote(text, [{ key: NAMED, signature: KEY.sign(text) }]);

  test('is the text, a blank line, and who signed it', async () => {
    const [, line = ''] = signed.split('\n\n');
    const [dash, name, blob = ''] = line.trimEnd().split(' ');
    const bytes = Buffer.from(blob, 'base64');
    expect([dash, name, bytes.length]).toEqual(['—', 'log.example', 68]);
    // The key as others see it: SPKI, with the 32 bytes at its end.
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), KEY.publicKey]);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    expect(verify(null, Buffer.from(text), key, bytes.subarray(4))).toBe(true);
    expect(await signatureOf(parseNote(signed) ?? expect.fail(), NAMED)).toBe('GOOD');
  });

  test('has a key that is one word, which is no other key when a letter is wrong', () => {
    const word = vkeyOf(NAMED);
    expect(word).toBe(
      `log.example+${Buffer.from(keyId(NAMED)).toString('hex')}+${toBase64(Uint8Array.of(1, ...KEY.publicKey))}`,
    );
    expect(parseVkey(word)).toEqual(NAMED);
    for (const wrong of [
      '',
      'a+b',
      word.replace('log.', 'lag.'),
      word.slice(0, -4),
      `${word}A`,
      word.replace('+A', '+B'),
    ]) {
      expect(parseVkey(wrong)).toBeNull();
    }
  });

  test('is nobody’s when the key is another, and a lie when the text is', async () => {
    const stranger = new TestKey('stranger').named('log.example');
    expect(await signatureOf(parseNote(signed) ?? expect.fail(), stranger)).toBe('NONE');
    expect(await signatureOf(parseNote(signed) ?? expect.fail(), KEY.named('other.example'))).toBe('NONE');
    expect(await signatureOf(parseNote(signed.replace('\n8\n', '\n9\n')) ?? expect.fail(), NAMED)).toBe('BAD');
  });

  test('may have signatures of kinds that are not known here', async () => {
    const cosigned = `${signed}— witness.example ${toBase64(new Uint8Array(76))}\n`;
    expect(await signatureOf(parseNote(cosigned) ?? expect.fail(), NAMED)).toBe('GOOD');
  });

  test.each([
    '',
    'text',
    'text\n',
    'text\n\n',
    '\n\n— a AAAAAAA=\n',
    'te\txt\n\n— a AAAAAAA=\n',
    'text\n\n— a AAAAAAA=',
    'text\n\n- a AAAAAAA=\n',
    'text\n\n— a AAAA\n',
    'text\n\n— a AAAAAAA=\n— b\n',
  ])('is not: %j', (note) => {
    expect(parseNote(note)).toBeNull();
  });

  test('of a checkpoint says origin, size and root', () => {
    expect(parseCheckpoint(text)).toMatchObject({ origin: 'log.example', size: 8 });
    expect(parseCheckpoint(`${text}an extension\n`)).toMatchObject({ size: 8 });
    for (const wrong of [
      text.slice(0, -1),
      text.replace('\n8', '\n08'),
      text.replace('\n8', '\n-8'),
      text.replace('Xc', 'X'),
      '\n8',
    ]) {
      expect(parseCheckpoint(wrong)).toBeNull();
    }
  });
});

describe('base64', () => {
  test('has one text for the same bytes', () => {
    for (const size of [0, 1, 2, 3, 4, 100_000]) {
      const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 7) % 256);
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }
    for (const wrong of ['A', 'AB', 'AB=', 'AB==\n', 'AR==', '-_==', 'A===']) expect(fromBase64(wrong)).toBeNull();
    for (const wrong of ['A', 'AR', '+/AA', 'AA==']) expect(fromBase64Url(wrong)).toBeNull();
  });
});

describe('tiles', () => {
  test('are those that the standard counts for 70,000 entries, and for 256', () => {
    const counted = (level: number, size: number) => [...tilesOf(level, size)].map(({ width }) => width);
    expect(counted(0, 70_000)).toEqual([...Array.from({ length: 273 }, () => 256), 112]);
    expect(counted(1, 70_000)).toEqual([256, 17]);
    expect(counted(2, 70_000)).toEqual([1]);
    expect(counted(0, 256)).toEqual([256]);
    expect(counted(1, 256)).toEqual([1]);
    expect(counted(2, 256)).toEqual([]);
  });

  test('have paths whose parts are never longer than a thousand files', () => {
    expect(tilePath({ level: 0, index: 5, width: 256 })).toBe('tile/0/005');
    expect(tilePath({ level: 1, index: 1_234_067, width: 256 })).toBe('tile/1/x001/x234/067');
    expect(tilePath({ level: 0, index: 273, width: 112 })).toBe('tile/0/273.p/112');
    expect(bundlePath({ index: 1000, width: 1 })).toBe('tile/entries/x001/000.p/1');
  });
});
