import { denied, key, noRow, type Attack } from './attack.ts';

const indicatorOf = (report: string, reporter: string, outcome: string): string =>
  `INSERT INTO indicator (id, report_id, reporter_id, ord, type, value, list_version, category, content_hash, outcome, consents)
   VALUES (gen_random_uuid(), {${report}}, {${reporter}}, 900, 'DOMAIN', 'x.example', 'l', 'OTHER', sha256('a'), '${outcome}', true)`;
const responsibilityOf = (report: string, role: string, state: string): string =>
  `INSERT INTO responsibility (report_id, resource, role, reporter_id, resource_kind, resource_value, state, reason, since)
   VALUES ({${report}}, sha256('a'), '${role}', {vendor}, 'NAME', 'x.example', '${state}', 'X', now())`;
const reportOf = (owner: string): string =>
  `INSERT INTO report (id, owner_id, owner_name, content_hash, title, tlp, tell, coordinator_id, state, created_at)
   VALUES (gen_random_uuid(), {${owner}}, 'x', sha256('a'), 't', 'RED', 'ASK_ME', {coordinator}, 'SEALED', now())`;
const claimOf = (holder: string, operator: string, state: string): string =>
  `INSERT INTO asset_claim (id, organisation_id, organisation_name, operator_id, kind, role, value, state, created_at)
   VALUES (gen_random_uuid(), {${holder}}, 'x', {${operator}}, 'DOMAIN_SUFFIX', 'HOST', 'taken.example', '${state}', now())`;
const clientOf = (organisation: string): string =>
  `INSERT INTO client (id, organisation_id, name, permissions, key_hash)
   VALUES (gen_random_uuid(), {${organisation}}, 'x', '{hub:operate}', sha256('a'))`;
const questionTo = (asker: string, report: string, reporter: string): string =>
  `INSERT INTO question (id, case_id, coordinator_id, coordinator_name, report_id, reporter_id, resource_kind, resource_value, question, state, asked_at)
   VALUES (gen_random_uuid(), {theCase}, {${asker}}, 'x', {${report}}, {${reporter}}, 'NAME', 'x.example', 'q', 'ASKED', now())`;
const ruleOf = (organisation: string): string =>
  `INSERT INTO triage_rule VALUES ({${organisation}}, 900, 0, 'x', 'ACTIVE', ARRAY[{vendor}::uuid], '{PHISHING}', 0, 'FORWARD', 'UNKNOWN', 'TAKE_DOWN', 'X', NULL, 1, now())`;
const wordOf = (coordinator: string, theCase: string, provider: string): string =>
  `INSERT INTO named_party (id, coordinator_id, resource, role, says, provider, said_in, case_version, named_at)
   VALUES (gen_random_uuid(), {${coordinator}}, (SELECT resource FROM triage_case WHERE id = {${theCase}}), 'REGISTRY', 'PARTY', {${provider}}, {${theCase}}, 1, now())`;
const contactOf = (coordinator: string, provider: string): string =>
  `INSERT INTO party_contact (id, coordinator_id, provider_id, role, mark, noted_in, noted_at)
   VALUES (gen_random_uuid(), {${coordinator}}, {${provider}}, 'REGISTRAR', 'DEAD', {theCase}, now())`;
const linkOf = (organisation: string): string =>
  `INSERT INTO client (id, organisation_id, name, permissions, issuer, issuer_client, issuer_subject)
   VALUES (gen_random_uuid(), {${organisation}}, 'x', '{hub:operate}', 'https://login.example', 'c', 's')`;
const organisationBy = (operator: string): string =>
  `INSERT INTO organisation (id, name, roles, operator_id) VALUES (gen_random_uuid(), 'x', '{OPERATOR}', {${operator}})`;

/** On reports, cases, claims, keys and organisations. */
export const ATTACKS: readonly Attack[] = [
  noRow(
    'withdraw what another vendor reported',
    'vendor',
    "UPDATE indicator SET outcome = 'WITHDRAWN' WHERE id = {foreignIndicator}",
  ),
  denied(
    'confirm what one reported oneself',
    'vendor',
    "UPDATE indicator SET outcome = 'CONFIRMED' WHERE id = {indicator}",
  ),
  denied('say that it was acted on', 'vendor', "UPDATE indicator SET outcome = 'ACTED' WHERE id = {indicator}"),
  denied(
    'put an own indicator into a case',
    'vendor',
    'UPDATE indicator SET case_id = {otherCase} WHERE id = {indicator}',
  ),
  denied('report in the name of another vendor', 'vendor', reportOf('otherVendor')),
  denied(
    'hand the own report to another vendor',
    'vendor',
    'UPDATE report SET owner_id = {otherVendor} WHERE id = {report}',
  ),
  noRow(
    'change the report of another vendor',
    'vendor',
    "UPDATE report SET tell = 'RESPONSIBLE_PARTIES' WHERE id = {foreignReport}",
  ),
  denied('claim in the name of another vendor', 'vendor', indicatorOf('report', 'otherVendor', 'RECEIVED')),
  denied('claim what was decided already', 'vendor', indicatorOf('report', 'vendor', 'CONFIRMED')),
  key('add to the report of another vendor', 'vendor', indicatorOf('foreignReport', 'vendor', 'RECEIVED')),
  key('add to a report that is not there', 'vendor', indicatorOf('nobody', 'vendor', 'RECEIVED')),
  denied('mark the own report told', 'vendor', "UPDATE responsibility SET state = 'TOLD' WHERE report_id = {report}"),
  denied('write down that one was told', 'vendor', responsibilityOf('report', '*', 'TOLD')),
  denied('write down who is responsible', 'vendor', responsibilityOf('report', 'HOST', 'NOT_TOLD')),
  key('be untold of the report of another vendor', 'vendor', responsibilityOf('foreignReport', '*', 'NOT_TOLD')),
  denied('forget who was not told', 'vendor', 'DELETE FROM responsibility WHERE report_id = {report}'),
  noRow(
    'decide on the case that one reported',
    'vendor',
    "UPDATE triage_case SET state = 'CONFIRMED' WHERE id = {theCase}",
  ),
  noRow(
    'decide on the case of another coordinator',
    'otherCoordinator',
    "UPDATE triage_case SET state = 'UNRESOLVED' WHERE id = {theCase}",
  ),
  denied(
    'take over the case of another coordinator',
    'otherCoordinator',
    'UPDATE triage_case SET coordinator_id = {otherCoordinator}',
  ),
  noRow(
    'hand over the case of another coordinator',
    'otherCoordinator',
    'UPDATE triage_case SET leaving_to = {otherCoordinator} WHERE id = {theCase}',
  ),
  denied(
    'let a rule of no one have decided',
    'coordinator',
    "UPDATE triage_case SET rule = 'x', rule_version = 1 WHERE id = {theCase}",
  ),
  key(
    'work on the case of another coordinator',
    'otherCoordinator',
    'INSERT INTO case_assignment VALUES ({theCase}, {otherCoordinator}, {nobody}, NULL, now())',
  ),
  denied(
    'say who works on the case of another coordinator',
    'otherCoordinator',
    'INSERT INTO case_assignment VALUES ({theCase}, {coordinator}, {nobody}, NULL, now())',
  ),
  denied(
    'ask about the own report in the name of the coordinator',
    'vendor',
    questionTo('coordinator', 'report', 'vendor'),
  ),
  denied('ask oneself as if one coordinated', 'vendor', questionTo('vendor', 'report', 'vendor')),
  denied(
    'ask the reporters of another coordinator',
    'otherCoordinator',
    questionTo('otherCoordinator', 'report', 'vendor'),
  ),
  key(
    'ask one vendor about the report of another',
    'coordinator',
    questionTo('coordinator', 'foreignReport', 'vendor'),
  ),
  denied(
    'answer in the name of the reporter',
    'asker',
    "UPDATE question SET state = 'ANSWERED', answer = 'x' WHERE id = {question}",
  ),
  noRow(
    'answer for another reporter',
    'otherCoordinator',
    "UPDATE question SET state = 'ANSWERED', answer = 'x' WHERE id = {question}",
  ),
  denied('change what was asked', 'asked', "UPDATE question SET question = 'x' WHERE id = {question}"),
  denied('name a party for another coordinator', 'otherCoordinator', wordOf('coordinator', 'theCase', 'provider')),
  denied(
    'name a party of the case of another coordinator',
    'otherCoordinator',
    wordOf('otherCoordinator', 'theCase', 'provider'),
  ),
  denied('name a party of a case that one reported', 'vendor', wordOf('vendor', 'theCase', 'provider')),
  denied('name as a party who is no provider', 'coordinator', wordOf('coordinator', 'theCase', 'vendor')),
  noRow(
    'correct what another coordinator has named',
    'otherCoordinator',
    "UPDATE named_party SET says = 'NOTHING', provider = NULL, kind = NULL, value = NULL",
  ),
  denied('forget without a trace what was named', 'coordinator', 'DELETE FROM named_party'),
  denied('note a contact for another coordinator', 'otherCoordinator', contactOf('coordinator', 'provider')),
  denied('note a contact of who is no party of the case', 'coordinator', contactOf('coordinator', 'vendor')),
  denied('set a rule for another coordinator', 'otherCoordinator', ruleOf('coordinator')),
  denied('widen a rule that is set', 'coordinator', "UPDATE triage_rule SET reporters = '{}'"),
  denied(
    'open a case without the flow',
    'coordinator',
    'INSERT INTO triage_case (id, coordinator_id) VALUES ({nobody}, {coordinator})',
  ),
  denied(
    'become a reader of a report',
    'otherVendor',
    "INSERT INTO reader (organisation_id, object_id, capacity) VALUES ({otherVendor}, {report}, 'MEMBER')",
  ),
  denied(
    'become a co-coordinator',
    'otherCoordinator',
    "INSERT INTO reader (organisation_id, object_id, capacity) VALUES ({otherCoordinator}, {theCase}, 'CO_COORDINATOR')",
  ),
  denied('send a reader away', 'vendor', 'DELETE FROM reader WHERE object_id = {report}'),
  denied('verify the own claim', 'provider', "UPDATE asset_claim SET state = 'VERIFIED' WHERE id = {claim}"),
  noRow(
    'let go the claim of another provider',
    'otherProvider',
    "UPDATE asset_claim SET state = 'RELEASED' WHERE id = {claim}",
  ),
  denied(
    'choose who consents to being a contact',
    'provider',
    `INSERT INTO asset_claim (id, organisation_id, organisation_name, operator_id, consenter_id, kind, role, value, state, created_at)
     VALUES ({nobody}, {provider}, 'x', {operator}, {otherProvider}, 'CONTACT_FOR', 'HOST', 'nobody.example', 'PENDING', now())`,
  ),
  denied(
    'rename an organisation that somebody has',
    'operator',
    "UPDATE organisation SET name = 'x' WHERE id = {vendor}",
  ),
  noRow(
    'verify a claim as the operator of others',
    'otherOperator',
    "UPDATE asset_claim SET state = 'VERIFIED' WHERE id = {claim}",
  ),
  denied('claim what is verified at once', 'provider', claimOf('provider', 'operator', 'VERIFIED')),
  denied('choose who decides on the own claim', 'provider', claimOf('provider', 'otherOperator', 'PENDING')),
  denied('claim in the name of another provider', 'otherProvider', claimOf('provider', 'operator', 'PENDING')),
  denied('widen a claim after it was decided', 'operator', "UPDATE asset_claim SET value = 'example'"),
  denied('issue a key for another organisation', 'vendor', clientOf('otherVendor')),
  denied('issue a key for one that one operates', 'operator', clientOf('vendor')),
  denied('widen the own key', 'vendor', "UPDATE client SET permissions = '{hub:operate}' WHERE id = {client}"),
  denied('say when a key was last used', 'vendor', 'UPDATE client_use SET used_at = now()'),
  denied('read the hashes of keys', 'vendor', 'SELECT key_hash FROM client'),
  denied('read the hashes of keys that were replaced', 'vendor', 'SELECT previous_key_hash FROM client'),
  denied('bring back a key that was replaced', 'vendor', "UPDATE client SET previous_key_hash = sha256('a')"),
  denied('link tokens to another organisation', 'vendor', linkOf('otherVendor')),
  denied('link tokens to one that one operates', 'operator', linkOf('vendor')),
  denied('give a link to other tokens', 'vendor', "UPDATE client SET issuer_client = 'other' WHERE id = {client}"),
  noRow(
    'replace the key of another organisation',
    'otherVendor',
    "UPDATE client SET key_hash = sha256('a'), previous_key_until = now() WHERE id = {client}",
  ),
  noRow(
    'revoke the key of another organisation',
    'otherVendor',
    'UPDATE client SET revoked_at = now() WHERE id = {client}',
  ),
  denied(
    'invite a member into another organisation',
    'vendor',
    "INSERT INTO member (id, organisation_id, name, email) VALUES ({nobody}, {otherVendor}, 'x', 'x@x.example')",
  ),
  denied('register an operator without being one', 'vendor', organisationBy('vendor')),
  denied('register an organisation for another operator', 'operator', organisationBy('otherOperator')),
  denied('become an operator', 'vendor', "UPDATE organisation SET roles = '{OPERATOR}' WHERE id = {vendor}"),
  noRow('end the own suspension', 'vendor', "UPDATE organisation SET state = 'ACTIVE' WHERE id = {vendor}"),
  noRow(
    'suspend what another operator registered',
    'otherOperator',
    "UPDATE organisation SET state = 'SUSPENDED' WHERE id = {vendor}",
  ),
  denied('be listed', 'vendor', 'UPDATE organisation SET listed = true WHERE id = {vendor}'),
  denied(
    'acknowledge for another desk',
    'otherProvider',
    'INSERT INTO feed_acknowledgement VALUES ({provider}, {nobody}, 9, now())',
  ),
  denied('write an answer that was given', 'vendor', "UPDATE idempotency SET answer = '{}'"),
  denied(
    'remember an answer for another',
    'vendor',
    "INSERT INTO idempotency VALUES ({otherVendor}, 'k', 'o', sha256('a'), '{}')",
  ),
  denied('see from which indicator a line was copied', 'provider', 'SELECT indicator_id FROM referred_observable'),
  denied('see how often an item was asked about', 'coordinator', 'SELECT item_version FROM referral'),
  denied('submit a report as published', 'vendor', reportOf('vendor').replace("'SEALED'", "'PUBLISHED'")),
  denied(
    'hand on what was handed to it',
    'delegate',
    "UPDATE inbox_item SET state = 'DELEGATED' WHERE id = {delegated}",
  ),
  noRow('revive a key that was revoked', 'revoker', 'UPDATE client SET revoked_at = NULL WHERE id = {dead}'),
];
