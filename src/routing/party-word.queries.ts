import type { Tx } from '../platform/database/tx.ts';
import { newIds } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import type { Case } from '../triage/case.entity.ts';
import type { ClaimRole } from './claim.ts';
import type { ContactMark, Word } from './party-word.ts';

/** What stands for a case in one role: somebody who is known and may be asked, and what the coordinator has said. */
export interface Standing {
  readonly case_id: string;
  readonly provider_id: string | null;
  readonly provider_name: string | null;
  readonly says: Word['says'] | null;
}

/** In the order of the cases; one row each. */
export function standingOf(tx: Tx, cases: readonly Case[], role: ClaimRole): Promise<Standing[]> {
  return tx.query<Standing & object>(
    `SELECT c.id AS case_id, p.provider_id, p.provider_name, n.says FROM triage_case c
       LEFT JOIN parties_of_cases($1) p ON p.case_id = c.id AND p.role = $2 AND NOT p.suspended
       LEFT JOIN named_party n ON n.coordinator_id = c.coordinator_id AND n.resource = c.resource AND n.role = $2
      WHERE c.id = ANY ($1)`,
    [cases.map(({ id }) => id), role],
  );
}

export interface Said {
  readonly role: ClaimRole;
  readonly word: Word;
  readonly reason: string | null;
  readonly at: Date;
}

/** Of a resource that has an open case and older ones, the newest stands for all. */
export async function writeWords(tx: Tx, viewer: Viewer, cases: readonly Case[], said: Said): Promise<void> {
  const { says, by } = said.word;
  const key = by !== null && 'kind' in by ? by : null;
  await tx.query(
    `INSERT INTO named_party AS n (id, coordinator_id, resource, role, says, provider, kind, value, reason, said_in, case_version, named_at)
     SELECT DISTINCT ON (c.resource) w.id, $3, c.resource, $4, $5, $6, $7, $8, $9, c.id, c.version, $10
       FROM unnest($1::uuid[], $2::uuid[]) AS w(id, case_id) JOIN triage_case c ON c.id = w.case_id ORDER BY c.resource, c.id DESC
     ON CONFLICT (coordinator_id, resource, role) DO UPDATE SET says = excluded.says, provider = excluded.provider, kind = excluded.kind,
       value = excluded.value, reason = excluded.reason, said_in = excluded.said_in, case_version = excluded.case_version, named_at = excluded.named_at`,
    [
      newIds(cases.length),
      cases.map(({ id }) => id),
      ...[viewer.organisationId, said.role, says, by !== null && 'organisation' in by ? by.organisation : null],
      ...[key?.kind ?? null, key?.value ?? null, said.reason, said.at],
    ],
  );
}

export interface Reached {
  readonly role: ClaimRole;
  readonly contact: string | null;
  readonly mark: ContactMark | null;
  readonly at: Date;
}

export async function writeContacts(tx: Tx, viewer: Viewer, parties: readonly Standing[], how: Reached): Promise<void> {
  await tx.query(
    `INSERT INTO party_contact AS p (id, coordinator_id, provider_id, role, contact, mark, noted_in, noted_at)
     SELECT DISTINCT ON (w.provider) w.id, $4, w.provider, $5, $6, $7, w.case_id, $8
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS w(id, provider, case_id) ORDER BY w.provider, w.case_id DESC
     ON CONFLICT (coordinator_id, provider_id, role) DO UPDATE SET contact = excluded.contact, mark = excluded.mark, noted_in = excluded.noted_in, noted_at = excluded.noted_at`,
    [
      newIds(parties.length),
      parties.map(({ provider_id }) => provider_id),
      parties.map(({ case_id }) => case_id),
      ...[viewer.organisationId, how.role, how.contact, how.mark, how.at],
    ],
  );
}

export function nextVersions(
  tx: Tx,
  ids: readonly string[],
  reference: string | null | undefined,
): Promise<{ id: string; version: number }[]> {
  return tx.query<{ id: string; version: number }>(
    'UPDATE triage_case SET version = version + 1, reference = coalesce($2, reference) WHERE id = ANY ($1) RETURNING id, version',
    [ids, reference ?? null],
  );
}

/** A provider that is active, by an id that one was given. */
export async function providerNamed(tx: Tx, id: string | null): Promise<string | null> {
  const [found] = await tx.query<{ name: string }>('SELECT name FROM delegate_named($1)', [id]);
  return found?.name ?? null;
}
