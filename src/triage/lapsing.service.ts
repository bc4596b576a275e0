import { draftsOf } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Tx } from '../platform/database/tx.ts';
import { ReporterQuestionsLapsed } from './question.facts.ts';

/** The cases need no answer any more; also for the flow. */
export async function lapseQuestions(tx: Tx, cases: readonly { id: string }[]): Promise<Draft[]> {
  if (cases.length === 0) return [];
  const lapsed = await tx.query<{ id: string }>(
    `UPDATE question SET state = 'LAPSED', version = version + 1 WHERE case_id = ANY ($1) AND state = 'ASKED' RETURNING id`,
    [cases.map(({ id }) => id)],
  );
  return draftsOf(tx, ReporterQuestionsLapsed, lapsed);
}
