import type { ApiClient } from '../api-client.ts';
import { EXIT, Failure } from '../failure.ts';
import { print, table } from '../output.ts';
import { PATIENT } from '../patience.ts';
import { AnswerFile } from './answer-file.ts';
import { sendDocument, type DocumentAnswer, type DocumentTerms } from './document-file.ts';

export interface DocumentOptions {
  readonly again?: string;
  readonly answers?: string;
  readonly externalId?: string;
  readonly strict?: true;
  readonly json?: true;
}

const STATUSES: readonly (readonly [status: string, meaning: string])[] = [
  ['ACCEPTED', 'new, and somebody can act'],
  ['CONTEXT', 'new, and nobody can act: file hashes'],
  ['JOINED', 'which you had reported before'],
  ['WITHDRAWN', 'which their source took back'],
  ['REFUSED', ''],
  ['NOTED', 'which claim nothing by themselves'],
  ['UNSUPPORTED', 'which the hub cannot read'],
];

/** Sends a STIX or MISP document and prints what became of its objects. */
export async function submitDocument(
  api: ApiClient,
  path: string,
  terms: DocumentTerms,
  options: DocumentOptions,
): Promise<void> {
  if (options.externalId !== undefined) {
    const message = '--external-id is for CSV: a document brings the ids of its reports along.';
    throw new Failure('USAGE', message, EXIT.USAGE);
  }
  const answers = options.answers === undefined ? null : await AnswerFile.open(options.answers);
  try {
    const answer = await sendDocument(api, path, terms, { again: options.again ?? null, patience: PATIENT });
    await answers?.write(answer.results);
    finish(answer, options);
  } finally {
    await answers?.close();
  }
}

function finish({ reports, results }: DocumentAnswer, { json, strict }: DocumentOptions): void {
  const counts = new Map(STATUSES.map(([status]) => [status, 0]));
  const reasons = new Map<string, number>();
  for (const { status, code } of results) {
    counts.set(status, (counts.get(status) ?? 0) + 1);
    if (code !== null) reasons.set(`${status} ${code}`, (reasons.get(`${status} ${code}`) ?? 0) + 1);
  }
  const tally = [...counts].map(([status, count]) => [status.toLowerCase(), count] as const);
  const ids = reports.map(({ id }) => id);
  print(json, { objects: results.length, ...Object.fromEntries(tally), reports: ids }, () => {
    const lines = [
      ['objects', String(results.length), ''],
      ...STATUSES.flatMap(([status, meaning]) => [
        [status.toLowerCase(), String(counts.get(status) ?? 0), meaning],
        ...[...reasons]
          .filter(([reason]) => reason.startsWith(`${status} `))
          .map(([reason, count]) => ['', String(count), reason]),
      ]),
    ];
    return `${table(['', '', ''], lines).trimStart()}\nreports  ${ids.join(' ') || 'none: nothing to hold'}`;
  });
  if (strict && (counts.get('REFUSED') ?? 0) > 0) process.exitCode = EXIT.INCOMPLETE;
}
