/**
 * How an attack fails: refused by a grant or a policy, by a key, as an entry that is not this tenant's to write, as one
 * that says of itself what it is not, as a state to which no verb of it leads, or it finds no row.
 */
export type Held = 'denied' | 'key' | 'unheard' | 'forged' | 'moved' | 'no row';

export interface Attack {
  readonly what: string;
  /** In whose name, of the cast below. */
  readonly as: string;
  /** `{name}` stands for an id of the cast. */
  readonly sql: string;
  readonly held: Held;
}

/**
 * Who and what the attacks are about, each by the statement that finds it: two vendors of one coordinator on the same
 * resource, another coordinator who has neither asked nor named anybody, the provider that both asked, and another one.
 */
export const CAST: Readonly<Record<string, string>> = {
  report:
    "SELECT r.id FROM report r JOIN indicator i ON i.report_id = r.id WHERE i.outcome = 'REFERRED' ORDER BY r.id LIMIT 1",
  vendor: 'SELECT owner_id AS id FROM report WHERE id = {report}',
  indicator: "SELECT id FROM indicator WHERE report_id = {report} AND outcome = 'REFERRED' ORDER BY ord LIMIT 1",
  theCase: 'SELECT case_id AS id FROM indicator WHERE id = {indicator}',
  coordinator: 'SELECT coordinator_id AS id FROM triage_case WHERE id = {theCase}',
  foreignIndicator:
    'SELECT id FROM indicator WHERE case_id = {theCase} AND reporter_id <> {vendor} ORDER BY id LIMIT 1',
  foreignReport: 'SELECT report_id AS id FROM indicator WHERE id = {foreignIndicator}',
  otherVendor: 'SELECT owner_id AS id FROM report WHERE id = {foreignReport}',
  question: "SELECT id FROM question WHERE state = 'ASKED' OR state = 'LAPSED' ORDER BY id LIMIT 1",
  asker: 'SELECT coordinator_id AS id FROM question WHERE id = {question}',
  namer: 'SELECT coordinator_id AS id FROM named_party ORDER BY id LIMIT 1',
  otherCase:
    'SELECT id FROM triage_case WHERE coordinator_id NOT IN ({coordinator}, {asker}, {namer}) ORDER BY id LIMIT 1',
  otherCoordinator: 'SELECT coordinator_id AS id FROM triage_case WHERE id = {otherCase}',
  referral: 'SELECT id FROM referral WHERE case_id = {theCase} ORDER BY id LIMIT 1',
  provider: 'SELECT provider_id AS id FROM referral WHERE id = {referral}',
  item: 'SELECT item_id AS id FROM referral WHERE id = {referral}',
  otherProvider: 'SELECT organisation_id AS id FROM asset_claim WHERE organisation_id <> {provider} LIMIT 1',
  claim: 'SELECT id FROM asset_claim WHERE organisation_id = {provider} ORDER BY id LIMIT 1',
  operator: 'SELECT operator_id AS id FROM organisation WHERE id = {vendor}',
  otherOperator: "SELECT id FROM organisation WHERE 'OPERATOR' = ANY (roles) AND id <> {operator} LIMIT 1",
  client: 'SELECT id FROM client WHERE organisation_id = {vendor} ORDER BY id LIMIT 1',
  asked: 'SELECT reporter_id AS id FROM question WHERE id = {question}',
  delegated: "SELECT id FROM inbox_item WHERE parent_id IS NOT NULL AND state = 'ACKNOWLEDGED' LIMIT 1",
  delegate: 'SELECT provider_id AS id FROM inbox_item WHERE id = {delegated}',
  delegator: 'SELECT delegator_id AS id FROM inbox_item WHERE id = {delegated}',
  handedOn: 'SELECT parent_id AS id FROM inbox_item WHERE id = {delegated}',
  coCoordinator: "SELECT organisation_id AS id FROM reader WHERE capacity = 'CO_COORDINATOR' LIMIT 1",
  sharedCase:
    "SELECT object_id AS id FROM reader WHERE organisation_id = {coCoordinator} AND capacity = 'CO_COORDINATOR' LIMIT 1",
  withdrawn: "SELECT id FROM indicator WHERE outcome = 'WITHDRAWN' LIMIT 1",
  withdrawer: 'SELECT reporter_id AS id FROM indicator WHERE id = {withdrawn}',
  removed: "SELECT id FROM member WHERE state = 'REMOVED' LIMIT 1",
  remover: 'SELECT organisation_id AS id FROM member WHERE id = {removed}',
  dead: 'SELECT id FROM client WHERE revoked_at IS NOT NULL ORDER BY id LIMIT 1',
  revoker: 'SELECT organisation_id AS id FROM client WHERE id = {dead}',
  noter: 'SELECT coordinator_id AS id FROM party_contact ORDER BY id LIMIT 1',
  ruler: 'SELECT organisation_id AS id FROM triage_rule ORDER BY organisation_id LIMIT 1',
  caseOfAnother: 'SELECT id FROM triage_case WHERE coordinator_id NOT IN ({namer}, {noter}) ORDER BY id LIMIT 1',
  nobody: "SELECT '00000000-0000-7000-8000-000000000000'::uuid AS id",
};

export const denied = (what: string, as: string, sql: string): Attack => ({ what, as, sql, held: 'denied' });
export const noRow = (what: string, as: string, sql: string): Attack => ({ what, as, sql, held: 'no row' });
export const key = (what: string, as: string, sql: string): Attack => ({ what, as, sql, held: 'key' });
