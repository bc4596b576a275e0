import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import { IndicatorsChanged } from '../intake/report.facts.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';

/** Cases were confirmed: so is every indicator that had joined by the version decided on. */
export async function confirmIndicators(
  clock: Clock,
  tx: Tx,
  entries: readonly Recorded<{ id: string; version: number }>[],
): Promise<Outcome> {
  const decided = entries.flatMap(({ rows }) => rows);
  const changed = await tx.query<{ id: string; outcome: string }>(
    `UPDATE indicator i SET outcome = 'CONFIRMED', version = i.version + 1
       FROM unnest($1::uuid[], $2::int[]) AS c(id, version)
      WHERE i.case_id = c.id AND i.case_version < c.version AND i.outcome = 'IN_TRIAGE' RETURNING i.id, i.outcome`,
    [decided.map(({ id }) => id), decided.map(({ version }) => version)],
  );
  await append(tx, theHub(clock.now()), await draftsOf(tx, IndicatorsChanged, changed));
  return 'done';
}
