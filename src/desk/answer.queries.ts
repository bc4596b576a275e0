import { checkBulkSize, takeEach, type BulkAnswer } from '../platform/bulk.ts';
import type { Tx } from '../platform/database/tx.ts';
import { Refusal } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import type { ActionTaken, DeclineReason } from '../referral/answer.ts';
import type { ItemRef } from './answer.inputs.ts';
import { InboxItem } from '../referral/inbox-item.entity.ts';
import { itemStates, type ItemVerb } from '../referral/inbox-item.states.ts';

/** What a desk says of items, whatever it is that it says. */
export interface Answer {
  readonly verb: ItemVerb;
  readonly action: ActionTaken | null;
  readonly actedAt: Date | null;
  readonly declineReason: DeclineReason | null;
  readonly suggestedParty: string | null;
  readonly reviewUntil: Date | null;
  readonly question: string | null;
  readonly note: string | null;
  readonly providerReference: string | null;
}

/** The viewer's own items, locked in the order of their ids, and the answer to each as asked. */
export async function takeItems(
  tx: Tx,
  { organisationId }: Viewer,
  refs: readonly ItemRef[],
  verb: ItemVerb,
  check: (item: InboxItem) => void = () => undefined,
): Promise<{ answers: BulkAnswer[]; taken: InboxItem[] }> {
  checkBulkSize(refs, 'items');
  const ids = refs.map(({ id }) => rowIdOf('InboxItem', id));
  const found = await tx.list(InboxItem, 'WHERE t.id = ANY ($1) AND t.provider_id = $2 ORDER BY t.id FOR UPDATE', [
    ids,
    organisationId,
  ]);
  return takeEach(refs, ids, found, (item) => {
    itemStates.after(item.state, verb);
    // One hop: a delegate neither hands on nor asks those whom it does not know.
    if (item.delegator !== null && (verb === 'delegate' || verb === 'ask')) {
      throw new Refusal('WRONG_STATE', `A delegated item does not take ${verb}: turn to ${item.delegator}.`);
    }
    check(item);
  });
}

/** Writes what was said into items that were taken. An answer ends a review, and the time to accept a delegation. */
export function writeAnswer(tx: Tx, taken: readonly InboxItem[], answer: Answer, at: Date) {
  const { action, actedAt, declineReason, suggestedParty, reviewUntil, question, note, providerReference } = answer;
  return tx.query<{ id: string; state: string; version: number }>(
    `UPDATE inbox_item t SET state = a.state, acknowledged_at = coalesce(t.acknowledged_at, $3),
        answered_at = CASE WHEN a.state IN ('ACTIONED', 'DECLINED') THEN $3 ELSE t.answered_at END,
        action = coalesce($4, t.action), acted_at = coalesce($5, t.acted_at), decline_reason = $6, suggested_party = $7,
        review_until = $8, next_at = $8, question = coalesce($9, t.question), asked_at = CASE WHEN $9 IS NULL THEN t.asked_at ELSE $3 END,
        note = coalesce($10, t.note), provider_reference = coalesce($11, t.provider_reference), delegated_to = NULL, version = t.version + 1
       FROM unnest($1::uuid[], $2::text[]) AS a(id, state) WHERE t.id = a.id RETURNING t.id, t.state, t.version`,
    [
      taken.map(({ id }) => id),
      taken.map(({ state }) => itemStates.after(state, answer.verb)),
      ...[at, action, actedAt, declineReason, suggestedParty, reviewUntil, question, note, providerReference],
    ],
  );
}
