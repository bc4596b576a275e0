import { FALLEN } from '../intake/indicator.states.ts';
import type { Tx } from '../platform/database/tx.ts';
import { newIds } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';

export interface Asked {
  readonly id: string;
  readonly kind: string;
  readonly resource: string;
}

/** One question for each report of which something stands in these cases. */
export async function insertQuestions(
  tx: Tx,
  viewer: Viewer,
  cases: readonly { id: string }[],
  question: string,
  at: Date,
): Promise<Asked[]> {
  const pairs = await tx.query<{ case_id: string; report_id: string }>(
    `SELECT DISTINCT case_id, report_id FROM indicator WHERE case_id = ANY ($1) AND outcome NOT IN ${FALLEN}`,
    [cases.map(({ id }) => id)],
  );
  return tx.query<Asked & object>(
    `INSERT INTO question (id, case_id, coordinator_id, coordinator_name, report_id, reporter_id, resource_kind, resource_value, question, state, asked_at)
     SELECT q.id, c.id, $1, $2, q.report_id, (SELECT i.reporter_id FROM indicator i WHERE i.case_id = c.id AND i.report_id = q.report_id LIMIT 1),
         c.resource_kind, c.value, $3, 'ASKED', $4
       FROM unnest($5::uuid[], $6::uuid[], $7::uuid[]) AS q(id, case_id, report_id) JOIN triage_case c ON c.id = q.case_id
     RETURNING id, resource_kind AS kind, resource_value AS resource`,
    [
      viewer.organisationId,
      viewer.organisationName,
      question,
      at,
      newIds(pairs.length),
      pairs.map(({ case_id }) => case_id),
      pairs.map(({ report_id }) => report_id),
    ],
  );
}
