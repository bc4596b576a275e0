/** An address or a network as bits: IPv4 in the first of four words of 32 bits, IPv6 in all of them. */
export interface Prefix {
  readonly words: Int32Array;
  isV6: boolean;
  /** How many bits count, from the front: 0 to 32, or to 128. */
  bits: number;
}

export const emptyPrefix = (): Prefix => ({ words: new Int32Array(4), isV6: false, bits: 0 });

const [DOT, COLON] = [46, 58];

/**
 * Reads `192.0.2.1`, `192.0.2.0/24`, `2001:db8::1` or `2001:db8::/32` into a prefix that is there already, since a
 * look-up is too short to make one. Takes the normal form of observables and claims, and no IPv4 inside of IPv6.
 * RangeError for anything else; what the prefix then holds means nothing.
 */
export function readPrefix(text: string, into: Prefix): void {
  const slash = text.indexOf('/');
  const end = slash < 0 ? text.length : slash;
  into.isV6 = text.includes(':');
  const well = into.isV6 ? readV6(text, end, into.words) : readV4(text, end, into.words);
  const most = into.isV6 ? 128 : 32;
  into.bits = slash < 0 ? most : decimal(text, slash + 1, text.length, 3);
  if (!well || into.bits < 0 || into.bits > most)
    throw new RangeError(`${JSON.stringify(text)} is no address or network.`);
}

function readV4(text: string, end: number, words: Int32Array): boolean {
  let [word, from] = [0, 0];
  for (let part = 0; part < 4; part += 1) {
    let to = from;
    while (to < end && text.charCodeAt(to) !== DOT) to += 1;
    const octet = decimal(text, from, to, 3);
    if (octet < 0 || octet > 255 || part < 3 === (to === end)) return false;
    word = (word << 8) | octet;
    from = to + 1;
  }
  words[0] = word;
  return true;
}

/** The groups before `::` go to the front, those after it to the back. */
function readV6(text: string, end: number, words: Int32Array): boolean {
  words.fill(0);
  let [at, count, gap] = [0, 0, -1];
  while (at < end) {
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0 || text.charCodeAt(at + 1) !== COLON) return false;
      gap = count;
      at += 2;
      continue;
    }
    let [group, digits] = [0, 0];
    for (; at < end && text.charCodeAt(at) !== COLON; at += 1, digits += 1) {
      const digit = hexadecimal(text.charCodeAt(at));
      if (digit < 0 || digits === 4) return false;
      group = (group << 4) | digit;
    }
    if (count === 8) return false;
    put(words, count, group);
    count += 1;
    if (at === end) break;
    // A colon parts two groups; two of them are the gap, which is read next.
    if (text.charCodeAt(at + 1) !== COLON) at += 1;
    if (at >= end) return false;
  }
  if (gap < 0) return count === 8;
  return count < 8 && spread(words, gap, count);
}

function spread(words: Int32Array, gap: number, count: number): boolean {
  for (let group = count - 1, to = 7; group >= gap; group -= 1, to -= 1) {
    const value = (word(words, group >> 1) >>> (group % 2 === 0 ? 16 : 0)) & 0xffff;
    put(words, group, 0);
    put(words, to, value);
  }
  return true;
}

const word = (words: Int32Array, at: number): number => words[at] ?? 0;

function put(words: Int32Array, group: number, value: number): void {
  const kept = word(words, group >> 1);
  words[group >> 1] = group % 2 === 0 ? (kept & 0xffff) | (value << 16) : (kept & ~0xffff) | value;
}

/** Digits of base ten without a zero in front, or -1. */
function decimal(text: string, from: number, to: number, most: number): number {
  if (to <= from || to - from > most || (text.charCodeAt(from) === 48 && to - from > 1)) return -1;
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function hexadecimal(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : -1;
}
