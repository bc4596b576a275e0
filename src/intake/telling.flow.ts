import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { KEPT_TLPS, inSql } from './label.ts';
import { IndicatorsChanged } from './report.facts.ts';

const MOST = 1000;

/** A reporter widened its consent: so do its indicators, a thousand at a time. */
export async function widenConsent(clock: Clock, tx: Tx, entries: readonly Recorded[]): Promise<Outcome> {
  const reports = entries.flatMap(({ rows }) => rows.map(({ id }) => id));
  const changed = await tx.query<{ id: string; outcome: string }>(
    `UPDATE indicator i SET consents = true, for_one_coordinator = r.tlp IN ${inSql(KEPT_TLPS)}, version = i.version + 1
       FROM report r WHERE r.id = i.report_id AND i.id IN (
        SELECT id FROM indicator WHERE report_id = ANY ($1) AND NOT consents ORDER BY id LIMIT ${MOST} FOR UPDATE)
     RETURNING i.id, i.outcome`,
    [reports],
  );
  await append(tx, theHub(clock.now()), await draftsOf(tx, IndicatorsChanged, changed));
  return changed.length === MOST ? 'more' : 'done';
}
