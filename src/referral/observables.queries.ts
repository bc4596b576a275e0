import type { Tx } from '../platform/database/tx.ts';
import type { PlacedReferral } from './issue.queries.ts';

/** Copies what the referrals show; those known before that grew by it, with how much. They must be told of it again. */
export async function copyObservables(
  tx: Tx,
  issued: readonly PlacedReferral[],
  known: readonly PlacedReferral[],
): Promise<{ id: string; itemId: string; observables: number }[]> {
  const pairs = [...issued, ...known].flatMap(({ id, placed }) =>
    placed.lines.map((line) => ({ referral: id, indicator: line.id })),
  );
  const copied = await tx.query<{ referral_id: string }>(
    `INSERT INTO referred_observable (referral_id, ord, provider_id, coordinator_id, indicator_id, type, value, category, confidence,
       first_seen, last_seen, comment, reporter_name, tlp)
     SELECT f.id, (SELECT count(*) FROM referred_observable o WHERE o.referral_id = f.id) + row_number() OVER (PARTITION BY f.id ORDER BY i.id) - 1,
         f.provider_id, f.coordinator_id, i.id, i.type, i.value, i.category, i.confidence, i.first_seen, i.last_seen, i.comment,
         CASE WHEN r.attribution THEN r.owner_name END, r.tlp
       FROM unnest($1::uuid[], $2::uuid[]) AS p(referral, indicator) JOIN referral f ON f.id = p.referral
       JOIN indicator i ON i.id = p.indicator JOIN report r ON r.id = i.report_id
      WHERE NOT EXISTS (SELECT FROM referred_observable o WHERE o.referral_id = f.id AND o.indicator_id = i.id)
     RETURNING referral_id`,
    [pairs.map(({ referral }) => referral), pairs.map(({ indicator }) => indicator)],
  );
  const counts = Map.groupBy(copied, ({ referral_id }) => referral_id);
  const grown = known.flatMap(({ id, itemId }) => {
    const observables = counts.get(id)?.length ?? 0;
    return observables > 0 ? [{ id, itemId, observables }] : [];
  });
  reopen(tx, issued, grown);
  return grown;
}

/** An item to which something was added asks for an answer again; one that nobody has answered yet only grows. */
function reopen(tx: Tx, issued: readonly PlacedReferral[], grown: readonly { id: string; itemId: string }[]): void {
  const items = [...new Set([...issued, ...grown].map(({ itemId }) => itemId))];
  tx.send(
    `UPDATE inbox_item b SET version = b.version + 1, due_at = least(b.due_at, f.due),
        state = CASE WHEN b.state IN ('ACTIONED', 'DECLINED') THEN 'SENT' ELSE b.state END,
        delegated_to = CASE WHEN b.state IN ('ACTIONED', 'DECLINED') THEN NULL ELSE b.delegated_to END
       FROM (SELECT item_id, min(due_at) AS due FROM referral WHERE item_id = ANY ($1) AND state NOT IN ('CLOSED', 'RETRACTED') GROUP BY 1) f WHERE b.id = f.item_id`,
    [items],
  );
  tx.send(
    `UPDATE referral f SET told = false, item_version = b.version, version = f.version + 1,
        state = CASE WHEN f.state IN ('ACTIONED', 'DECLINED') THEN 'SENT' ELSE f.state END,
        delegated_to = CASE WHEN f.state IN ('ACTIONED', 'DECLINED') THEN NULL ELSE f.delegated_to END
       FROM inbox_item b WHERE f.id = ANY ($1) AND b.id = f.item_id`,
    [[...issued, ...grown].map(({ id }) => id)],
  );
}
