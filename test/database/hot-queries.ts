import { toGlobalId } from '../../src/platform/ids.ts';

/** The ids of one row of everything, and of whom it belongs to. */
export type Ids = Readonly<Record<string, string>>;
export type Who = 'mine' | 'next' | 'third';

/** What is asked all day: in whose name, and the index and the column by which it must be found. */
export type Listed = readonly [name: string, who: Who, index: string, column: string, query: (ids: Ids) => string];

const page = (field: string, more = ''): string => `{ ${field}(first: 50 ${more}) { edges { node { id } } } }`;

export const LISTS: readonly Listed[] = [
  ['the queue', 'next', 'case_list', 'coordinator_id', () => page('cases')],
  ['the queue in one state', 'next', 'case_desk', 'coordinator_id', () => page('cases', 'filter: { state: NEW }')],
  [
    'the cases of others that were shared',
    'third',
    'reader_pkey',
    'organisation_id',
    () => page('cases', 'filter: { shared: true }'),
  ],
  [
    'the cases with something of a report',
    'next',
    'indicator_of_report',
    'report_id',
    (ids) => page('cases', `filter: { report: "${idIn(ids, 'Report', 'report')}" }`),
  ],
  [
    'what was asked about a report',
    'mine',
    'question_report',
    'report_id',
    (ids) => within('report', ids['report'], 'questions'),
  ],
  [
    'what was asked about a case',
    'next',
    'question_case',
    'case_id',
    (ids) => within('case', ids['the_case'], 'questions'),
  ],
  ['the inbox', 'third', 'inbox_list', 'provider_id', () => page('inbox')],
  ['the inbox in one state', 'third', 'inbox_desk', 'provider_id', () => page('inbox', 'filter: { state: SENT }')],
  [
    'the inbox in several states',
    'third',
    'inbox_(list|desk)',
    'provider_id',
    () => page('inbox', 'filter: { state: [SENT, ACKNOWLEDGED], role: HOST }'),
  ],
  [
    'what delegates have in hand',
    'third',
    'inbox_delegated',
    'delegator_id',
    () => '{ inbox(first: 50) { edges { node { delegation { state } } } } }',
  ],
  [
    'the observables of a delegated item',
    'mine',
    'delegated_observable_(of|pkey)',
    'item_id',
    (ids) =>
      `{ inboxItem(id: "${toGlobalId('InboxItem', ids['child'] ?? '')}") { observables(first: 50) { edges { node { ord } } } } }`,
  ],
  ['the referrals', 'next', 'referral_list', 'coordinator_id', () => page('referrals')],
  [
    'the referrals in one state',
    'next',
    'referral_coordinator',
    'coordinator_id',
    () => page('referrals', 'filter: { state: SENT }'),
  ],
  ['the own reports', 'mine', 'report_desk', 'owner_id', () => page('reports')],
  ['the claims', 'mine', 'claim_of', 'organisation_id', () => page('assetClaims')],
  [
    'the claims to decide',
    'next',
    'claim_to_decide',
    'operator_id',
    () => page('operatedAssetClaims', 'state: PENDING'),
  ],
  ['the claims of those operated', 'next', 'claim_operated', 'operator_id', () => page('operatedAssetClaims')],
  [
    'the claims in one state',
    'mine',
    'claim_of_state',
    'organisation_id',
    () => page('assetClaims', 'filter: { state: PENDING }'),
  ],
  ['the contacts', 'third', 'claim_consenter', 'consenter_id', () => page('contactClaims')],
  ['the clients', 'mine', 'client_of', 'organisation_id', () => page('clients')],
  ['the members', 'mine', 'member_organisation_id_id_key', 'organisation_id', () => page('members')],
  [
    'the indicators of a report',
    'mine',
    'indicator_of_report',
    'report_id',
    (ids) => within('report', ids['report'], 'indicators'),
  ],
  [
    'the indicators of a report, for its coordinator',
    'next',
    'indicator_of_report',
    'report_id',
    (ids) => within('report', ids['report'], 'indicators'),
  ],
  [
    'the responsibilities of a report',
    'mine',
    'responsibility_pkey',
    'reporter_id',
    (ids) => within('report', ids['report'], 'responsibilities'),
  ],
  [
    'the responsibilities of a report, for its coordinator',
    'next',
    'responsibility_pkey',
    'reporter_id',
    (ids) => within('report', ids['report'], 'responsibilities'),
  ],
  ['the outcomes of a reporter', 'mine', 'indicator_of_reporter', 'reporter_id', () => outcomes()],
  [
    'the outcomes of a report',
    'mine',
    'indicator_\\w+',
    'report_id',
    (ids) => outcomes(`report: "${idIn(ids, 'Report', 'report')}"`),
  ],
  ['the outcomes of what the feed told of', 'mine', 'indicator_pkey', 'id', () => outcomes('changedAfter: "1.1"')],
  [
    'the outcomes of resources that the feed told of',
    'mine',
    'indicator_on_resource',
    'resource',
    () => outcomes('changedAfter: "1.1"'),
  ],
  ['who was told, for outcomes', 'mine', 'responsibility_resource', 'report_id', () => outcomes()],
  [
    'the indicators of a case',
    'next',
    'indicator_case',
    'case_id',
    (ids) => within('case', ids['the_case'], 'indicators'),
  ],
  [
    'the observables of a referral',
    'third',
    'referred_observable_of',
    'referral_id',
    (ids) => within('referral', ids['referral'], 'observables'),
  ],
  [
    'the referrals of a case',
    'next',
    'referral_case',
    'case_id',
    (ids) => `{ case(id: "${idIn(ids, 'Case', 'the_case')}") { referrals { id } } }`,
  ],
  [
    'the referrals of items',
    'third',
    'referral_item',
    'item_id',
    () => '{ inbox(first: 50) { edges { node { referrals { id } } } } }',
  ],
  [
    'the parties of cases',
    'next',
    'case_list',
    'coordinator_id',
    () => '{ cases(first: 50) { edges { node { parties { name } } } } }',
  ],
];

export const idIn = (ids: Ids, type: string, name: string): string => toGlobalId(type, ids[name] ?? '');
const TYPES: Readonly<Record<string, string>> = { report: 'Report', case: 'Case', referral: 'Referral' };
const outcomes = (more = ''): string => `{ outcomes(first: 50 ${more}) { rows { key } } }`;
function within(field: string, row: string | undefined, list: string): string {
  const node = list === 'responsibilities' ? 'role' : list === 'observables' ? 'ord' : 'id';
  return `{ ${field}(id: "${toGlobalId(TYPES[field] ?? '', row ?? '')}") { ${list}(first: 50) { edges { node { ${node} } } } } }`;
}

const deep =
  (field: string, filter = '') =>
  (ids: Ids) =>
    page(field, `after: "${cursorIn(ids)}" ${filter}`);
/** As `pageOf` makes it of the row whose ids these are. */
const cursorIn = (ids: Ids): string =>
  Buffer.from(JSON.stringify([new Date(ids['at'] ?? 0).toISOString(), ids['the_case']])).toString('base64url');

/** Pages of lists that may be of any length: read in the order of the index, from where the page begins. */
export const PAGES: readonly Listed[] = [
  ['the first page of the queue', 'next', 'case_list', 'coordinator_id.*due_at, id', () => page('cases')],
  ['a deep page of the queue', 'next', 'case_list', 'coordinator_id.*due_at, id', deep('cases')],
  [
    'a deep page of the queue in one state',
    'next',
    'case_desk',
    'coordinator_id.*state.*due_at, id',
    deep('cases', 'filter: { state: NEW }'),
  ],
  ['the first page of the inbox', 'third', 'inbox_list', 'provider_id.*due_at, id', () => page('inbox')],
  ['a deep page of the inbox', 'third', 'inbox_list', 'provider_id.*due_at, id', deep('inbox')],
  [
    'a deep page of the inbox in one state',
    'third',
    'inbox_desk',
    'provider_id.*state.*due_at, id',
    deep('inbox', 'filter: { state: [SENT] }'),
  ],
  ['a deep page of the referrals', 'next', 'referral_list', 'coordinator_id.*due_at, id', deep('referrals')],
];
