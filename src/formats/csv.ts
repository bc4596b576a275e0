import { type Column, type CsvHeader, csvHeader } from './csv-header.ts';
import { type CsvRecord, csvRecords } from './csv-record.ts';
import { type RowError, RowProblem, rowError } from './row-error.ts';
import { type TextLine, textLines } from './text-lines.ts';

/** One indicator as a row gives it: texts as written, nothing judged yet. */
export interface IndicatorRow {
  /** The line on which the row begins, counted from 1. */
  readonly line: number;
  readonly value: string;
  readonly type?: string;
  readonly category?: string;
  /** As written, perhaps of reduced precision: see `instantOf`. */
  readonly firstSeen?: string;
  readonly lastSeen?: string;
  /** 0 to 100, as in STIX 2.1. */
  readonly confidence?: number;
  readonly externalId?: string;
  readonly comment?: string;
}

type TextColumn = Exclude<Column, 'value' | 'confidence'>;

const TEXT_COLUMNS: readonly TextColumn[] = ['type', 'category', 'firstSeen', 'lastSeen', 'externalId', 'comment'];

/**
 * Reads indicators from CSV in UTF-8 (RFC 4180; with `;` or tabs if the header has them). The header line may follow
 * blank lines and lines that begin with `#`; after it such a line is a row, because an id may begin so.
 *
 * Every row becomes an `IndicatorRow` or, without cost to the others, a `RowError`. Takes from the source only what is
 * asked for and keeps no more than one row; closes the source when the reader stops early.
 */
export async function* readIndicatorRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<IndicatorRow | RowError> {
  const lines = textLines(bytes);
  try {
    const header = await readHeader(lines);
    if ('error' in header) {
      yield header;
      return;
    }
    for await (const record of csvRecords(lines, header.delimiter)) {
      yield 'error' in record ? record : rowOf(record, header);
    }
  } finally {
    await lines.return(undefined);
  }
}

async function readHeader(lines: AsyncGenerator<TextLine>): Promise<CsvHeader | RowError> {
  let last = 1;
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    const { number, text } = next.value;
    last = number;
    if (text !== null && (text.trim() === '' || text.startsWith('#'))) continue;
    const header = text === null ? null : csvHeader(text);
    if (header === null) break;
    if (header.places.has('value')) return header;
    const found = header.names
      .join(', ')
      .replace(/\p{Cc}/gu, '\uFFFD')
      .slice(0, 200)
      .toWellFormed();
    return rowError(number, RowProblem.NO_VALUE_COLUMN, `No column is named "value". The first line names: ${found}.`);
  }
  return rowError(
    last,
    RowProblem.NO_HEADER,
    'No header line. Let the first line name the columns, "value" among them.',
  );
}

function rowOf({ line, fields }: CsvRecord, header: CsvHeader): IndicatorRow | RowError {
  if (fields.length !== header.width) {
    const hint = `${fields.length} fields under ${header.width} columns. Quote a field that has the delimiter in it.`;
    return rowError(line, RowProblem.COLUMN_COUNT, hint);
  }
  // The decoder's sign for bytes that are no UTF-8. What they were is lost, so the row would say something else.
  if (fields.some((field) => field.includes('\uFFFD'))) {
    return rowError(line, RowProblem.NOT_UTF8, 'Contains bytes that are not UTF-8. Save the file as UTF-8.');
  }
  const field = (column: Column) => fields[header.places.get(column) ?? -1] ?? '';
  const value = field('value');
  if (value === '') return rowError(line, RowProblem.EMPTY_VALUE, 'The value is empty. Fill it, or leave the row out.');
  const confidence = confidenceOf(field('confidence'));
  if (Number.isNaN(confidence)) {
    return rowError(
      line,
      RowProblem.BAD_CONFIDENCE,
      'The confidence is no whole number from 0 to 100. Correct it, or leave it empty.',
    );
  }
  const texts = TEXT_COLUMNS.map((column) => [column, field(column)] as const).filter(([, text]) => text !== '');
  return { line, value, ...Object.fromEntries(texts), ...(confidence === null ? {} : { confidence }) };
}

/** Null if none is given, NaN if what is given is none. */
function confidenceOf(text: string): number | null {
  if (text === '') return null;
  const confidence = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  return confidence <= 100 ? confidence : NaN;
}
