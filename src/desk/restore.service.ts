import { append, authorOf, draftsOf } from '../ledger/append.ts';
import type { BulkAnswers } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Work } from '../platform/database/work.ts';
import type { Viewer } from '../platform/viewer.ts';
import { onceOrRehearsed } from '../tenancy/idempotency.service.ts';
import type { ReportRestoredInput } from './answer.inputs.ts';
import { takeItems } from './answer.queries.ts';
import { checkNotes, pastInstant } from '../referral/answer.ts';
import { ItemsRestored } from '../referral/referral.facts.ts';

/** What a desk was asked in error, and has undone. */
export class RestoreService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  restore(viewer: Viewer, { idempotencyKey: key, dryRun, ...content }: ReportRestoredInput): Promise<BulkAnswers> {
    checkNotes(content);
    const at = this.clock.now();
    const restoredAt = pastInstant(content.restoredAt, at, 'restoredAt');
    const { note = null, providerReference = null } = content;
    const request = { key, operation: 'reportRestored', input: content, dryRun };
    return onceOrRehearsed(this.work, viewer, request, async (tx) => {
      const { answers, taken } = await takeItems(tx, viewer, content.items, 'restore');
      const rows = await tx.query<{ id: string }>(
        `UPDATE inbox_item SET state = 'CLOSED', basis = 'RESTORED', restored_at = $2, next_at = NULL, note = coalesce($3, note),
            provider_reference = coalesce($4, provider_reference), version = version + 1 WHERE id = ANY ($1) RETURNING id`,
        [taken.map(({ id }) => id), restoredAt, note, providerReference],
      );
      const said = { restoredAt: restoredAt.toISOString(), note, providerReference };
      const drafts = await draftsOf(
        tx,
        ItemsRestored,
        rows.map(({ id }) => ({ id, ...said })),
      );
      const [entryId = null] = await append(tx, authorOf(viewer, at), drafts);
      return { answers, entryId };
    });
  }
}
