import { type Delimiter, csvFields } from './csv-record.ts';

export type Column = 'value' | 'type' | 'category' | 'firstSeen' | 'lastSeen' | 'confidence' | 'externalId' | 'comment';

/** The columns this hub reads, each with the names the field has for it, the preferred one first. */
const COLUMN_NAMES: readonly (readonly [Column, readonly string[]])[] = [
  ['value', ['value', 'indicator', 'ioc', 'ioc_value', 'observable']],
  ['type', ['type', 'indicator_type', 'ioc_type']],
  ['category', ['category', 'threat', 'threat_type']],
  ['firstSeen', ['first_seen', 'firstseen']],
  ['lastSeen', ['last_seen', 'lastseen']],
  ['confidence', ['confidence', 'confidence_level']],
  ['externalId', ['external_id', 'externalid', 'id']],
  ['comment', ['comment', 'note', 'notes', 'description']],
];

/** Where the columns stand in a record. Columns that no name is known for are left out. */
export interface CsvHeader {
  readonly delimiter: Delimiter;
  readonly width: number;
  readonly places: ReadonlyMap<Column, number>;
  /** As written, for the sender who has to be told what was found. */
  readonly names: readonly string[];
}

const DELIMITERS: readonly Delimiter[] = [',', ';', '\t'];

/** Reads a header line; the delimiter is the one that finds most columns. Null if its quotes are broken. */
export function csvHeader(line: string): CsvHeader | null {
  let best: CsvHeader | null = null;
  for (const delimiter of DELIMITERS) {
    const names = csvFields(line, delimiter);
    if (typeof names === 'string' || (best && names.length <= best.width)) continue;
    best = { delimiter, names, width: names.length, places: placesOf(names) };
  }
  return best;
}

function placesOf(names: readonly string[]): ReadonlyMap<Column, number> {
  const keys = names.map((name) => name.toLowerCase().replace(/[ -]/g, '_'));
  const places = new Map<Column, number>();
  for (const [column, preferred] of COLUMN_NAMES) {
    const place = preferred.map((name) => keys.indexOf(name)).find((index) => index !== -1);
    if (place !== undefined) places.set(column, place);
  }
  return places;
}
