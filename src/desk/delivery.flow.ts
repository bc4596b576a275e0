import { ResponsibilityState } from '../intake/responsibility.states.ts';
import { markByReferral, responsibilityDrafts } from '../intake/responsibility.flow.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { ReferralsRetracted } from '../correction/correction.facts.ts';
import {
  ItemsArrived,
  ItemsDelivered,
  ReferralsDelivered,
  ReferralsExtended,
  ReferralsIssued,
} from '../referral/referral.facts.ts';

const MOST = 1000;

/**
 * A desk has read its events up to here: what was issued, extended or taken back by then is told, from the instant at which it
 * said so. Nothing weaker proves it; a program that only reads has told nobody.
 */
export async function proveDelivery(
  clock: Clock,
  tx: Tx,
  { rows: [row], at }: Recorded<{ id: string; upTo: string }>,
): Promise<Outcome> {
  if (!row) return 'done';
  const told = await takeUntold(tx, row.id, row.upTo);
  if (told.length > 0) await deliver(clock, tx, told, at);
  const handedOn = await deliverHandedOn(clock, tx, row, at);
  return told.length === MOST || handedOn === MOST ? 'more' : 'done';
}

function takeUntold(tx: Tx, providerId: string, upTo: string): Promise<{ id: string }[]> {
  return tx.query<{ id: string }>(
    `SELECT f.id FROM referral f WHERE f.provider_id = $1 AND NOT f.told AND f.state <> 'CLOSED' AND $2::bigint >=
       (SELECT max(e.seq) FROM entry_subject s JOIN feed e ON e.organisation_id = $1 AND e.entry_id = s.entry_id AND e.kind = ANY ($3)
         WHERE s.subject_id = f.id)
      ORDER BY f.id LIMIT ${MOST} FOR UPDATE OF f`,
    [providerId, upTo, [ReferralsIssued.kind, ReferralsExtended.kind, ReferralsRetracted.kind]],
  );
}

async function deliver(clock: Clock, tx: Tx, told: readonly { id: string }[], at: Date): Promise<void> {
  const ids = told.map(({ id }) => id);
  await tx.query(
    `UPDATE referral SET told = true, delivered_at = coalesce(delivered_at, $2), version = version + 1,
        state = CASE state WHEN 'SENT' THEN 'DELIVERED' ELSE state END WHERE id = ANY ($1)`,
    [ids, at],
  );
  const items = await tx.query<{ id: string }>(
    `UPDATE inbox_item b SET delivered_at = coalesce(b.delivered_at, $2), version = b.version + 1, state = 'DELIVERED'
       FROM (SELECT DISTINCT item_id FROM referral WHERE id = ANY ($1)) f WHERE b.id = f.item_id AND b.state = 'SENT' RETURNING b.id`,
    [ids, at],
  );
  const progress = ids.map((referralId) => ({ referralId, state: ResponsibilityState.TOLD, reason: null }));
  const responsibilities = await markByReferral(tx, progress, at);
  await append(tx, theHub(clock.now()), [
    ...(await draftsOf(tx, ReferralsDelivered, told)),
    ...(await draftsOf(tx, ItemsDelivered, items)),
    ...responsibilityDrafts(responsibilities),
  ]);
}

/** A delegated item has no request under it: the entry of its arrival is what its desk must have read. How many. */
async function deliverHandedOn(
  clock: Clock,
  tx: Tx,
  { id, upTo }: { id: string; upTo: string },
  at: Date,
): Promise<number> {
  const items = await tx.query<{ id: string }>(
    `UPDATE inbox_item SET state = 'DELIVERED', delivered_at = $3, version = version + 1 WHERE state = 'SENT' AND id IN (
       SELECT b.id FROM inbox_item b WHERE b.provider_id = $1 AND b.state = 'SENT' AND b.parent_id IS NOT NULL AND $2::bigint >=
         (SELECT max(e.seq) FROM entry_subject s JOIN feed e ON e.organisation_id = $1 AND e.entry_id = s.entry_id AND e.kind = $4 WHERE s.subject_id = b.id)
        ORDER BY b.id LIMIT ${MOST} FOR UPDATE OF b) RETURNING id`,
    [id, upTo, at, ItemsArrived.kind],
  );
  if (items.length > 0) await append(tx, theHub(clock.now()), await draftsOf(tx, ItemsDelivered, items));
  return items.length;
}
