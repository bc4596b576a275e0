import type { Tx } from '../platform/database/tx.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { GOES_ON } from '../intake/label.ts';
import type { PlacedChild } from '../referral/delegated-item.flow.ts';
import type { DelegatedRow } from '../referral/referral.facts.ts';

/** The delegators' items, locked in the order of their ids, before anything under them is touched. */
export async function lockParents(tx: Tx, children: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM inbox_item WHERE id IN (SELECT parent_id FROM inbox_item WHERE id = ANY ($1)) ORDER BY id FOR UPDATE`,
    [children],
  );
  return rows.map(({ id }) => id);
}

/** The items of these that still wait for the very delegate of the row. */
export async function lockDelegated(tx: Tx, rows: readonly DelegatedRow[]): Promise<DelegatedRow[]> {
  const locked = await tx.query<{ delegation: string }>(
    `SELECT delegation FROM inbox_item WHERE id = ANY ($1) AND state = 'DELEGATED' AND delegation = ANY ($2) ORDER BY id FOR UPDATE`,
    [rows.map(({ id }) => id), rows.map(({ delegation }) => delegation)],
  );
  const waiting = new Set(locked.map(({ delegation }) => delegation));
  return rows.filter(({ delegation }) => waiting.has(delegation));
}

/** Puts each on its delegate's desk, unless that organisation cannot be reached any more. */
export function insertChildren(
  tx: Tx,
  rows: readonly DelegatedRow[],
  { at, acceptBy }: { at: Date; acceptBy: Date },
): Promise<PlacedChild[]> {
  return tx.query<PlacedChild & object>(
    `INSERT INTO inbox_item AS t (id, provider_id, provider_name, parent_id, delegator_id, delegator_name, role, resource, resource_kind, value, state,
       due_at, sent_at, next_at, delegation_note)
     SELECT r.delegation, d.id, d.name, p.id, p.provider_id, o.name, p.role, p.resource, p.resource_kind, p.value, 'SENT', least(r.due, p.due_at), $6, $7, r.note
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[]) AS r(id, delegation, delegate, note, due)
       JOIN inbox_item p ON p.id = r.id JOIN organisation o ON o.id = p.provider_id
       JOIN organisation d ON d.id = r.delegate AND d.state = 'ACTIVE' AND 'PROVIDER' = ANY (d.roles)
     ON CONFLICT DO NOTHING RETURNING t.id, t.role, t.resource_kind AS kind, t.value AS resource`,
    [
      rows.map(({ id }) => id),
      rows.map(({ delegation }) => delegation),
      rows.map(({ delegate }) => delegate),
      rows.map(({ note }) => note),
      rows.map(({ dueAt }) => dueAt),
      at,
      acceptBy,
    ],
  );
}

/** Of these items of the viewer's, those under which something lies that it may show to a delegate. */
export async function findPassable(
  tx: Tx,
  { organisationId }: Viewer,
  refs: readonly { readonly id: string }[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ item_id: string }>(
    `SELECT DISTINCT f.item_id FROM referral f JOIN referred_observable o ON o.provider_id = $2 AND o.referral_id = f.id
      WHERE f.item_id = ANY ($1) AND f.provider_id = $2 AND f.state NOT IN ('RETRACTED', 'CLOSED') AND o.taken_back IS NULL AND ${GOES_ON}`,
    [refs.flatMap(({ id }) => rowIdOf('InboxItem', id) ?? []), organisationId],
  );
  return new Set(rows.map(({ item_id }) => item_id));
}
