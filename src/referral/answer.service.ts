import { append, authorOf, draftsOf } from '../ledger/append.ts';
import { checkBulkSize, takeEach, type BulkAnswers } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import { isKeepable } from '../platform/text.ts';
import type { Viewer } from '../platform/viewer.ts';
import { once } from '../tenancy/idempotency.service.ts';
import type { ActionTaken, DeclineReason } from './answer.ts';
import { itemStates, type ItemVerb } from './inbox-item.states.ts';
import type { AcknowledgeItemsInput, DeclineItemsInput, ItemRef, ReportActionInput } from './answer.inputs.ts';
import { InboxItem } from './inbox-item.entity.ts';
import { ItemsAnswered, type AnswerRow } from './referral.facts.ts';

interface Answer {
  readonly verb: ItemVerb;
  readonly action: ActionTaken | null;
  readonly actedAt: Date | null;
  readonly declineReason: DeclineReason | null;
}

type Content = Omit<AcknowledgeItemsInput, 'idempotencyKey'>;

/** What a desk says of the items on it. Each coordinator who asked hears it from the flow, and of no other. */
export class AnswerService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  acknowledge(viewer: Viewer, { idempotencyKey, ...content }: AcknowledgeItemsInput): Promise<BulkAnswers> {
    const answer: Answer = { verb: 'acknowledge', action: null, actedAt: null, declineReason: null };
    return this.answer(viewer, idempotencyKey, 'acknowledgeItems', content, answer);
  }

  act(viewer: Viewer, { idempotencyKey, ...content }: ReportActionInput): Promise<BulkAnswers> {
    const now = this.clock.now();
    if (content.actedAt && content.actedAt > now)
      throw new Refusal('BAD_INPUT', 'actedAt lies in the future.', ['actedAt']);
    const answer: Answer = {
      verb: 'act',
      action: content.action,
      actedAt: content.actedAt ?? now,
      declineReason: null,
    };
    return this.answer(viewer, idempotencyKey, 'reportAction', content, answer);
  }

  decline(viewer: Viewer, { idempotencyKey, ...content }: DeclineItemsInput): Promise<BulkAnswers> {
    if (content.reason === 'OTHER' && !content.note?.trim()) {
      throw new Refusal('BAD_INPUT', 'OTHER needs a note that says what.', ['note']);
    }
    const answer: Answer = { verb: 'decline', action: null, actedAt: null, declineReason: content.reason };
    return this.answer(viewer, idempotencyKey, 'declineItems', content, answer);
  }

  private answer(
    viewer: Viewer,
    key: string,
    operation: string,
    content: Content,
    answer: Answer,
  ): Promise<BulkAnswers> {
    checkTexts(content);
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key, operation, input: content }, async () => {
        const { answers, taken } = await takeItems(tx, viewer, content.items, answer.verb);
        const rows = await this.write(tx, taken, content, answer);
        const drafts = await draftsOf(tx, ItemsAnswered, rows);
        const [entryId = null] = await append(tx, authorOf(viewer, this.clock.now()), drafts);
        return { answers, entryId };
      }),
    );
  }

  private async write(tx: Tx, taken: readonly InboxItem[], { note, providerReference }: Content, answer: Answer) {
    const { verb, action, actedAt, declineReason } = answer;
    const rows = await tx.query<{ id: string; state: AnswerRow['state']; version: number }>(
      `UPDATE inbox_item t SET state = a.state, acknowledged_at = coalesce(t.acknowledged_at, $3),
          answered_at = CASE WHEN a.state IN ('ACTIONED', 'DECLINED') THEN $3 ELSE t.answered_at END,
          action = coalesce($4, t.action), acted_at = coalesce($5, t.acted_at), decline_reason = $6, note = coalesce($7, t.note),
          provider_reference = coalesce($8, t.provider_reference), version = t.version + 1
         FROM unnest($1::uuid[], $2::text[]) AS a(id, state) WHERE t.id = a.id RETURNING t.id, t.state, t.version`,
      [
        taken.map(({ id }) => id),
        taken.map(({ state }) => itemStates.after(state, verb)),
        this.clock.now(),
        ...[action, actedAt, declineReason, note ?? null, providerReference ?? null],
      ],
    );
    const said = { action, actedAt: actedAt?.toISOString() ?? null, declineReason, note: note ?? null };
    return rows.map((row) => ({ ...row, ...said, providerReference: providerReference ?? null }));
  }
}

function checkTexts({ note, providerReference, items }: Content): void {
  checkBulkSize(items, 'items');
  if (note != null && (note.length > 2000 || !isKeepable(note))) {
    throw new Refusal('BAD_INPUT', 'A note has at most 2,000 whole characters.', ['note']);
  }
  if (providerReference != null && (providerReference.length > 256 || !isKeepable(providerReference))) {
    throw new Refusal('BAD_INPUT', 'A reference has at most 256 whole characters.', ['providerReference']);
  }
}

async function takeItems(tx: Tx, { organisationId }: Viewer, refs: readonly ItemRef[], verb: ItemVerb) {
  const ids = refs.map(({ id }) => rowIdOf('InboxItem', id));
  const found = await tx.list(InboxItem, 'WHERE t.id = ANY ($1) AND t.provider_id = $2 ORDER BY t.id FOR UPDATE', [
    ids,
    organisationId,
  ]);
  return takeEach(refs, ids, found, ({ state }) => itemStates.after(state, verb));
}
