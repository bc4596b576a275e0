import { append, theHub } from '../ledger/append.ts';
import type { Outcome } from '../ledger/follower.ts';
import type { Tx } from '../platform/database/tx.ts';
import { AssetClaimsDecided } from './claim.facts.ts';
import { claimDrafts, moveClaims } from './claim.queries.ts';
import { claimStates, type ClaimState } from './claim.states.ts';

const MOST = 1000;
/** Long enough to prove anew what has not changed. */
const WARNED_BEFORE_MS = 30 * 24 * 3600 * 1000;

/** Claims near their end are said to be, and those past it route no longer. Moved by the clock, on whichever node looks. */
export async function ageClaims(tx: Tx, now: Date): Promise<Outcome> {
  const due = await tx.query<{ id: string; state: ClaimState }>(
    `SELECT id, state FROM asset_claim WHERE state = 'VERIFIED' AND valid_until <= $1 OR state = 'EXPIRING' AND valid_until <= $2
      ORDER BY id LIMIT ${MOST} FOR UPDATE SKIP LOCKED`,
    [new Date(now.getTime() + WARNED_BEFORE_MS), now],
  );
  const moves = due.map(({ id, state }) => ({
    id,
    state: claimStates.after(state, state === 'VERIFIED' ? 'warn' : 'expire'),
    until: null,
    decided: false,
  }));
  if (moves.length === 0) return 'done';
  const rows = await moveClaims(tx, moves, now);
  await append(tx, theHub(now), await claimDrafts(tx, AssetClaimsDecided, rows));
  return due.length === MOST ? 'more' : 'done';
}
