import { FALLEN } from '../intake/indicator.states.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import { IndicatorsChanged } from '../intake/report.facts.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { CasesEnded } from './case.facts.ts';
import type { Moved } from './decision.service.ts';

/** Cases were confirmed. */
export async function confirmIndicators(
  clock: Clock,
  tx: Tx,
  entries: readonly Recorded<Confirmed>[],
): Promise<Outcome> {
  const decided = entries.flatMap(({ rows }) => rows);
  // Cases before what is in them, as everybody else: whoever shares them has them, and then wants their indicators.
  tx.send('SELECT FROM triage_case WHERE id = ANY ($1) ORDER BY id FOR UPDATE', [decided.map(({ id }) => id)]);
  await append(tx, theHub(clock.now()), await confirmedIndicators(tx, decided));
  return 'done';
}

type Confirmed = Pick<Moved, 'id' | 'version'>;

/** Every indicator that had joined these cases, which are locked, by the version decided on is confirmed as they are. */
export async function confirmedIndicators(tx: Tx, decided: readonly Confirmed[]): Promise<Draft[]> {
  const changed = await tx.query<{ id: string; outcome: string }>(
    `UPDATE indicator i SET outcome = 'CONFIRMED', version = i.version + 1
       FROM unnest($1::uuid[], $2::int[]) AS c(id, version)
      WHERE i.case_id = c.id AND i.case_version < c.version AND i.outcome = 'IN_TRIAGE' RETURNING i.id, i.outcome`,
    [decided.map(({ id }) => id), decided.map(({ version }) => version)],
  );
  return draftsOf(tx, IndicatorsChanged, changed);
}

/**
 * Some of what these cases held was taken back. What else stood in one may have been withdrawn at the same time, unseen
 * by the decision: a case in which nothing stands any more falls. The cases are locked.
 */
export async function fellTakenBack(tx: Tx, rows: readonly { id: string; reason: string }[]): Promise<Draft[]> {
  const fallen = await tx.query<{ id: string; version: number; state: string; basis: string | null }>(
    `UPDATE triage_case c SET state = 'RETRACTED', basis = r.reason, version = c.version + 1
       FROM unnest($1::uuid[], $2::text[]) AS r(id, reason)
      WHERE c.id = r.id AND c.state IN ('CONFIRMED', 'REFERRED', 'MITIGATED')
        AND NOT EXISTS (SELECT FROM indicator i WHERE i.case_id = c.id AND i.outcome NOT IN ${FALLEN})
     RETURNING c.id, c.version, c.state, c.basis`,
    [rows.map(({ id }) => id), rows.map(({ reason }) => reason)],
  );
  return draftsOf(tx, CasesEnded, fallen);
}
