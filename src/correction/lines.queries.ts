import { TAKEN_BACK } from '../intake/indicator.states.ts';
import type { Tx } from '../platform/database/tx.ts';
import { GOES_ON } from '../intake/label.ts';
import type { FallenLines } from './correction.facts.ts';

/** A referral that whoever was asked by it can still be corrected about: open, or told and ended with its case. */
export const CORRECTABLE = `f.state <> 'RETRACTED' AND (f.state <> 'CLOSED' OR f.basis IN ('CASE_ENDED', 'WITHDRAWN') AND f.delivered_at IS NOT NULL)`;

/** Whether a referral says anything that neither its reporter nor the coordinator took back. */
const STANDS = `EXISTS (SELECT FROM referred_observable k JOIN indicator i ON i.id = k.indicator_id
  WHERE k.referral_id = f.id AND k.taken_back IS NULL AND i.outcome NOT IN ${TAKEN_BACK})`;

/** The items under which something is said of these cases; locked, in the order of their ids, before anything under them. */
export async function lockItems(tx: Tx, cases: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM inbox_item WHERE id IN (SELECT f.item_id FROM referral f WHERE f.case_id = ANY ($1) AND ${CORRECTABLE}) ORDER BY id FOR UPDATE`,
    [cases],
  );
  return rows.map(({ id }) => id);
}

/** Takes these indicators' lines out of the referrals that stand without them. */
export async function takeLinesOut(
  tx: Tx,
  indicators: readonly string[],
  how: 'WITHDRAWN' | 'RETRACTED',
): Promise<(FallenLines & { case_id: string })[]> {
  const taken = await tx.query<{ id: string; case_id: string; ord: number; value: string }>(
    `UPDATE referred_observable o SET taken_back = $2 FROM referral f
      WHERE o.indicator_id = ANY ($1) AND o.taken_back IS NULL AND f.id = o.referral_id AND ${CORRECTABLE} AND ${STANDS}
     RETURNING f.id, f.case_id, o.ord, o.value`,
    [indicators, how],
  );
  return [...Map.groupBy(taken, ({ id }) => id)].map(([id, each]) => ({
    id,
    case_id: each[0]?.case_id ?? '',
    observables: each.map(({ ord, value }) => ({ ord, value })).sort((a, b) => a.ord - b.ord),
  }));
}

/** The referrals that said something of these indicators, and in which nothing stands any more. */
export async function emptied(tx: Tx, indicators: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT f.id FROM referral f WHERE f.id IN (SELECT referral_id FROM referred_observable WHERE indicator_id = ANY ($1))
        AND ${CORRECTABLE} AND NOT ${STANDS} ORDER BY f.id FOR UPDATE OF f`,
    [indicators],
  );
  return rows.map(({ id }) => id);
}

/** What delegates in hand are shown follows what their delegators see: those of whom less is said now. */
export async function reduceChildren(tx: Tx, parents: readonly string[]): Promise<string[]> {
  const taken = await tx.query<{ item_id: string }>(
    `UPDATE delegated_observable d SET taken_back = true FROM inbox_item c
      WHERE c.parent_id = ANY ($1) AND d.item_id = c.id AND c.state NOT IN ('RETRACTED', 'CLOSED') AND NOT d.taken_back AND NOT EXISTS (
        SELECT FROM referral f JOIN referred_observable o ON o.referral_id = f.id AND o.taken_back IS NULL
         WHERE f.item_id = c.parent_id AND f.state NOT IN ('RETRACTED', 'CLOSED') AND o.type = d.type AND o.value = d.value AND o.category = d.category AND ${GOES_ON})
     RETURNING d.item_id`,
    [parents],
  );
  const rows = await tx.query<{ id: string }>(
    `UPDATE inbox_item c SET version = c.version + 1,
        requested_actions = array(SELECT DISTINCT f.requested_action FROM referral f WHERE f.item_id = c.parent_id AND f.state NOT IN ('RETRACTED', 'CLOSED') ORDER BY 1)
      WHERE c.id = ANY ($1) RETURNING c.id`,
    [[...new Set(taken.map(({ item_id }) => item_id))]],
  );
  return rows.map(({ id }) => id);
}
