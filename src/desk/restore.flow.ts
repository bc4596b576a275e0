import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { closeChildren, type ClosedItem } from '../referral/delegated-item.flow.ts';
import { lockParents } from './delegation.queries.ts';
import { ItemsClosed, ItemsRestored, ReferralsClosed, type RestoredRow } from '../referral/referral.facts.ts';

/**
 * What was retracted was undone: each coordinator that took its request back hears it. What a delegate has undone is
 * undone for its delegator; what the delegator has, for its delegate.
 */
export async function closeRestored(clock: Clock, tx: Tx, entry: Recorded<RestoredRow>): Promise<Outcome> {
  const ids = entry.rows.map(({ id }) => id);
  const above = await restoreParents(tx, ids);
  const children = await closeChildren(tx, ids, 'RESTORED');
  const referrals = await tx.query<ClosedItem & object>(
    `UPDATE referral f SET state = 'CLOSED', basis = 'RESTORED', restored_at = r.restored, answer_note = coalesce(r.note, f.answer_note),
        provider_reference = coalesce(r.reference, f.provider_reference), version = f.version + 1
       FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[]) AS r(item, restored, note, reference)
      WHERE f.item_id = r.item AND f.state = 'RETRACTED' RETURNING f.id, f.basis`,
    [
      ids,
      entry.rows.map(({ restoredAt }) => restoredAt),
      entry.rows.map(({ note }) => note),
      entry.rows.map(({ providerReference }) => providerReference),
    ],
  );
  await append(tx, theHub(clock.now()), [
    ...(await draftsOf(tx, ReferralsClosed, referrals)),
    ...(await draftsOf(tx, ItemsClosed, children)),
    ...(await draftsOf(tx, ItemsRestored, above)),
  ]);
  return 'done';
}

async function restoreParents(tx: Tx, children: readonly string[]): Promise<RestoredRow[]> {
  await lockParents(tx, children);
  const rows = await tx.query<{ id: string; restored_at: Date }>(
    `UPDATE inbox_item p SET state = 'CLOSED', basis = 'RESTORED', restored_at = c.restored_at, version = p.version + 1 FROM inbox_item c
      WHERE c.id = ANY ($1) AND p.id = c.parent_id AND p.delegation = c.id AND p.state = 'RETRACTED' RETURNING p.id, p.restored_at`,
    [children],
  );
  return rows.map(({ id, restored_at }) => ({
    ...{ id, restoredAt: restored_at.toISOString() },
    ...{ note: null, providerReference: null },
  }));
}
