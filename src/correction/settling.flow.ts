import { draftsOf } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Tx } from '../platform/database/tx.ts';
import { ItemsReduced, ItemsRetracted } from './correction.facts.ts';
import { closeChildren, type ClosedItem } from '../referral/delegated-item.flow.ts';
import { reduceChildren } from './lines.queries.ts';
import { ItemsClosed } from '../referral/referral.facts.ts';

/** Undoing a mistake does not wait. */
const RESTORE_WITHIN_MS = 24 * 3600 * 1000;
export const restoreBy = (at: Date): Date => new Date(at.getTime() + RESTORE_WITHIN_MS);

/**
 * Something was taken from under these items, which are locked. What stands under one keeps it as it is, with less
 * said: it may be another coordinator's. Where nothing stands, what was a mistake is to be undone, by delegates too;
 * where nothing was, the item ends.
 */
export async function settleItems(tx: Tx, items: readonly string[], at: Date): Promise<Draft[]> {
  const retracted = await retractItems(tx, items, at);
  const closed = await closeItems(tx, items);
  const ended = closed.map(({ id }) => id);
  const children = await closeChildren(tx, ended, 'CASE_ENDED');
  const gone = new Set([...retracted.map(({ id }) => id), ...ended]);
  const left = items.filter((id) => !gone.has(id));
  const reduced = [...(await touchStanding(tx, left)), ...(await reduceChildren(tx, left))];
  const dueAt = restoreBy(at).toISOString();
  return [
    ...(await draftsOf(
      tx,
      ItemsRetracted,
      retracted.map(({ id }) => ({ id, requestedAction: 'RESTORE' as const, dueAt })),
    )),
    ...(await draftsOf(tx, ItemsClosed, [...closed, ...children])),
    ...(await draftsOf(
      tx,
      ItemsReduced,
      reduced.map((id) => ({ id })),
    )),
  ];
}

/** With the delegated items under them: those in hand, and those whose delegate has acted. */
async function retractItems(tx: Tx, items: readonly string[], at: Date): Promise<{ id: string }[]> {
  const parents = await tx.query<{ id: string }>(
    `UPDATE inbox_item b SET state = 'RETRACTED', basis = NULL, next_at = NULL, due_at = $2, version = b.version + 1
      WHERE b.id = ANY ($1) AND b.state <> 'RETRACTED' AND EXISTS (SELECT FROM referral f WHERE f.item_id = b.id AND f.state = 'RETRACTED')
        AND NOT EXISTS (SELECT FROM referral f WHERE f.item_id = b.id AND f.state NOT IN ('RETRACTED', 'CLOSED')) RETURNING b.id`,
    [items, restoreBy(at)],
  );
  const children = await tx.query<{ id: string }>(
    `UPDATE inbox_item SET state = 'RETRACTED', basis = NULL, next_at = NULL, due_at = $2, requested_actions = '{RESTORE}', version = version + 1
      WHERE parent_id = ANY ($1) AND state <> 'RETRACTED' AND (state <> 'CLOSED' OR basis IN ('RETURNED', 'WITHDRAWN', 'CASE_ENDED') AND action IS NOT NULL)
     RETURNING id`,
    [parents.map(({ id }) => id), restoreBy(at)],
  );
  return [...parents, ...children];
}

/** They end as the last of what was asked under them did. */
function closeItems(tx: Tx, items: readonly string[]): Promise<ClosedItem[]> {
  return tx.query<ClosedItem & object>(
    `UPDATE inbox_item b SET state = 'CLOSED', next_at = NULL, version = b.version + 1,
        basis = CASE WHEN EXISTS (SELECT FROM referral f WHERE f.item_id = b.id AND f.basis = 'CASE_ENDED') THEN 'CASE_ENDED' ELSE 'WITHDRAWN' END
      WHERE b.id = ANY ($1) AND b.state NOT IN ('RETRACTED', 'CLOSED') AND NOT EXISTS (SELECT FROM referral f WHERE f.item_id = b.id AND f.state <> 'CLOSED')
     RETURNING b.id, b.basis`,
    [items],
  );
}

/** Who answers an item by the version it saw learns that less is said of it now. */
async function touchStanding(tx: Tx, items: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `UPDATE inbox_item SET version = version + 1 WHERE id = ANY ($1) AND state NOT IN ('RETRACTED', 'CLOSED') RETURNING id`,
    [items],
  );
  return rows.map(({ id }) => id);
}
