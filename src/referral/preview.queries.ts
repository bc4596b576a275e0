import { FALLEN } from '../intake/indicator.states.ts';
import { resourceHash } from '../intake/indicator.ts';
import type { ResourceKind } from '../observable/observable.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { ClaimKind, ClaimRole } from '../routing/claim.ts';
import type { PartySource } from '../routing/party-word.ts';
import { WITHHELD } from './asking.queries.ts';

/** How many observables of something may be told, and how many not for which reason. */
export type Tellable = Readonly<Record<string, number>>;

export interface Foreseen {
  readonly role: ClaimRole;
  readonly party: string;
  readonly unclaimed: boolean;
  readonly suspended: boolean;
  readonly claim_kind: ClaimKind | null;
  readonly claim: string | null;
  readonly since: Date;
  readonly given_by: PartySource;
}

export function foresee(
  tx: Tx,
  { kind, host, value }: { kind: string; host: string | null; value: string },
  facts: readonly object[],
): Promise<Foreseen[]> {
  return tx.query<Foreseen & object>(
    `SELECT role, party, unclaimed, suspended, claim_kind, claim, since, given_by FROM foresee_parties($1, $2, $3, $4, $5)`,
    [...[kind, host, value], JSON.stringify(facts), resourceHash({ kind, value })],
  );
}

export interface OwnResource {
  readonly kind: ResourceKind | null;
  readonly value: string;
  readonly facts: readonly object[];
  readonly tellable: Tellable;
}

/** The resources of a report with what its owner said of them; what nobody can switch off stands by itself. */
export function resourcesOf(tx: Tx, report: string): Promise<OwnResource[]> {
  return tx.query<OwnResource & object>(
    `SELECT x.kind, x.value, jsonb_object_agg(coalesce(x.reason, ''), x.n) AS tellable,
        (SELECT coalesce(jsonb_agg(f), '[]') FROM indicator h CROSS JOIN LATERAL jsonb_array_elements(h.hosting) f
          WHERE h.report_id = $1 AND h.resource_kind = x.kind AND h.resource_value = x.value AND h.outcome NOT IN ${FALLEN}) AS facts
       FROM (SELECT i.resource_kind AS kind, coalesce(i.resource_value, i.value) AS value, ${WITHHELD} AS reason, count(*)::int AS n
               FROM indicator i JOIN report r ON r.id = i.report_id WHERE i.report_id = $1 AND i.outcome NOT IN ${FALLEN} GROUP BY 1, 2, 3) x
      GROUP BY 1, 2 ORDER BY 2 LIMIT 1000`,
    [report],
  );
}

/** Of each case, what was confirmed in it. */
export async function tellableOf(tx: Tx, cases: readonly string[]): Promise<Map<string, Tellable>> {
  const rows = await tx.query<{ case_id: string; tellable: Tellable }>(
    `SELECT case_id, jsonb_object_agg(coalesce(reason, ''), n) AS tellable FROM (
        SELECT i.case_id, ${WITHHELD} AS reason, count(*)::int AS n FROM indicator i JOIN triage_case c ON c.id = i.case_id JOIN report r ON r.id = i.report_id
         WHERE i.case_id = ANY ($1) AND i.case_version <= c.confirmed_version AND i.outcome NOT IN ${FALLEN} GROUP BY 1, 2) x GROUP BY 1`,
    [cases],
  );
  return new Map(rows.map(({ case_id, tellable }) => [case_id, tellable]));
}
