import { draftsOf } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import type { Tx } from '../platform/database/tx.ts';
import { newIds } from '../platform/ids.ts';
import { OrganisationCreated } from '../tenancy/organisation.facts.ts';
import { AssetsClaimed } from './claim.facts.ts';
import { oneAtATime } from './claim.queries.ts';
import type { Asset } from './claim.ts';

/** A case as one report knows it; or, without one, as its coordinator has named parties of it. */
export interface Question {
  readonly caseId: string;
  readonly reportId: string | null;
}

interface Stranger extends Asset {
  readonly operator_id: string;
}

/**
 * Parties that are known by a key and have no organisation here yet get one that nobody has claimed: everything is
 * addressed to it from the first day, and whoever joins for it finds it all. It holds the key by a claim like any
 * other's, so the matcher knows no exception.
 */
export async function meetParties(tx: Tx, questions: readonly Question[], at: Date): Promise<Draft[]> {
  if ((await findStrangers(tx, questions)).length === 0) return [];
  // Seen again under the lock: the other lane, or an operator, may just have given the key to somebody.
  await oneAtATime(tx);
  const strangers = await findStrangers(tx, questions);
  const ids = newIds(strangers.length);
  const named = strangers.map((stranger, index) => ({ id: ids[index] ?? '', name: nameOf(stranger), stranger }));
  await tx.query(
    `INSERT INTO organisation (id, name, roles, state, operator_id)
     SELECT o.id, o.name, '{PROVIDER}', 'UNCLAIMED', o.operator FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS o(id, name, operator)`,
    [ids, named.map(({ name }) => name), strangers.map(({ operator_id }) => operator_id)],
  );
  const claims = await claimFor(tx, named, at);
  return [
    ...(await draftsOf(
      tx,
      OrganisationCreated,
      named.map(({ id, name }) => ({ id, name, roles: ['PROVIDER'] })),
    )),
    ...(await draftsOf(tx, AssetsClaimed, claims)),
  ];
}

/** One key for each role that nobody has yet; of several, the one that says most exactly who it is. */
function findStrangers(tx: Tx, questions: readonly Question[]): Promise<Stranger[]> {
  return tx.query<Stranger & object>(
    `WITH known AS (
       SELECT q.case_id, q.report_id, f.kind, f.value, o.operator_id,
           coalesce(f.role, CASE f.kind WHEN 'ASN' THEN 'NETWORK' ELSE 'REGISTRAR' END) AS role
         FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[]) AS q(case_id, report_id)) q
         JOIN party_fact f ON f.object_id = q.case_id AND coalesce(f.report_id, q.report_id) = q.report_id
         JOIN triage_case c ON c.id = q.case_id JOIN organisation o ON o.id = c.coordinator_id
        WHERE f.kind IN ('IANA_REGISTRAR_ID', 'REGISTRAR_HANDLE', 'ASN', 'CONTACT_DOMAIN')
          AND coalesce(f.role, CASE f.kind WHEN 'ASN' THEN 'NETWORK' ELSE 'REGISTRAR' END) = ANY (roles_that_act(c.resource_kind))
          AND NOT EXISTS (SELECT FROM words_on(q.case_id, q.report_id) w WHERE w.role = coalesce(f.role, CASE f.kind WHEN 'ASN' THEN 'NETWORK' ELSE 'REGISTRAR' END))
       UNION ALL
       SELECT q.case_id, NULL, w.kind, w.value, o.operator_id, w.role FROM (SELECT DISTINCT q.case_id FROM unnest($1::uuid[]) AS q(case_id)) q
        CROSS JOIN LATERAL words_on(q.case_id, NULL) w JOIN organisation o ON o.id = w.coordinator_id WHERE w.kind IS NOT NULL),
     strange AS (
       SELECT DISTINCT ON (k.case_id, k.report_id, k.role) k.* FROM known k
        WHERE NOT EXISTS (SELECT FROM match_parties(ARRAY[k.case_id], ARRAY[k.report_id]) m WHERE m.role = k.role)
        ORDER BY k.case_id, k.report_id, k.role, array_position('{IANA_REGISTRAR_ID,REGISTRAR_HANDLE,ASN,CONTACT_DOMAIN}'::text[], k.kind), k.value)
     SELECT DISTINCT ON (s.kind, s.role, s.value) s.kind, s.role, s.value, s.operator_id FROM strange s
      -- Whoever is suspended is known, and is not asked.
      WHERE NOT EXISTS (SELECT FROM asset_claim a WHERE a.key = ANY (keys_of(s.kind, s.role, s.value)) AND a.role = s.role AND a.state IN ('VERIFIED', 'EXPIRING'))
      ORDER BY s.kind, s.role, s.value, s.operator_id`,
    [questions.map(({ caseId }) => caseId), questions.map(({ reportId }) => reportId)],
  );
}

function claimFor(
  tx: Tx,
  named: readonly { id: string; name: string; stranger: Stranger }[],
  at: Date,
): Promise<(Asset & { id: string })[]> {
  return tx.query<Asset & { id: string }>(
    `INSERT INTO asset_claim (id, organisation_id, organisation_name, operator_id, kind, role, value, state, created_at, decided_at)
     SELECT c.id, c.organisation, c.name, c.operator, c.kind, c.role, c.value, 'VERIFIED', $1, $1
       FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[]) AS c(id, organisation, name, operator, kind, role, value)
     RETURNING id, kind, role, value`,
    [
      at,
      newIds(named.length),
      named.map(({ id }) => id),
      named.map(({ name }) => name),
      named.map(({ stranger }) => stranger.operator_id),
      named.map(({ stranger }) => stranger.kind),
      named.map(({ stranger }) => stranger.role),
      named.map(({ stranger }) => stranger.value),
    ],
  );
}

/** What people read of it until somebody joins for it. */
function nameOf({ kind, role, value }: Asset): string {
  switch (kind) {
    case 'IANA_REGISTRAR_ID':
      return `Registrar with IANA id ${value}`;
    case 'REGISTRAR_HANDLE':
      return `Registrar ${value.slice(value.indexOf('/') + 1)} of .${value.slice(0, value.indexOf('/'))}`.slice(0, 200);
    case 'ASN':
      return `Network AS${value}`;
    default:
      return `${role} reached at ${value}`.slice(0, 200);
  }
}
