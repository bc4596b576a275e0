import { PASSIVE_PAPS, inSql } from '../intake/label.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { ClaimKind, ClaimRole } from '../routing/claim.ts';
import type { ContactMark, PartySource } from '../routing/party-word.ts';
import type { Assessment } from '../triage/case.ts';
import { approach, type Approach, type Wish } from './asking.ts';

/** A party that is known for a case, as verified claims and people say now. */
export interface KnownParty {
  readonly case_id: string;
  readonly role: ClaimRole;
  readonly provider_id: string;
  readonly provider_name: string;
  /** Null: its coordinator has named the organisation itself. */
  readonly claim: string | null;
  readonly claim_kind: ClaimKind | null;
  readonly unclaimed: boolean;
  readonly given_by: PartySource;
  readonly contact: string | null;
  readonly mark: ContactMark | null;
}

/** The same, with how it is approached. */
export interface ApproachedParty extends KnownParty, Approach {}

/** A party that something is asked of. */
export interface AskedParty extends KnownParty {
  readonly asked: NonNullable<Approach['asked']>;
}

/** Every known party of these cases, asked or not, in the order of cases and roles. */
export async function approachParties(
  tx: Tx,
  cases: readonly { readonly id: string; readonly assessment: Assessment }[],
  wishOf: (id: string) => Wish | undefined,
): Promise<ApproachedParty[]> {
  const known = await tx.query<KnownParty & object>(
    `SELECT case_id, role, provider_id, provider_name, claim, claim_kind, unclaimed, given_by, contact, mark
       FROM parties_of_cases($1) WHERE NOT suspended ORDER BY case_id, role`,
    [cases.map(({ id }) => id)],
  );
  const byCase = Map.groupBy(known, ({ case_id }) => case_id);
  return cases.flatMap(({ id, assessment }) => {
    const parties = byCase.get(id) ?? [];
    const wish = wishOf(id);
    if (!wish) return [];
    const roles = parties.map(({ role }) => role);
    const approaches = approach(assessment, roles, wish);
    return parties.map((party) => ({ ...party, ...(approaches.get(party.role) ?? UNKNOWN) }));
  });
}

/** Of each case the roles of those who are suspended, and of those whom its coordinator has ruled out. */
export function findUnasked(
  tx: Tx,
  cases: readonly string[],
): Promise<{ case_id: string; role: ClaimRole; reason: 'SUSPENDED' | 'REMOVED' }[]> {
  return tx.query(
    `SELECT case_id, role, 'SUSPENDED' AS reason FROM parties_of_cases($1) WHERE suspended
     UNION ALL
     SELECT c.id, n.role, 'REMOVED' FROM triage_case c JOIN named_party n ON n.coordinator_id = c.coordinator_id AND n.resource = c.resource
      WHERE c.id = ANY ($1) AND n.says = 'NOBODY' ORDER BY case_id, role`,
    [cases],
  );
}

const UNKNOWN: Approach = { manner: 'NEVER', asked: null };

export const isAsked = (party: ApproachedParty): party is ApproachedParty & AskedParty => party.asked !== null;

/**
 * Why an indicator `i` of report `r` stays with its coordinator, in SQL; null: parties may be told. Labels belong to the
 * indicator: each is asked for its own source's.
 */
export const WITHHELD = `CASE WHEN NOT i.consents THEN CASE r.tell WHEN 'ASK_ME' THEN 'NEEDS_CONSENT' ELSE 'TLP' END
  WHEN r.pap IN ${inSql(PASSIVE_PAPS)} THEN 'PAP' END`;
