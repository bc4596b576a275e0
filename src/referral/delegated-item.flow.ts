import type { Tx } from '../platform/database/tx.ts';
import { GOES_ON } from '../intake/label.ts';
import type { ClosedBasis } from './inbox-item.states.ts';

export interface ClosedItem {
  id: string;
  basis: ClosedBasis;
}

/** Ends the delegated items under these, which are locked: their rows stay readable, and nothing more is written to them. */
export function closeChildren(tx: Tx, parents: readonly string[], basis: ClosedBasis): Promise<ClosedItem[]> {
  return tx.query<ClosedItem & object>(
    `UPDATE inbox_item SET state = 'CLOSED', basis = $2, next_at = NULL, version = version + 1
      WHERE parent_id = ANY ($1) AND state <> 'CLOSED' RETURNING id, basis`,
    [parents, basis],
  );
}

/** Ends delegated items under these whose delegator does not wait for them any more; what is to be undone stays. */
export function endStrays(tx: Tx, parents: readonly string[]): Promise<ClosedItem[]> {
  return tx.query<ClosedItem & object>(
    `UPDATE inbox_item c SET state = 'CLOSED', basis = 'WITHDRAWN', next_at = NULL, version = c.version + 1 FROM inbox_item p
      WHERE p.id = ANY ($1) AND c.parent_id = p.id AND c.state NOT IN ('RETRACTED', 'CLOSED')
        AND (p.state <> 'DELEGATED' OR p.delegation IS DISTINCT FROM c.id) RETURNING c.id, c.basis`,
    [parents],
  );
}

export interface PlacedChild {
  id: string;
  role: string;
  kind: string;
  resource: string;
}

/**
 * Copies into what delegates have in hand what their delegators see by now and may pass on: what was seen and what is
 * asked; not who asks, who reported it, and what they say of it. Those that grew.
 */
export async function fillChildren(tx: Tx, parents: readonly string[]): Promise<PlacedChild[]> {
  const copied = await tx.query<{ item_id: string }>(
    `WITH seen AS (SELECT DISTINCT ON (c.id, o.type, o.value, o.category) c.id, c.provider_id, c.delegator_id, o.type, o.value, o.category, o.first_seen, o.last_seen, o.tlp
         FROM inbox_item c JOIN inbox_item p ON p.id = c.parent_id AND p.state = 'DELEGATED' AND p.delegation = c.id
         JOIN referral f ON f.item_id = p.id AND f.state NOT IN ('RETRACTED', 'CLOSED') JOIN referred_observable o ON o.referral_id = f.id AND o.taken_back IS NULL AND ${GOES_ON}
        WHERE p.id = ANY ($1) AND c.state NOT IN ('RETRACTED', 'CLOSED')
        ORDER BY c.id, o.type, o.value, o.category, f.sent_at)
     INSERT INTO delegated_observable (item_id, ord, provider_id, delegator_id, type, value, category, first_seen, last_seen, tlp)
     SELECT s.id, (SELECT count(*) FROM delegated_observable d WHERE d.item_id = s.id) + row_number() OVER (PARTITION BY s.id ORDER BY s.type, s.value, s.category) - 1,
         s.provider_id, s.delegator_id, s.type, s.value, s.category, s.first_seen, s.last_seen, s.tlp
       FROM seen s WHERE NOT EXISTS (SELECT FROM delegated_observable d WHERE d.item_id = s.id AND d.type = s.type AND d.value = s.value AND d.category = s.category AND NOT d.taken_back)
     RETURNING item_id`,
    [parents],
  );
  if (copied.length === 0) return [];
  return tx.query<PlacedChild & object>(
    `UPDATE inbox_item c SET version = c.version + 1, due_at = least(c.due_at, p.due_at),
        requested_actions = array(SELECT DISTINCT f.requested_action FROM referral f WHERE f.item_id = p.id AND f.state NOT IN ('RETRACTED', 'CLOSED') ORDER BY 1)
       FROM inbox_item p WHERE c.id = ANY ($1) AND p.id = c.parent_id RETURNING c.id, c.role, c.resource_kind AS kind, c.value AS resource`,
    [[...new Set(copied.map(({ item_id }) => item_id))]],
  );
}
