import type { Attack } from './attack.ts';

/**
 * Changes of whatever rows there are. PostgreSQL asks a policy of reading too as soon as a statement looks at a row, so
 * that a WHERE would hide that the policy of changing lets too much through. In the name of one to whom nothing belongs.
 */
const BLIND: Readonly<Record<string, string>> = {
  asset_claim: "state = 'RELEASED'",
  case_assignment: 'since = now()',
  client: 'revoked_at = now()',
  feed_acknowledgement: 'seq = 1',
  feed_statement: 'seq = 1',
  inbox_item: "note = 'x'",
  indicator: "outcome = 'WITHDRAWN'",
  member: "state = 'REMOVED'",
  named_party: "reason = 'x'",
  organisation: "state = 'SUSPENDED'",
  party_contact: "mark = 'DEAD'",
  question: "state = 'ANSWERED'",
  recovery: "state = 'REFUSED'",
  referral: "reply = 'x'",
  report: "state = 'SEALED'",
  triage_case: "reference = 'x'",
  triage_rule: "state = 'REPLACED'",
};

const erasureBy = (organisation: string): string =>
  `INSERT INTO erasure (id, organisation_id, entry_id, reason, ordered_at)
   VALUES (gen_random_uuid(), {${organisation}}, {nobody}, 'x', now())`;

const recoveryBy = (operator: string): string =>
  `INSERT INTO recovery (id, organisation_id, organisation_name, operator_id, operator_name, seconder_id, reason, state, begun_at, next_at)
   VALUES (gen_random_uuid(), {vendor}, 'x', {${operator}}, 'x', {operator}, 'x', 'BEGUN', now(), now())`;

/** What a row may become, where that is more than whose it is. */
const WRITTEN: readonly Attack[] = [
  {
    what: 'base its word on a case of another coordinator',
    as: 'namer',
    sql: 'UPDATE named_party SET said_in = {caseOfAnother}',
    held: 'denied',
  },
  {
    what: 'note a contact because of a case of another coordinator',
    as: 'noter',
    sql: 'UPDATE party_contact SET noted_in = {caseOfAnother}',
    held: 'denied',
  },
  {
    what: 'set a rule again by the row of one that was set before',
    as: 'ruler',
    sql: "UPDATE triage_rule SET state = 'ACTIVE'",
    held: 'denied',
  },
  { what: 'order an erasure without being an operator', as: 'vendor', sql: erasureBy('vendor'), held: 'denied' },
  { what: 'order an erasure for another operator', as: 'operator', sql: erasureBy('otherOperator'), held: 'denied' },
  { what: 'begin a recovery without being an operator', as: 'vendor', sql: recoveryBy('vendor'), held: 'denied' },
  {
    what: 'begin the recovery of what another operator registered',
    as: 'otherOperator',
    sql: recoveryBy('otherOperator'),
    held: 'denied',
  },
  {
    what: 'take permissions from a key of another',
    as: 'otherProvider',
    sql: "SELECT done FROM (SELECT narrow_client({client}, '{}')::text AS done OFFSET 0) x WHERE done <> ''",
    held: 'no row',
  },
  {
    what: 'state the feed of another',
    as: 'vendor',
    sql: 'INSERT INTO feed_statement VALUES ({otherProvider}, gen_random_uuid(), 1)',
    held: 'denied',
  },
];

export const BLIND_ATTACKS: readonly Attack[] = [
  ...Object.entries(BLIND).map(([table, change]): Attack => ({
    what: `change whatever is in ${table}`,
    as: 'nobody',
    sql: `UPDATE ${table} SET ${change}`,
    held: 'no row',
  })),
  ...WRITTEN,
];
