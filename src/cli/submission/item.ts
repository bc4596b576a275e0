import { instantOf, type Instant } from '../../formats/instant.ts';
import type { IndicatorRow } from '../../formats/csv.ts';
import type { AbuseCategory } from '../../intake/indicator.ts';
import { categoryOf } from '../../intake/category-words.ts';

/** An indicator as `submitReport` takes it. */
export interface Item {
  readonly value: string;
  readonly type?: string;
  readonly category: AbuseCategory;
  readonly confidence?: number;
  readonly firstSeen?: string;
  readonly lastSeen?: string;
  readonly comment?: string;
  readonly externalId?: string;
}

export interface Refusal {
  readonly code: string;
  readonly hint: string;
}

/** A row that can be sent, or that is answered here. */
export type Read = { readonly item: Item } | { readonly refused: Refusal };

/** A longer row is none: it would not fit into a request beside others. */
const MOST_CHARACTERS = 64 * 1024;

/** What a row says, in the API's terms. `forced` wins over what the row says of its category. */
export function readItem(row: IndicatorRow, forced: AbuseCategory | null): Read {
  const first = timeOf(row.firstSeen, ({ at }) => at);
  const last = timeOf(row.lastSeen, endOf);
  if (first === null || last === null) return { refused: BAD_TIME };
  const word = row.category ?? '';
  const category = forced ?? categoryOf(word) ?? 'OTHER';
  // A word that no category stands for, mostly a malware family, is still worth reading for whoever has to act.
  const kept = word !== '' && categoryOf(word) === null ? `threat: ${word}` : undefined;
  const item: Item = {
    value: row.value,
    category,
    ...given({ type: row.type, confidence: row.confidence, externalId: row.externalId }),
    ...given({ firstSeen: first, lastSeen: last, comment: joined(row.comment, kept) }),
  };
  return JSON.stringify(item).length > MOST_CHARACTERS ? { refused: TOO_LONG } : { item };
}

const BAD_TIME: Refusal = {
  code: 'BAD_DATES',
  hint: 'A time is a date, or has a zone: 2017-04, 2017-04-18 or 2017-04-18T09:30:00Z.',
};
const TOO_LONG: Refusal = { code: 'TOO_LONG', hint: `A row has at most ${MOST_CHARACTERS} characters.` };

/** Undefined where none is given, null where it is none. */
function timeOf(text: string | undefined, of: (instant: Instant) => string): string | undefined | null {
  if (text === undefined) return undefined;
  const instant = instantOf(text);
  return instant && of(instant);
}

/** Seen last in 2017 means: until the end of it. */
function endOf({ at, precision }: Instant): string {
  const end = new Date(at);
  switch (precision) {
    case 'second':
      return at;
    case 'day':
      end.setUTCDate(end.getUTCDate() + 1);
      break;
    case 'month':
      end.setUTCMonth(end.getUTCMonth() + 1);
      break;
    case 'year':
      end.setUTCFullYear(end.getUTCFullYear() + 1);
  }
  return new Date(end.getTime() - 1).toISOString();
}

function joined(...texts: readonly (string | undefined)[]): string | undefined {
  const said = texts.filter((text) => text !== undefined);
  return said.length === 0 ? undefined : said.join('; ');
}

type Given<Fields> = { readonly [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };

/** The fields that have a value: one that is left out and one that is undefined are two inputs to the hub. */
function given<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>;
}
