import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { resume } from './delegation.flow.ts';
import { ItemsResumed } from '../referral/referral.facts.ts';

/**
 * A coordinator has answered what a desk asked: the desk has its turn again, with the first answer. What it asked the
 * others stays open on their referrals. An answer to what was asked before is none to what was asked since.
 */
export async function passRepliesOn(clock: Clock, tx: Tx, entries: readonly Recorded[]): Promise<Outcome> {
  const items = await tx.query<{ id: string }>(
    `SELECT b.id FROM inbox_item b WHERE b.state = 'NEEDS_INFORMATION'
        AND EXISTS (SELECT FROM referral f WHERE f.id = ANY ($1) AND f.item_id = b.id AND f.replied_at >= b.asked_at) ORDER BY b.id FOR UPDATE`,
    [entries.flatMap(({ rows }) => rows.map(({ id }) => id))],
  );
  const resumed = await resume(
    tx,
    items.map(({ id }) => id),
    'QUESTION_ANSWERED',
  );
  await append(tx, theHub(clock.now()), await draftsOf(tx, ItemsResumed, resumed));
  return 'done';
}
