import type { ReadingOptions } from './observable.ts';
import { ObservableRefusal, type Refusal, quoted, refuse } from './refusal.ts';

const LAST = 4_294_967_295;

// IANA Special-Purpose AS Numbers (RFC 7249) and what the AS Numbers registry marks as reserved.
const SPECIAL: readonly (readonly [first: number, last: number, meaning: string])[] = [
  [0, 0, 'reserved (RFC 7607)'],
  [112, 112, 'AS112 anycast (RFC 7534)'],
  [23_456, 23_456, 'AS_TRANS (RFC 6793)'],
  [64_512, 65_534, 'private use (RFC 6996)'],
  [65_535, 65_535, 'reserved (RFC 7300)'],
  [65_552, 131_071, 'reserved by IANA'],
  [4_200_000_000, 4_294_967_294, 'private use (RFC 6996)'],
  [LAST, LAST, 'reserved (RFC 7300)'],
];
const DOCUMENTATION: readonly (readonly [first: number, last: number])[] = [
  [64_496, 64_511],
  [65_536, 65_551],
];

/** The number of an autonomous system as decimal digits; read from `64500`, `AS64500` or asdot `1.10` (RFC 5396). */
export function readAsn(text: string, { documentation = false }: ReadingOptions): string | Refusal {
  const [, high, low] = /^(?:AS)?(?:(\d{1,5})\.)?(\d{1,10})$/i.exec(text.trim()) ?? [];
  const number = Number(high ?? 0) * 65_536 + Number(low);
  if (low === undefined || (high !== undefined && Number(low) > 65_535) || number > LAST) {
    return refuse(ObservableRefusal.UNRECOGNISED, `${quoted(text)} is no AS number. Send a form such as AS64500.`);
  }
  const within = ([first, last]: readonly [number, number, ...unknown[]]): boolean => first <= number && number <= last;
  const special = SPECIAL.find(within)?.[2];
  const meaning = special ?? (!documentation && DOCUMENTATION.some(within) ? 'documentation (RFC 5398)' : undefined);
  if (meaning === undefined) return String(number);
  return refuse(ObservableRefusal.RESERVED, `${quoted(text)} has no holder on the public Internet: it is ${meaning}.`);
}
