import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

import { readIndicatorRows } from '../../formats/csv.ts';
import { RowProblem } from '../../formats/row-error.ts';
import type { AbuseCategory } from '../../intake/indicator.ts';
import { EXIT, Failure } from '../failure.ts';
import { readItem, type Read } from './item.ts';

/** A row of the file: where it is, what it says, and what is to be sent of it. */
export type FileRow = { readonly line: number; readonly value: string | null } & Read;

/** Rows that are sent at once. */
export interface Batch {
  /** From 0. The same rows are in it whenever this file is read. */
  readonly number: number;
  readonly rows: readonly FileRow[];
  readonly last: boolean;
}

export interface FileFacts {
  readonly rows: number;
  /** SHA-256 of the bytes, in hex. */
  readonly hash: string;
}

export const ROWS_OF_A_BATCH = 1000;
/** With room for what JSON adds, below the 8 MB of the hub's path for large submissions. */
const CHARACTERS_OF_A_BATCH = 1_000_000;

/** Reads the file once: how many rows it has, and what names its content. */
export async function inspectFile(path: string): Promise<FileFacts> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const row of readIndicatorRows(bytesOf(path, hash))) {
    if ('error' in row && isFatal(row.error)) throw new Failure(row.error, `${path}: ${row.hint}`, EXIT.USAGE);
    rows += 1;
  }
  if (rows === 0) throw new Failure('EMPTY', `${path} has no rows.`, EXIT.USAGE);
  return { rows, hash: hash.digest('hex') };
}

/** Its rows, in batches that depend on nothing but the file. Throws when it is no longer the file that was inspected. */
export async function* batchesOf(
  path: string,
  facts: FileFacts,
  forced: AbuseCategory | null,
): AsyncGenerator<Batch, void> {
  const hash = createHash('sha256');
  let rows: FileRow[] = [];
  let size = 0;
  let number = 0;
  for await (const row of readIndicatorRows(bytesOf(path, hash))) {
    if (rows.length === ROWS_OF_A_BATCH || size >= CHARACTERS_OF_A_BATCH) {
      yield { number, rows, last: false };
      number += 1;
      rows = [];
      size = 0;
    }
    const read = 'error' in row ? refusedRow(row) : { line: row.line, value: row.value, ...readItem(row, forced) };
    rows.push(read);
    size += JSON.stringify(read).length;
  }
  if (hash.digest('hex') !== facts.hash) {
    throw new Failure('CHANGED', `${path} changed while it was being sent: the report is not sealed.`, EXIT.USAGE);
  }
  yield { number, rows, last: true };
}

function refusedRow({ line, error, hint }: { line: number; error: RowProblem; hint: string }): FileRow {
  return { line, value: null, refused: { code: error, hint } };
}

function isFatal(problem: RowProblem): boolean {
  return problem === RowProblem.NO_HEADER || problem === RowProblem.NO_VALUE_COLUMN;
}

async function* bytesOf(path: string, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    yield chunk;
  }
}
