import type { Tx } from '../platform/database/tx.ts';
import type { ClosedBasis } from './inbox-item.states.ts';

/** Ends the delegated items under these, which are locked: their rows stay readable, and nothing more is written to them. */
export function closeChildren(
  tx: Tx,
  parents: readonly string[],
  basis: ClosedBasis,
): Promise<{ id: string; basis: ClosedBasis }[]> {
  return tx.query<{ id: string; basis: ClosedBasis }>(
    `UPDATE inbox_item SET state = 'CLOSED', basis = $2, next_at = NULL, version = version + 1
      WHERE parent_id = ANY ($1) AND state <> 'CLOSED' RETURNING id, basis`,
    [parents, basis],
  );
}
