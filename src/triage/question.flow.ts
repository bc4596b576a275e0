import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { CasesInformed } from './question.facts.ts';

/** Reporters answered: a case that waited for one of them is on its coordinator's desk again. */
export async function informCases(clock: Clock, tx: Tx, entries: readonly Recorded[]): Promise<Outcome> {
  const questions = entries.flatMap(({ rows }) => rows.map(({ id }) => id));
  const informed = await tx.query<{ id: string; version: number }>(
    `UPDATE triage_case SET state = 'IN_TRIAGE', version = version + 1 WHERE state = 'NEEDS_INFORMATION' AND id IN (
        SELECT c.id FROM triage_case c WHERE c.id IN (SELECT case_id FROM question WHERE id = ANY ($1)) ORDER BY c.id FOR UPDATE)
     RETURNING id, version`,
    [questions],
  );
  await append(tx, theHub(clock.now()), await draftsOf(tx, CasesInformed, informed));
  return 'done';
}
