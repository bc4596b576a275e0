import type { BulkAnswers } from '../platform/bulk.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { sha256 } from '../platform/ids.ts';
import { isKeepable } from '../platform/text.ts';
import type { Viewer } from '../platform/viewer.ts';

export interface Request {
  /** 1 to 128 characters, of the client's choosing; unique within its organisation for 30 days. */
  readonly key: string;
  readonly operation: string;
  /** What must be the same the second time. */
  readonly input: unknown;
}

const HOLD = { name: 'hold', text: 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS held' };
const KNOWN = {
  name: 'known',
  text: 'SELECT input_hash, answer FROM idempotency WHERE organisation_id = $1 AND key = $2',
};
const REMEMBER = {
  name: 'remember',
  text: 'INSERT INTO idempotency (organisation_id, key, operation, input_hash, answer) VALUES ($1, $2, $3, $4, $5)',
};

/**
 * Does it once: a repeated key is answered with the first answer, and changes nothing. The answer is what rows cannot
 * tell again, small and JSON. Other input under the key is IDEMPOTENCY_MISMATCH; a first request still running is
 * IN_PROGRESS, so that no connection waits for another.
 */
export async function once<Answer extends object>(
  tx: Tx,
  { organisationId }: Viewer,
  { key, operation, input }: Request,
  act: () => Promise<Answer>,
): Promise<Answer> {
  if (key.length < 1 || key.length > 128 || !isKeepable(key)) {
    throw new Refusal('BAD_INPUT', 'An idempotency key has 1 to 128 characters.', ['idempotencyKey']);
  }
  const hash = sha256(operation, ' ', JSON.stringify(input));
  // Together, which is one way to the database and back: what is known is looked up after the lock was tried.
  const [[lock], [known]] = await Promise.all([
    tx.query<{ held: boolean }>(HOLD, [`${organisationId} ${key}`]),
    tx.query<{ input_hash: Buffer; answer: Answer }>(KNOWN, [organisationId, key]),
  ]);
  if (!lock?.held)
    throw new Refusal('IN_PROGRESS', 'The first request with this key is still running.', ['idempotencyKey']);
  if (known) {
    if (known.input_hash.equals(hash)) return known.answer;
    throw new Refusal('IDEMPOTENCY_MISMATCH', 'This key was used with another input.', ['idempotencyKey']);
  }
  const answer = await act();
  tx.send(REMEMBER, [organisationId, key, operation, hash, JSON.stringify(answer)]);
  return answer;
}

/** A bulk act as it is asked for: under its key once, or as a dry run, which no key remembers. */
export interface BulkRequest extends Request {
  readonly dryRun: boolean;
}

/** Does a bulk act once; a dry run answers the same for each item, without an entry, and changes nothing. */
export async function onceOrRehearsed(
  work: Work,
  viewer: Viewer,
  { dryRun, ...request }: BulkRequest,
  act: (tx: Tx) => Promise<BulkAnswers>,
): Promise<BulkAnswers> {
  if (!dryRun) return work.as(viewer, (tx) => once(tx, viewer, request, () => act(tx)));
  const { answers } = await work.rehearse(viewer, act);
  return { answers, entryId: null };
}
