import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome } from '../ledger/follower.ts';
import type { Tx } from '../platform/database/tx.ts';
import { resume } from './delegation.flow.ts';
import type { ClosedItem } from '../referral/delegated-item.flow.ts';
import { ItemsClosed, ItemsResumed } from '../referral/referral.facts.ts';

const MOST = 1000;

/** Reviews whose time is over: the desk has said nothing more, so it is its turn again. */
export async function endReviews(tx: Tx, now: Date): Promise<Outcome> {
  const due = await tx.query<{ id: string }>(
    `SELECT id FROM inbox_item WHERE next_at <= $1 AND state = 'IN_REVIEW' ORDER BY next_at LIMIT ${MOST} FOR UPDATE SKIP LOCKED`,
    [now],
  );
  const resumed = await resume(
    tx,
    due.map(({ id }) => id),
    'REVIEW_OVER',
  );
  await append(tx, theHub(now), await draftsOf(tx, ItemsResumed, resumed));
  return due.length === MOST ? 'more' : 'done';
}

/** Delegated items that nobody took up in time: they end, and their delegators have them again. */
export async function returnUnaccepted(tx: Tx, now: Date): Promise<Outcome> {
  const parents = await tx.query<{ id: string }>(
    `SELECT p.id FROM inbox_item c JOIN inbox_item p ON p.id = c.parent_id
      WHERE c.next_at <= $1 AND c.state IN ('SENT', 'DELIVERED') ORDER BY c.next_at LIMIT ${MOST} FOR UPDATE OF p SKIP LOCKED`,
    [now],
  );
  // Asked again of the row itself: a delegate that accepts meanwhile holds its lock, and has it then.
  const ended = await tx.query<ClosedItem & { parent_id: string; awaited: boolean }>(
    `UPDATE inbox_item c SET state = 'CLOSED', basis = 'RETURNED', next_at = NULL, version = c.version + 1 FROM inbox_item p
      WHERE c.parent_id = ANY ($1) AND p.id = c.parent_id AND c.next_at <= $2 AND c.state IN ('SENT', 'DELIVERED')
     RETURNING c.id, c.basis, c.parent_id, p.state = 'DELEGATED' AND p.delegation = c.id AS awaited`,
    [parents.map(({ id }) => id), now],
  );
  const resumed = await resume(
    tx,
    ended.filter(({ awaited }) => awaited).map(({ parent_id }) => parent_id),
    'NOT_ACCEPTED',
  );
  await append(tx, theHub(now), [
    ...(await draftsOf(
      tx,
      ItemsClosed,
      ended.map(({ id, basis }) => ({ id, basis })),
    )),
    ...(await draftsOf(tx, ItemsResumed, resumed)),
  ]);
  return parents.length === MOST ? 'more' : 'done';
}
