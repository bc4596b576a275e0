import type { Known, RoutingClaim } from './matcher/matcher.ts';

/** A number from 0 to below `most` that looks like chance and is the same in every run (Knuth, TAOCP 2, 3.3.4, by way of MurmurHash3). */
function chance(n: number, salt: number, most: number): number {
  let h = Math.imul(n + 1, 0x9e37_79b1) ^ Math.imul(salt + 1, 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return ((h ^ (h >>> 16)) >>> 0) % most;
}

const id = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

/**
 * Networks in blocks that nobody holds: four in five IPv4 of /12 to /28 in 240.0.0.0/4, most of them /22 to /24 as in
 * the routing tables, the rest IPv6 of /40 to /64 in 2001:db8::/32. Of half a million some three lie around an address.
 */
export function* madeRanges(count: number): Generator<RoutingClaim> {
  for (let n = 0; n < count; n += 1) {
    yield { id: id(n), kind: 'IP_PREFIX', role: n % 3 === 0 ? 'HOST' : 'NETWORK', value: range(n) };
  }
}

function range(n: number): string {
  const thousandth = chance(n, 1, 1000);
  if (n % 5 === 4)
    return v6(n, thousandth < 5 ? 40 + 4 * chance(n, 2, 2) : thousandth < 700 ? 48 : 52 + 4 * chance(n, 2, 4));
  if (thousandth < 4) return v4(n, 12 + chance(n, 2, 8));
  return v4(
    n,
    thousandth < 700 ? 22 + chance(n, 2, 3) : thousandth < 900 ? 20 + chance(n, 2, 2) : 25 + chance(n, 2, 4),
  );
}

function v4(n: number, length: number): string {
  const bits = ((0xf000_0000 | chance(n, 3, 0x1000_0000)) & (-1 << (32 - length))) >>> 0;
  return `${dotted(bits)}/${length}`;
}

const dotted = (bits: number): string => [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');

/** Of the 32 bits after 2001:db8:, up to /64. */
function v6(n: number, length: number): string {
  const bits = (chance(n, 3, 0x1_0000_0000) & (-1 << (64 - length))) >>> 0;
  return `2001:db8:${groups(bits)}/${length}`;
}

/** In the form of RFC 5952, where `::` stands for the longest run of zeros. */
function groups(bits: number): string {
  const [third, fourth] = [bits >>> 16, bits & 0xffff];
  if (fourth !== 0) return `${third.toString(16)}:${fourth.toString(16)}::`;
  return third === 0 ? ':' : `${third.toString(16)}::`;
}

/** Names of two to four labels below .example; one in four has another one of them above it. */
export function* madeSuffixes(count: number): Generator<RoutingClaim> {
  for (let n = 0; n < count; n += 1) {
    yield {
      id: id(0x1000_0000 + n),
      kind: 'DOMAIN_SUFFIX',
      role: n % 3 === 0 ? 'HOST' : 'REGISTRAR',
      value: suffix(n),
    };
  }
}

function suffix(n: number): string {
  if (n % 8 === 7) return `eu.${suffix(n - 1)}`;
  if (n % 8 === 5) return `www.${suffix(n - 1)}`;
  return n % 8 === 3 ? `s${n}.brand-${n % 1000}.example` : `shop-${n.toString(36)}.example`;
}

/** Addresses and hosts in turn; most lie in or below something that is claimed, and one host in five does not. */
export function madeQuestions(count: number, names: number): Known[] {
  return Array.from({ length: count }, (_, n): Known => {
    if (n % 2 === 0) return { kind: 'ADDRESS', value: address(n) };
    const host = n % 10 === 1 ? `nobody-${n}.example` : suffix(chance(n, 5, names));
    return { kind: 'HOST', value: n % 4 === 1 ? `login.${host}` : host };
  });
}

function address(n: number): string {
  if (n % 10 !== 8) return dotted((0xf000_0000 | chance(n, 4, 0x1000_0000)) >>> 0);
  const bits = chance(n, 4, 0x1_0000_0000);
  return `2001:db8:${(bits >>> 16).toString(16)}:${(bits & 0xffff).toString(16)}::1`;
}
