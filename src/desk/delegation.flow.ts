import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { ActionTaken } from '../referral/answer.ts';
import { afterBusinessHours } from './business-hours.ts';
import { endStrays, fillChildren, type ClosedItem } from '../referral/delegated-item.flow.ts';
import { insertChildren, lockDelegated, lockParents } from './delegation.queries.ts';
import {
  ItemsAnswered,
  ItemsArrived,
  ItemsClosed,
  ItemsResumed,
  type DelegatedRow,
  type ResumedRow,
} from '../referral/referral.facts.ts';

const ACCEPT_WITHIN_HOURS = 8;

/** Items were handed on: each delegate gets one of its own, with what was copied into it. */
export async function placeDelegated(
  clock: Clock,
  tx: Tx,
  entries: readonly Recorded<DelegatedRow>[],
): Promise<Outcome> {
  const rows = entries.flatMap((entry) => entry.rows);
  const at = clock.now();
  const waiting = await lockDelegated(tx, rows);
  const parents = waiting.map(({ id }) => id);
  // What was handed on before and taken back may still lie there, when the lanes brought this first.
  const strays = await endStrays(tx, parents);
  const placed = await insertChildren(tx, waiting, { at, acceptBy: afterBusinessHours(at, ACCEPT_WITHIN_HOURS) });
  await fillChildren(tx, parents);
  const there = new Set(placed.map(({ id }) => id));
  const unplaced = waiting.filter(({ delegation }) => !there.has(delegation)).map(({ id }) => id);
  await append(tx, theHub(at), [
    ...(await draftsOf(tx, ItemsArrived, placed)),
    ...(await draftsOf(tx, ItemsClosed, strays)),
    ...(await draftsOf(tx, ItemsResumed, await resume(tx, unplaced, 'NOT_ACCEPTED'))),
  ]);
  return 'done';
}

interface GivenBack extends ClosedItem {
  readonly parent_id: string;
  readonly action: ActionTaken | null;
  readonly acted_at: Date | null;
  readonly declined: boolean;
  readonly awaited: boolean;
}

/**
 * Delegates have answered: their items end. What one did is its delegator's answer, unless that has answered itself;
 * what one declines is its delegator's again, who may know another way. Neither the delegate's note nor its ticket goes on.
 */
export async function giveBack(tx: Tx, ids: readonly string[], at: Date): Promise<Draft[]> {
  const parents = await lockParents(tx, ids);
  if (parents.length === 0) return [];
  const ended = await tx.query<GivenBack & object>(
    `UPDATE inbox_item c SET state = 'CLOSED', next_at = NULL, version = c.version + 1,
        basis = CASE WHEN p.state = 'DELEGATED' AND p.delegation = c.id THEN 'RETURNED' ELSE 'WITHDRAWN' END FROM inbox_item p
      WHERE c.id = ANY ($1) AND p.id = c.parent_id AND c.state IN ('ACTIONED', 'DECLINED')
     RETURNING c.id, c.basis, c.parent_id, c.action, c.acted_at, c.decline_reason IS NOT NULL AS declined, c.basis = 'RETURNED' AS awaited`,
    [ids],
  );
  const awaited = ended.filter((each) => each.awaited);
  const acted = await answerFor(
    tx,
    awaited.filter(({ declined }) => !declined),
    at,
  );
  const declined = awaited.filter((each) => each.declined).map(({ parent_id }) => parent_id);
  return [
    ...(await draftsOf(
      tx,
      ItemsClosed,
      ended.map(({ id, basis }) => ({ id, basis })),
    )),
    ...(await draftsOf(tx, ItemsAnswered, acted)),
    ...(await draftsOf(tx, ItemsResumed, await resume(tx, declined, 'DELEGATE_DECLINED'))),
  ];
}

/** The delegator's item is answered by what its delegate did; what came to it since unread asks for its own word. */
async function answerFor(tx: Tx, acted: readonly GivenBack[], at: Date) {
  const rows = await tx.query<{
    id: string;
    version: number;
    action: string;
    acted_at: Date;
    delegated_to: string | null;
  }>(
    `UPDATE inbox_item p SET action = c.action, acted_at = c.acted_at, answered_at = $2, version = p.version + 1,
        state = CASE WHEN EXISTS (SELECT FROM referral f WHERE f.item_id = p.id AND NOT f.told AND f.state NOT IN ('ACTIONED', 'DECLINED', 'RETRACTED', 'CLOSED'))
          THEN 'SENT' ELSE 'ACTIONED' END
       FROM inbox_item c WHERE c.id = ANY ($1) AND p.id = c.parent_id RETURNING p.id, p.version, p.action, p.acted_at, p.delegated_to`,
    [acted.map(({ id }) => id), at],
  );
  return rows.map(({ id, version, action, acted_at, delegated_to }) => ({
    ...{ id, version, state: 'ACTIONED' as const, action, actedAt: acted_at.toISOString(), delegatedTo: delegated_to },
    ...{ declineReason: null, note: null, providerReference: null },
    ...{ suggestedParty: null, reviewUntil: null, question: null },
  }));
}

/** Locked items that nobody else has in hand any more: their own desk has them again. */
export async function resume(tx: Tx, ids: readonly string[], reason: ResumedRow['reason']): Promise<ResumedRow[]> {
  if (ids.length === 0) return [];
  const rows = await tx.query<{ id: string; version: number }>(
    `UPDATE inbox_item SET state = 'ACKNOWLEDGED', review_until = NULL, next_at = NULL, delegated_to = NULL, version = version + 1
      WHERE id = ANY ($1) RETURNING id, version`,
    [ids],
  );
  return rows.map((row) => ({ ...row, reason }));
}
