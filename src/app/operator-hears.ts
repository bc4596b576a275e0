import { append, theHub } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import { addedRow } from '../ledger/log-key.service.ts';
import { readLogKeys } from '../ledger/log-keys.ts';
import { KeyAdded } from '../ledger/log.facts.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';

/** A new operator hears by which keys its hub signs: the first of them are older than any operator. */
export async function tellKeys(
  clock: Clock,
  tx: Tx,
  entries: readonly Recorded<{ id: string; roles: string[] }>[],
): Promise<Outcome> {
  const operators = entries.flatMap(({ rows }) => rows).filter(({ roles }) => roles.includes('OPERATOR'));
  if (operators.length === 0) return 'done';
  const { log, receipt } = await readLogKeys(tx);
  const keys = [
    ...log.map((key) => ({ ...key, purpose: 'LOG' as const })),
    ...receipt.map((key) => ({ ...key, purpose: 'RECEIPT' as const })),
  ].filter(({ until }) => until === null);
  await append(
    tx,
    theHub(clock.now()),
    operators.flatMap(({ id }) => keys.map((key) => draft(KeyAdded, [{ ...addedRow(key), id }]))),
  );
  return 'done';
}
