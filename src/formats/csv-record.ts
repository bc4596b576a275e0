import { CsvError, parse } from 'csv-parse/sync';

import { type RowError, RowProblem, rowError } from './row-error.ts';
import { MAX_LINE, type TextLine } from './text-lines.ts';

export type Delimiter = ',' | ';' | '\t';

/** One record, as the texts between its delimiters. */
export interface CsvRecord {
  /** The line on which it begins, counted from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** A quoted field may span this many lines. Beyond, a closing quote was forgotten, and the other lines are rows. */
const MAX_LINES_OF_A_RECORD = 20;

/**
 * The records in the lines that are left, blank lines dropped. A record that cannot be read costs no other: reading
 * goes on with the line after its first, where a parser of the whole stream would look for the missing quote to the end.
 */
export async function* csvRecords(
  lines: AsyncIterator<TextLine, unknown>,
  delimiter: Delimiter,
): AsyncGenerator<CsvRecord | RowError> {
  const read: TextLine[] = [];
  while (read.length > 0 || (await pull(lines, read))) {
    const first = read[0]?.number ?? 0;
    const [used, fields] = await nextRecord(lines, read, delimiter);
    read.splice(0, used);
    if (typeof fields === 'string') yield rowError(first, fields, HINTS[fields]);
    else if (fields.some((field) => field !== '')) yield { line: first, fields };
  }
}

/** The fields of one record, without surrounding white space; 'OPEN' if its text ends inside quotes. */
export function csvFields(text: string, delimiter: Delimiter): readonly string[] | 'OPEN' | RowProblem.BROKEN_QUOTES {
  // Without quotes a record is what stands between delimiters: the usual row, and no call to a parser for each.
  if (!text.includes('"')) return text.split(delimiter).map((field) => field.trim());
  try {
    const [fields = []] = parse(text, { delimiter, record_delimiter: '\n', max_record_size: 0, trim: true });
    return fields.map((field) => field.trim());
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'OPEN' : RowProblem.BROKEN_QUOTES;
  }
}

const HINTS = {
  [RowProblem.BROKEN_QUOTES]:
    'Quotes are not closed, or stand inside a field. Quote the whole field and double each quote in it.',
  [RowProblem.TOO_LONG]: `Longer than ${MAX_LINE} characters. Send one indicator per row.`,
};

type Next = [used: number, fields: readonly string[] | keyof typeof HINTS];

async function nextRecord(
  lines: AsyncIterator<TextLine, unknown>,
  read: TextLine[],
  delimiter: Delimiter,
): Promise<Next> {
  let text = read[0]?.text ?? null;
  if (text === null) return [1, RowProblem.TOO_LONG];
  let fields = csvFields(text, delimiter);
  for (let used = 1; fields === 'OPEN' && used < MAX_LINES_OF_A_RECORD; used += 1) {
    if (read.length === used && !(await pull(lines, read))) break;
    const more = read[used]?.text ?? null;
    if (more === null) break;
    text += `\n${more}`;
    if (!more.includes('"')) continue;
    fields = csvFields(text, delimiter);
    if (typeof fields !== 'string') return [used + 1, fields];
  }
  return [1, typeof fields === 'string' ? RowProblem.BROKEN_QUOTES : fields];
}

async function pull(lines: AsyncIterator<TextLine, unknown>, read: TextLine[]): Promise<boolean> {
  const next = await lines.next();
  if (next.done) return false;
  read.push(next.value);
  return true;
}
