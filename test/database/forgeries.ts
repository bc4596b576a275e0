import type { Attack } from './attack.ts';

const unheard = (what: string, as: string, kind: string, subject: string): Attack => ({
  what,
  as,
  sql: `SELECT ledger_append(ARRAY[gen_random_uuid()], '{${kind}}', ARRAY[sha256('a')], ARRAY['{}'::bytea], '{1}', ARRAY[{${subject}}])`,
  held: 'unheard',
});

const moved = (what: string, as: string, sql: string): Attack => ({ what, as, sql, held: 'moved' });

/** An entry about the own report, with this body. */
const forged = (what: string, body: string): Attack => ({
  what,
  as: 'vendor',
  sql: `WITH e AS (SELECT gen_random_uuid() AS id) SELECT ledger_append(ARRAY[e.id], '{TELLING_ALLOWED}', ARRAY[sha256('a')],
    ARRAY[convert_to(jsonb_build_object(${body})::text, 'UTF8')], '{1}', ARRAY[{report}]) FROM e`,
  held: 'forged',
});
const SAID = {
  id: "'id', e.id",
  kind: "'kind', 'TELLING_ALLOWED'",
  actor: "'actor', jsonb_build_object('id', {vendor})",
  rows: "'rows', jsonb_build_array(jsonb_build_object('id', {report}))",
};
const said = (instead: Partial<typeof SAID>): string => Object.values({ ...SAID, ...instead }).join(', ');

/** The same, and true: it is taken. */
export const HONEST: Attack = forged('write an entry that says what it is', said({}));

/** What the second fence refuses of those who may change the row, but not so, and of those who hear of it, but do not say it. */
export const FORGERIES: readonly Attack[] = [
  unheard('say something about the report of another vendor', 'vendor', 'REPORT_SEALED', 'foreignReport'),
  unheard('confirm a case that one reported', 'vendor', 'CASES_CONFIRMED', 'theCase'),
  unheard('forward the case of another coordinator', 'otherCoordinator', 'CASES_FORWARDED', 'theCase'),
  unheard('answer for another provider in the ledger', 'otherProvider', 'ITEMS_ANSWERED', 'item'),
  unheard('hand on the item of another provider', 'otherProvider', 'ITEMS_DELEGATED', 'item'),
  unheard("speak of one's delegator's item", 'delegate', 'ITEMS_RESUMED', 'handedOn'),
  unheard('reply to a party as a reporter', 'vendor', 'REFERRALS_REPLIED', 'referral'),
  unheard('acknowledge for another desk in the ledger', 'otherProvider', 'EVENTS_ACKNOWLEDGED', 'provider'),
  unheard('speak of a row as if it were of another type', 'vendor', 'CASES_CONFIRMED', 'report'),
  unheard('speak of a kind that there is not', 'vendor', 'ANYTHING', 'report'),
  unheard('write down for the hub who was told', 'vendor', 'RESPONSIBILITIES_CHANGED', 'report'),
  unheard('write down for the hub what was decided of it', 'vendor', 'INDICATORS_RETRACTED', 'indicator'),
  unheard('suspend itself in the ledger', 'vendor', 'ORGANISATION_SUSPENDED', 'vendor'),
  unheard('write down for the hub that a party answered', 'coordinator', 'REFERRALS_ANSWERED', 'referral'),
  unheard('write down for the hub that a case was opened', 'coordinator', 'CASES_OPENED', 'theCase'),
  unheard('put an item on the own desk in the ledger', 'provider', 'ITEMS_ARRIVED', 'item'),
  unheard('reply to itself in the name of a coordinator', 'provider', 'REFERRALS_REPLIED', 'referral'),
  unheard("answer in the ledger for one's delegate", 'delegator', 'ITEMS_ANSWERED', 'delegated'),
  unheard('decide on a case that another coordinator has shared', 'coCoordinator', 'CASES_CONFIRMED', 'sharedCase'),
  unheard('answer in the ledger what one has asked', 'asker', 'REPORTERS_ANSWERED', 'question'),
  unheard('ask oneself in the ledger', 'asked', 'REPORTERS_ASKED', 'question'),
  forged('write an entry in the name of another', said({ actor: "'actor', jsonb_build_object('id', {coordinator})" })),
  forged("write an entry in the hub's name", said({ actor: "'actor', NULL" })),
  forged('write an entry that calls itself another', said({ kind: "'kind', 'REPORT_WITHDRAWN'" })),
  forged('write an entry that has the id of another', said({ id: "'id', {nobody}" })),
  forged(
    'write an entry that speaks of more rows than it lists',
    said({
      rows: "'rows', jsonb_build_array(jsonb_build_object('id', {report}), jsonb_build_object('id', {theCase}))",
    }),
  ),
  moved(
    'report again what it has withdrawn',
    'withdrawer',
    "UPDATE indicator SET outcome = 'RECEIVED' WHERE id = {withdrawn}",
  ),
  moved('open a report that it has sealed', 'vendor', "UPDATE report SET state = 'RECEIVING' WHERE id = {report}"),
  moved('publish its report', 'vendor', "UPDATE report SET state = 'PUBLISHED' WHERE id = {report}"),
  moved('begin a case anew', 'coordinator', "UPDATE triage_case SET state = 'NEW' WHERE id = {theCase}"),
  moved('end a case as withdrawn', 'coordinator', "UPDATE triage_case SET state = 'WITHDRAWN' WHERE id = {theCase}"),
  moved('take an item off the own desk', 'provider', "UPDATE inbox_item SET state = 'RETRACTED' WHERE id = {item}"),
  moved('have an item arrive anew', 'provider', "UPDATE inbox_item SET state = 'SENT' WHERE id = {item}"),
  moved('let somebody back who was removed', 'remover', "UPDATE member SET state = 'ACTIVE' WHERE id = {removed}"),
];
