import { expect, test } from 'vitest';

import { addressOf } from '../../src/server/limits/address.ts';
import { peerOf, readProxies, type TrustedProxies } from '../../src/server/peer.ts';

const TRUSTED = readProxies('192.0.2.1 192.0.2.2 2001:db8:1::/64') as TrustedProxies;

const seen = (remoteAddress: string | undefined, forwarded?: string, trusted = TRUSTED): string | null =>
  peerOf(
    { socket: { remoteAddress }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } },
    trusted,
  );

test('nobody is believed about others without configuration', () => {
  expect(seen('203.0.113.9', '198.51.100.7', [])).toBe('203.0.113.9');
  expect(seen('203.0.113.9', '198.51.100.7')).toBe('203.0.113.9');
});

test.each([
  ['a proxy says who came', '192.0.2.1', '198.51.100.7', '198.51.100.7'],
  ['a proxy in IPv6 form', '::ffff:192.0.2.1', '198.51.100.7', '198.51.100.7'],
  ['a proxy passes on what a stranger wrote', '192.0.2.1', '198.51.100.7, 203.0.113.9', '203.0.113.9'],
  ['two proxies one behind the other', '192.0.2.1', '198.51.100.7, 192.0.2.2', '198.51.100.7'],
  ['a stranger writes the name of a proxy', '192.0.2.1', '198.51.100.7, 203.0.113.9, 192.0.2.2', '203.0.113.9'],
  ['with a port', '192.0.2.1', '198.51.100.7:4711', '198.51.100.7'],
  ['IPv6 with a port', '2001:db8:1::1', '[2001:db8::7]:4711', '2001:db8::7'],
  ['IPv6 in brackets', '2001:db8:1::1', '[2001:db8::7]', '2001:db8::7'],
  ['the proxy itself', '192.0.2.1', undefined, '192.0.2.1'],
  ['what is no address is in no network', '192.0.2.1', 'unknown', 'unknown'],
])('%s', (_name, remote, forwarded, peer) => expect(seen(remote, forwarded)).toBe(peer));

test('a chain without end, or a connection that has gone, comes from nowhere', () => {
  expect(seen('192.0.2.1', Array.from({ length: 21 }, () => '192.0.2.2').join())).toBeNull();
  expect(seen(undefined, '198.51.100.7')).toBeNull();
});

test.each([
  ['an IPv4 address', '192.0.2.1', '198.51.100.7:4711', '198.51.100.7'],
  ['an IPv4 address that came as IPv6', '::ffff:203.0.113.9', undefined, '203.0.113.9'],
  ['a network of 64 bits of IPv6', '2001:db8:2:3:4:5:6:7', undefined, '8193:3512:2:3'],
  ['one with all of whom nobody can say', '192.0.2.1', 'unknown', 'unknown'],
])('limits count %s as one', (_name, remote, forwarded, address) => {
  expect(addressOf(seen(remote, forwarded))).toBe(address);
});

test('proxies are addresses and blocks, and nothing else', () => {
  expect(readProxies('192.0.2.1, 2001:db8::/32')).toHaveLength(2);
  expect(readProxies('')).toEqual([]);
  for (const text of ['proxy.example', '192.0.2.1/33', '192.0.2.1/24']) expect(readProxies(text)).toBeNull();
});
