import {
  CHANGED_RESPONSIBILITY,
  responsibilityDrafts,
  type ChangedResponsibility,
} from '../intake/responsibility.flow.ts';
import { append, draftsOf, theHub } from '../ledger/append.ts';
import type { Outcome, Recorded } from '../ledger/follower.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { AssetClaimsDecided } from './claim.facts.ts';
import type { Asset } from './claim.ts';

const MOST = 1000;

/**
 * Somebody joined for an organisation that the hub had made: its claims bear its name, and what lies on its desk can be
 * heard from now on. Nothing is sent anew: the feed that it was numbered in is now its own.
 */
export async function openDesk(
  clock: Clock,
  tx: Tx,
  entries: readonly Recorded<{ id: string; name: string }>[],
): Promise<Outcome> {
  const joined = entries.flatMap(({ rows }) => rows);
  const ids = joined.map(({ id }) => id);
  const claims = await tx.query<Asset & { id: string; state: string }>(
    `UPDATE asset_claim a SET organisation_name = o.name, version = version + 1 FROM unnest($1::uuid[], $2::text[]) AS o(id, name)
      WHERE a.organisation_id = o.id AND a.organisation_name <> o.name RETURNING a.id, a.kind, a.role, a.value, a.state`,
    [ids, joined.map(({ name }) => name)],
  );
  const at = clock.now();
  const heard = await tx.query<ChangedResponsibility & object>(
    `UPDATE responsibility x SET reason = 'SENT', party = o.name, since = $2 FROM organisation o
      WHERE o.id = x.party_id AND (x.reporter_id, x.report_id, x.resource, x.role) IN (
        SELECT reporter_id, report_id, resource, role FROM responsibility
         WHERE party_id = ANY ($1) AND reason = 'NO_CHANNEL' AND state = 'NOT_TOLD' ORDER BY report_id LIMIT ${MOST} FOR UPDATE)
     RETURNING ${CHANGED_RESPONSIBILITY}`,
    [ids, at],
  );
  await append(tx, theHub(at), [...(await draftsOf(tx, AssetClaimsDecided, claims)), ...responsibilityDrafts(heard)]);
  return heard.length === MOST ? 'more' : 'done';
}
