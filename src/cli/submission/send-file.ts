import type { AbuseCategory } from '../../intake/indicator.ts';
import type { ApiClient } from '../api-client.ts';
import { EXIT, Failure } from '../failure.ts';
import { batchesOf, type FileFacts } from './indicator-file.ts';
import type { Patience } from '../patience.ts';
import { Submission, type ReportText, type RowAnswer } from './submission.ts';
import { Tally } from './tally.ts';

export interface Sending {
  readonly path: string;
  readonly facts: FileFacts;
  readonly text: ReportText;
  /** Of every row, whatever it says itself. */
  readonly category: AbuseCategory | null;
  /** Sets this report apart from an earlier one of the same file; null for the file's own. */
  readonly again: string | null;
  readonly patience: Patience;
  /** Given the answers to each batch, in the order of the file. */
  readonly onAnswers: (answers: readonly RowAnswer[]) => Promise<void> | void;
}

export interface Sent {
  readonly report: string | null;
  readonly tally: Tally;
}

/** Sends a file as one report, an answer for each row. The same file again gets the same answers, with no second effect. */
export async function sendFile(api: ApiClient, sending: Sending): Promise<Sent> {
  const { path, facts, text, category, again, patience } = sending;
  const key = `file-1:${facts.hash}${again === null ? '' : `:${again}`}`;
  const submission = new Submission(api, text, key, patience);
  const tally = new Tally();
  try {
    for await (const batch of batchesOf(path, facts, category)) {
      const answers = await submission.send(batch);
      tally.add(answers);
      await sending.onAnswers(answers);
    }
  } catch (error) {
    throw error instanceof Failure && error.code === 'IDEMPOTENCY_MISMATCH' ? sentOtherwise(path) : error;
  }
  return { report: submission.report, tally };
}

function sentOtherwise(path: string): Failure {
  const message =
    `${path} was sent before with another title, TLP or other option, and that report stands. Give the same options to ` +
    'get its answers, or --again WORD to make another report of the same file.';
  return new Failure('IDEMPOTENCY_MISMATCH', message, EXIT.INCOMPLETE);
}
