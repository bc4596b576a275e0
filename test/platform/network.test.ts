import { expect, test } from 'vitest';

import { isWithin, networkText, readNetwork, type Network } from '../../src/platform/network.ts';

const written = (text: string): string | null => {
  const network = readNetwork(text);
  return network && networkText(network);
};
const networks = (...texts: string[]): Network[] => texts.map((text) => readNetwork(text) as Network);

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['192.0.2.7/32', '192.0.2.7'],
  ['192.0.2.0/24', '192.0.2.0/24'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:DB8:0:0::/32', '2001:db8::/32'],
  ['2001:db8::7/128', '2001:db8::7'],
  ['::/0', '::/0'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
])('%s is kept as %s', (text, kept) => expect(written(text)).toBe(kept));

test.each([
  '',
  '192.0.2',
  '192.0.2.256',
  '192.0.2.007',
  '0xc0.0.2.7',
  '3221225991',
  '192.0.2.7/33',
  '192.0.2.7/-1',
  '192.0.2.7/024',
  '192.0.2.0/24/8',
  '192.0.2.7/24',
  '2001:db8::7/32',
  '2001:db8::/129',
  '::ffff:192.0.2.0/24',
  'fe80::1%eth0',
  'host.example',
  '192.0.2.7 ',
])('"%s" is no network', (text) => expect(written(text)).toBeNull());

test.each([
  ['192.0.2.7', ['192.0.2.0/24'], true],
  ['192.0.3.7', ['192.0.2.0/24'], false],
  ['::ffff:192.0.2.7', ['192.0.2.0/24'], true],
  ['::ffff:c000:207', ['192.0.2.7'], true],
  ['192.0.2.7', ['::/0'], false],
  ['2001:db8::7', ['0.0.0.0/0'], false],
  ['2001:db8::7', ['192.0.2.0/24', '2001:db8::/32'], true],
  ['2001:db9::7', ['2001:db8::/32'], false],
  ['fe80::7%eth0', ['fe80::/10'], true],
  ['unknown', ['0.0.0.0/0', '::/0'], false],
  [null, ['0.0.0.0/0', '::/0'], false],
])('whether %s is in %j', (address, texts, within) => {
  expect(isWithin(address, networks(...texts))).toBe(within);
});
