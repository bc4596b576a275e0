import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

import { sha256 } from '../../platform/ids.ts';
import type { ApiClient } from '../api-client.ts';
import { EXIT, Failure } from '../failure.ts';
import { Later, Persistence, type Patience } from '../patience.ts';
import { exitOfRefusal } from '../report-failure.ts';

/** What is said for a document beside what it says itself: the input of `importBundle`, without text and key. */
export interface DocumentTerms {
  readonly title?: string;
  readonly tell?: string;
  readonly coordinator?: string;
  readonly attribution: boolean;
  readonly takeUnflagged: boolean;
  readonly keepComments: boolean;
  readonly defaults: { readonly tlp: string; readonly pap?: string; readonly category?: string };
}

/** The answer to one object, in the order of the document. */
export interface ObjectAnswer {
  readonly objectId: string | null;
  readonly objectType: string;
  readonly status: string;
  readonly code: string | null;
  readonly hint: string | null;
  readonly indicators: readonly object[];
}

export interface DocumentAnswer {
  readonly reports: readonly { readonly id: string }[];
  readonly results: readonly ObjectAnswer[];
}

interface Payload extends Partial<DocumentAnswer> {
  readonly errors: readonly { readonly code: string; readonly message: string; readonly retryable: boolean }[];
}

const IMPORT = `mutation ($input: ImportBundleInput!) { answer: importBundle(input: $input) {
  reports { id } errors { code message retryable } results { objectId objectType status code hint indicators {
    ... on IndicatorAccepted { indicator { id value resource resourceKind } }
    ... on IndicatorJoined { indicator { id value resource resourceKind } } ... on IndicatorRefused { code hint } } } } }`;

/** The hub's path for large requests takes 8 MB, and each quote of the document is two characters there. */
const MOST_BYTES = 7_500_000;

/** Whether a file holds JSON, by its first sign: no header of a CSV file begins with a bracket. */
export async function isDocument(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path, { encoding: 'utf8' }) as AsyncIterable<string>) {
    const start = chunk.replace(/^\uFEFF/, '').trimStart();
    if (start !== '') return start.startsWith('{') || start.startsWith('[');
  }
  return false;
}

/** Sends a document in one request. The same file under the same terms gets the same answer, with no second effect. */
export async function sendDocument(
  api: ApiClient,
  path: string,
  terms: DocumentTerms,
  { again, patience }: { readonly again: string | null; readonly patience: Patience },
): Promise<DocumentAnswer> {
  const { size } = await stat(path);
  if (size > MOST_BYTES) {
    throw new Failure(
      'TOO_LARGE',
      `${path} has ${size} bytes; a document may have ${MOST_BYTES}. Split it.`,
      EXIT.USAGE,
    );
  }
  const bundle = await readFile(path, 'utf8');
  const idempotencyKey = `document-1:${sha256(bundle).toString('hex')}${again === null ? '' : `:${again}`}`;
  const { reports, results } = await new Persistence(patience).run(async () => {
    const input = { idempotencyKey, bundle, ...terms };
    const { answer } = await api.ask<{ answer: Payload }>(IMPORT, { input }, { bulk: true });
    const [error] = answer.errors;
    if (error?.retryable) throw new Later(error.message);
    if (error) throw new Failure(error.code, messageOf(path, error), exitOfRefusal(error.code));
    return answer;
  });
  if (!reports || !results) throw new Error('The hub did not answer the document.');
  return { reports, results };
}

function messageOf(path: string, { code, message }: { code: string; message: string }): string {
  if (code !== 'IDEMPOTENCY_MISMATCH') return `${path}: ${message}`;
  return `${path} was sent before with other options. Give the same ones, or --again WORD: what the hub has, joins.`;
}
