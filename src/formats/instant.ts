export interface Instant {
  /** The first moment the text can mean, in ISO 8601 and UTC, to the millisecond. */
  readonly at: string;
  /** How much of it the text gives. */
  readonly precision: 'year' | 'month' | 'day' | 'second';
}

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|UTC|([+-])(\d{2}):?(\d{2}))$/i;

/**
 * The instant that a text of full or reduced precision (ISO 8601: `2017`, `2017-04`, `2017-04-18`) begins with; null
 * for anything else. A time of day without a zone is none: it can mean any of 26 hours, and an address accused for the
 * wrong hour is another customer's.
 */
export function instantOf(text: string): Instant | null {
  const date = DATE.exec(text.trim());
  if (date) return startOf(date[1], date[2], date[3]);
  const time = TIME.exec(text.trim());
  const day = time && instantOf(time[1] ?? '');
  return time && day ? withinDay(day, time) : null;
}

function startOf(year = '', month?: string, day?: string): Instant | null {
  const iso = `${year}-${month ?? '01'}-${day ?? '01'}`;
  const start = new Date(`${iso}T00:00:00.000Z`);
  // Date takes 30 February for 2 March; and what "happened" before 1970 is a placeholder.
  if (Number(year) < 1970 || Number.isNaN(start.getTime()) || !start.toISOString().startsWith(iso)) return null;
  return { at: start.toISOString(), precision: day ? 'day' : month ? 'month' : 'year' };
}

function withinDay(day: Instant, [, , hour, minute, second, fraction, , sign, ...offset]: string[]): Instant | null {
  const clock = [Number(hour), Number(minute), Number(second ?? 0)] as const;
  const [offsetHours, offsetMinutes] = [Number(offset[0] ?? 0), Number(offset[1] ?? 0)];
  if (clock[0] > 23 || clock[1] > 59 || clock[2] > 59 || offsetHours > 14 || offsetMinutes > 59) return null;
  const millisecond = Number((fraction ?? '').padEnd(3, '0').slice(0, 3));
  const local = Date.parse(day.at) + ((clock[0] * 60 + clock[1]) * 60 + clock[2]) * 1000 + millisecond;
  const ahead = (offsetHours * 60 + offsetMinutes) * 60_000 * (sign === '-' ? -1 : 1);
  return { at: new Date(local - ahead).toISOString(), precision: 'second' };
}
