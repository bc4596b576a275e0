import { PASSIVE_PAPS, inSql } from '../intake/label.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Question } from './unclaimed.flow.ts';

/**
 * Has the world asked about these, each for its own report: nobody is answered from what was looked up for another.
 * What a reporter keeps to passive means (PAP RED, AMBER) is not asked about.
 */
export function askTheWorld(tx: Tx, questions: readonly Question[], at: Date): void {
  tx.send(
    `INSERT INTO lookup (id, case_id, report_id, resource_kind, value, host, next_at)
     SELECT gen_random_uuid(), c.id, r.id, c.resource_kind, c.value, c.host, $3
       FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[]) AS q(case_id, report_id)) q
       JOIN triage_case c ON c.id = q.case_id JOIN report r ON r.id = q.report_id
      WHERE coalesce(r.pap, 'CLEAR') NOT IN ${inSql(PASSIVE_PAPS)}
        AND NOT EXISTS (SELECT FROM lookup l WHERE l.report_id = r.id AND l.case_id = c.id)`,
    [questions.map(({ caseId }) => caseId), questions.map(({ reportId }) => reportId), at],
  );
}
