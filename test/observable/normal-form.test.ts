import fc from 'fast-check';
import { expect, test } from 'vitest';

import { readObservable } from '../../src/observable/read-observable.ts';
import { defang } from '../../src/observable/refang.ts';

const DOCUMENTATION = { documentation: true };

// Pieces that mean something to the reader, so that random texts come near its edges.
const piece = fc.oneof(
  fc.constantFrom(
    '.',
    '[.]',
    '(.)',
    '{dot}',
    '[.',
    '.]',
    '((',
    '))',
    '@',
    '(at)',
    ':',
    '[:]',
    '[',
    ']',
    '/',
    '//',
    '\\',
  ),
  fc.constantFrom('http://', 'hxxps://', 'ftp://', 'h**p://', '?', '#', '%', '%2e', '%00', '*', '-', '_', ' ', '\t'),
  fc.constantFrom(
    'shop',
    'example',
    'www',
    'xn--',
    'xn--bro-hoa',
    'é',
    'ß',
    '。',
    'ａ',
    '１',
    'com',
    'blogspot',
    'bit.ly',
  ),
  fc.constantFrom(
    '192.0.2.7',
    '192.0.2.0/24',
    '2001:db8::7',
    '0x7f',
    '0',
    '443',
    '::',
    'd41d8cd98f00b204e9800998ecf8427e',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const mixture = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(''));
const named = fc.tuple(mixture, mixture).map(([front, back]) => `${front}shop.example${back}`);
const anything = fc.oneof(
  mixture,
  named,
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.emailAddress(),
);
const hints = fc.constantFrom(undefined, 'url', 'domain', 'ip', 'email', 'ip-port', 'pattern', 'certificate');

test('every text gets an answer, and an accepted value reads as itself', () => {
  let accepted = 0;
  fc.assert(
    fc.property(anything, hints, (text, hint) => {
      const reading = readObservable(text, hint, DOCUMENTATION);
      if (!reading.ok) {
        expect(reading.hint).toMatch(/\.$/);
        return;
      }
      accepted += 1;
      const { type, value } = reading.observable;
      expect(readObservable(value, type, DOCUMENTATION)).toEqual(reading);
      if (type !== 'PATTERN' && type !== 'X509_SHA256')
        expect(readObservable(value, null, DOCUMENTATION)).toEqual(reading);
    }),
    { numRuns: 5_000 },
  );
  // If the generators missed what is accepted, nothing above would have been checked.
  expect(accepted).toBeGreaterThan(500);
});

test('a defanged value reads as the value', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const reading = readObservable(text, null, DOCUMENTATION);
      if (!reading.ok || /\[[.:@]\]/.test(reading.observable.value)) return;
      expect(readObservable(defang(reading.observable.value), null, DOCUMENTATION)).toEqual(reading);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['[', 2_048],
  ['[.', 1_024],
  ['(at)', 512],
  [' [', 1_024],
  ['http://', 290],
  ['a.', 1_023],
  ['a@', 1_023],
  [':', 2_048],
  ['1:', 1_024],
  ['%', 2_048],
  ['xn--', 512],
  ['é.', 680],
  ['((.))', 400],
  ['a', 100_000],
  [' ', 100_000],
  ['[.]', 33_333],
  ['http://[', 12_500],
  ['\u200b', 100_000],
])('a text of %j repeated %i times is answered', (unit, times) => {
  const text = unit.repeat(times);
  for (const hint of [undefined, 'url', 'email', 'pattern']) expect(readObservable(text, hint)).toHaveProperty('ok');
  expect(readObservable(`http://shop.example/${text}`)).toHaveProperty('ok');
  expect(readObservable(`${text}.shop.example`, text)).toHaveProperty('ok', false);
});
