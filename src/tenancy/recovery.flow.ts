import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome } from '../ledger/follower.ts';
import type { Tx } from '../platform/database/tx.ts';
import { RecoveryExpired } from './recovery.facts.ts';

const MOST = 1000;

/** Recoveries that nobody used within their week. */
export async function endRecoveries(tx: Tx, now: Date): Promise<Outcome> {
  const ended = await tx.query<{ id: string }>(
    `UPDATE recovery SET state = 'EXPIRED', next_at = NULL, version = version + 1 WHERE id IN (
       SELECT id FROM recovery WHERE next_at <= $1 ORDER BY next_at LIMIT ${MOST} FOR UPDATE SKIP LOCKED) RETURNING id`,
    [now],
  );
  await append(tx, theHub(now), await draftsOf(tx, RecoveryExpired, ended));
  return ended.length === MOST ? 'more' : 'done';
}
