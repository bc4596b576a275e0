import pg from 'pg';
import { expect, test } from 'vitest';

import { readInstant, writeInstant } from '../../src/platform/instant.ts';

const ofPg = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (text: string) => unknown;
/** From the year 100 to 9999, some with a fraction of a millisecond. */
const random = (): number => -59_000_000_000_000 + Math.floor(Math.random() * 312_000_000_000_000);

test('an instant is read as pg reads it, and written as JavaScript writes it', () => {
  for (let n = 0; n < 20_000; n += 1) {
    const at = new Date(random());
    const [day = '', time = ''] = at.toISOString().slice(0, -1).split('T');
    const second = time.slice(0, 8);
    for (const fraction of ['', time.slice(8), `${time.slice(8)}9${n % 100}`, `.${n % 10}`]) {
      const text = `${day} ${second}${fraction}+00`;
      expect(readInstant(text), text).toEqual(ofPg(text));
    }
    expect(writeInstant(at)).toBe(at.toISOString());
  }
});

test.each([
  'infinity',
  '-infinity',
  '2017-04-24 09:30:00+02',
  '2017-04-24 09:30:00-00:30',
  '0044-03-15 12:00:00+00 BC',
  '0044-03-15 12:00:00+00',
  '12017-04-24 09:30:00+00',
  '2017-04-24',
  '',
])('%s is left to pg', (text) => {
  expect(readInstant(text)).toBeNull();
});

test.each([-1e15, -62_000_000_000_000, 1e15])('an instant far away (%d) is written as ever', (at) => {
  expect(writeInstant(new Date(at))).toBe(new Date(at).toISOString());
});

test('what is no instant is not written', () => {
  expect(() => writeInstant(new Date(Number.NaN))).toThrow(RangeError);
});
