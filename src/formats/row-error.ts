/** Why a row of an indicator file could not be read. */
export enum RowProblem {
  /** No row can be read: the file ends with this item. */
  NO_HEADER = 'NO_HEADER',
  /** No row can be read: the file ends with this item. */
  NO_VALUE_COLUMN = 'NO_VALUE_COLUMN',
  BROKEN_QUOTES = 'BROKEN_QUOTES',
  COLUMN_COUNT = 'COLUMN_COUNT',
  TOO_LONG = 'TOO_LONG',
  NOT_UTF8 = 'NOT_UTF8',
  EMPTY_VALUE = 'EMPTY_VALUE',
  BAD_CONFIDENCE = 'BAD_CONFIDENCE',
}

/** A row, or a whole file, that could not be read. */
export interface RowError {
  /** The line on which the row begins, counted from 1. */
  readonly line: number;
  readonly error: RowProblem;
  /** What is wrong, and what to send instead. */
  readonly hint: string;
}

export function rowError(line: number, error: RowProblem, hint: string): RowError {
  return { line, error, hint };
}
