import { append, authorOf, draftsOf } from '../ledger/append.ts';
import type { BulkAnswers } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Work } from '../platform/database/work.ts';
import type { Viewer } from '../platform/viewer.ts';
import { once } from '../tenancy/idempotency.service.ts';
import { CasesConfirmed } from './case.facts.ts';
import type { ConfirmCasesInput } from './case.inputs.ts';
import { takeCases } from './decision.service.ts';

export class CaseService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  /** The indicators in these cases stand, up to the version decided on. What joins later waits for the next decision. */
  confirm(viewer: Viewer, { idempotencyKey, ...content }: ConfirmCasesInput): Promise<BulkAnswers> {
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key: idempotencyKey, operation: 'confirmCases', input: content }, async () => {
        const { answers, taken } = await takeCases(tx, viewer, content.cases, 'confirm');
        const rows = await tx.query<{ id: string; version: number }>(
          `UPDATE triage_case SET state = CASE WHEN state IN ('NEW', 'IN_TRIAGE') THEN 'CONFIRMED' ELSE state END, assessment = $2,
              confirmed_version = version, version = version + 1
            WHERE id = ANY ($1) RETURNING id, version`,
          [taken.map(({ id }) => id), content.assessment],
        );
        const facts = rows.map((row) => ({ ...row, assessment: content.assessment }));
        const drafts = await draftsOf(tx, CasesConfirmed, facts);
        const [entryId = null] = await append(tx, authorOf(viewer, this.clock.now()), drafts);
        return { answers, entryId };
      }),
    );
  }
}
