import { randomUUID } from 'node:crypto';

import type { Permission } from '../../src/platform/viewer.ts';
import type { PartyName, SubjectName, Thread } from './thread.ts';

/** How a root field is asked: about which row of the thread, and who of the thread may have it. */
export interface Operation {
  /** The root field; behind a colon, where the answer depends on it, the type of the row asked about. */
  readonly name: string;
  readonly right: PartyName;
  readonly subject: SubjectName | null;
  readonly document: string;
  readonly variables: (id: string, subjects: Thread['subjects']) => object;
  /** Of one kind of row, where the field itself is for everybody. */
  readonly may?: readonly Permission[];
}

const key = (): { idempotencyKey: string } => ({ idempotencyKey: randomUUID() });

const byId = (field: string, right: PartyName, subject: SubjectName): Operation => ({
  name: `Query.${field}`,
  right,
  subject,
  document: `query ($id: ID!) { ${field}(id: $id) { id } }`,
  variables: (id) => ({ id }),
});

const list = (field: string, right: PartyName, subject: SubjectName | null): Operation => ({
  name: `Query.${field}`,
  right,
  subject,
  document: `{ ${field}(first: 100) { edges { node { id } } } }`,
  variables: () => ({}),
});

const node = (type: string, right: PartyName, subject: SubjectName, may: readonly Permission[] = []): Operation => ({
  ...byId('node', right, subject),
  name: `Query.node:${type}`,
  may,
});

const trail = (type: string, right: PartyName, subject: SubjectName): Operation => ({
  name: `Query.auditTrail:${type}`,
  right,
  subject,
  document: 'query ($id: ID!) { auditTrail(subject: $id, first: 100) { edges { node { subjects } } } }',
  variables: (id) => ({ id }),
});

/** A mutation of one input, whose answer has errors of its own or one result an item. */
const change = (
  field: string,
  right: PartyName,
  subject: SubjectName | null,
  inputOf: (id: string, subjects: Thread['subjects']) => object,
  results = '',
): Operation => ({
  name: `Mutation.${field}`,
  right,
  subject,
  document: `mutation ($input: ${field.charAt(0).toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) {
    errors { code message path retryable } ${results} } }`,
  variables: (id, subjects) => ({ input: inputOf(id, subjects) }),
});

const RESULTS = 'results { error { code message path retryable } }';
const cases = (id: string): object => ({ ...key(), cases: [{ id }] });
const items = (id: string): object => ({ ...key(), items: [{ id }] });
const tomorrow = (): Date => new Date(Date.now() + 24 * 3600 * 1000);
const ofReport = (id: string): object => ({ ...key(), report: id });
const onArgument = (field: string, argument: string, right: PartyName, subject: SubjectName): Operation => ({
  name: `Mutation.${field}`,
  right,
  subject,
  document: `mutation ($id: ID!) { ${field}(${argument}: $id) { errors { code message path retryable } } }`,
  variables: (id) => ({ id }),
});
const indicators = (value: string): object => ({ indicators: [{ value, category: 'PHISHING' }] });

const shared = (field: string): Operation => ({
  ...change(field, 'coordinator', 'case', (id, { cert }) => ({ ...cases(id), coordinator: cert }), RESULTS),
  document: `mutation ($input: ShareCasesInput!) { ${field}(input: $input) { errors { code message path retryable } ${RESULTS} } }`,
});
const rule = (reporter: string): object => ({
  name: 'a rule',
  reporters: [reporter],
  categories: ['PHISHING'],
  leastConfidence: 100,
  outcome: 'CONFIRM',
});

/** Whoever may do one of the acts that a second person can be demanded for. */
const ACTING: readonly Permission[] = [
  ...(['organisation:manage', 'cases:decide', 'reports:submit', 'inbox:answer'] as const),
  ...(['hub:operate', 'claims:manage'] as const),
];
const onAct = (field: string): Operation => ({
  ...onArgument(field, 'approval', 'reporter', 'approval'),
  may: ['reports:submit'],
});
/** The same question about a row in which others have a part. */
const about = (part: string, operation: Operation): Operation => ({ ...operation, name: `${operation.name}:${part}` });
const OF_A_PART: readonly Operation[] = [
  ...[
    byId('inboxItem', 'delegate', 'delegated'),
    list('inbox', 'delegate', 'delegated'),
    node('InboxItem', 'delegate', 'delegated', ['inbox:read']),
    trail('InboxItem', 'delegate', 'delegated'),
  ].map((operation) => about('delegated', operation)),
  ...[
    byId('case', 'successor', 'handedOver'),
    list('cases', 'successor', 'handedOver'),
    trail('Case', 'successor', 'handedOver'),
    byId('report', 'reporter', 'handedReport'),
    byId('indicator', 'reporter', 'handedIndicator'),
    byId('referral', 'successor', 'handedReferral'),
    trail('Referral', 'successor', 'handedReferral'),
  ].map((operation) => about('handedOver', operation)),
  ...[byId('assetClaim', 'claimant', 'consented'), list('contactClaims', 'otherProvider', 'consented')].map(
    (operation) => about('consented', operation),
  ),
];

export const OPERATIONS: readonly Operation[] = [
  { ...list('viewer', 'reporter', 'organisation'), document: '{ viewer { organisation { id } } }' },
  list('organisations', 'reporter', 'organisation'),
  list('clients', 'reporter', 'client'),
  list('recoveries', 'reporter', 'recovery'),
  list('members', 'reporter', 'member'),
  { ...list('actPolicy', 'reporter', null), document: '{ actPolicy { requireMfa fourEyes } }' },
  list('approvals', 'reporter', 'approval'),
  node('Organisation', 'reporter', 'organisation'),
  node('Member', 'reporter', 'member', ['organisation:manage']),
  node('Client', 'reporter', 'client', ['organisation:manage']),
  node('Recovery', 'reporter', 'recovery', ['organisation:manage', 'hub:operate']),
  node('Approval', 'reporter', 'approval', ACTING),
  node('Report', 'reporter', 'report', ['reports:read']),
  node('Indicator', 'reporter', 'indicator', ['reports:read']),
  node('Case', 'coordinator', 'case', ['cases:read']),
  node('Question', 'reporter', 'question', ['reports:read', 'cases:read']),
  node('AssetClaim', 'provider', 'claim', ['claims:manage', 'hub:operate']),
  node('InboxItem', 'provider', 'item', ['inbox:read']),
  node('Referral', 'provider', 'referral', ['inbox:read', 'cases:read']),
  {
    ...list('events', 'reporter', 'report'),
    document: '{ events(first: 1000) { events { subjects } } }',
  },
  trail('Organisation', 'reporter', 'organisation'),
  trail('Recovery', 'reporter', 'recovery'),
  trail('Report', 'reporter', 'report'),
  trail('Indicator', 'reporter', 'indicator'),
  trail('Case', 'coordinator', 'case'),
  trail('Question', 'reporter', 'question'),
  trail('AssetClaim', 'provider', 'claim'),
  trail('InboxItem', 'provider', 'item'),
  trail('Referral', 'coordinator', 'referral'),
  {
    name: 'Query.receipt',
    right: 'reporter',
    subject: 'entry',
    document: 'query ($id: ID!) { receipt(entryId: $id) { entryId token kind salt body inclusion { position } } }',
    variables: (id) => ({ id }),
  },
  {
    name: 'Query.receipts',
    right: 'reporter',
    subject: 'entry',
    document: '{ receipts(first: 1000) { receipts { id: entryId body } } }',
    variables: () => ({}),
  },
  {
    name: 'Query.feedStatement',
    right: 'reporter',
    subject: null,
    document: '{ feedStatement { token } }',
    variables: () => ({}),
  },
  {
    name: 'Query.checkpoint',
    right: 'reporter',
    subject: null,
    document: '{ checkpoint { note } }',
    variables: () => ({}),
  },
  byId('report', 'reporter', 'report'),
  list('reports', 'reporter', 'report'),
  {
    ...byId('preview', 'reporter', 'report'),
    document: 'query ($id: ID!) { preview(input: { report: $id }) { resources { resource } errors { code } } }',
  },
  byId('indicator', 'reporter', 'indicator'),
  byId('case', 'coordinator', 'case'),
  list('cases', 'coordinator', 'case'),
  { ...list('triageRules', 'coordinator', null), document: '{ triageRules { version } }' },
  {
    ...list('triageRuleBacktest', 'coordinator', null),
    document: 'query ($rule: TriageRuleInput!) { triageRuleBacktest(rule: $rule, days: 30) { cases } }',
    variables: (_, { organisation }) => ({ rule: rule(organisation) }),
  },
  byId('assetClaim', 'provider', 'claim'),
  list('assetClaims', 'provider', 'claim'),
  list('contactClaims', 'otherProvider', 'contact'),
  list('operatedAssetClaims', 'operator', 'claim'),
  byId('inboxItem', 'provider', 'item'),
  list('inbox', 'provider', 'item'),
  byId('referral', 'coordinator', 'referral'),
  list('referrals', 'coordinator', 'referral'),
  { ...list('outcomes', 'reporter', 'indicator'), document: '{ outcomes { rows { id: indicatorId } } }' },
  ...OF_A_PART,
  change('createOrganisation', 'operator', null, () => ({ name: 'Made', roles: ['VENDOR'] })),
  onArgument('suspendOrganisation', 'organisation', 'operator', 'doomed'),
  onArgument('reinstateOrganisation', 'organisation', 'operator', 'paused'),
  change('eraseEntry', 'operator', 'toErase', (entry) => ({ ...key(), entry, reason: 'Asked for.' })),
  change('beginRecovery', 'operator', 'lost', (organisation) => ({ organisation, reason: 'They called.' })),
  onArgument('confirmRecovery', 'recovery', 'OPERATOR', 'recovery'),
  onArgument('issueRecoveryKey', 'recovery', 'operator', 'recovery'),
  onArgument('refuseRecovery', 'recovery', 'reporter', 'recovery'),
  change('createClient', 'reporter', 'member', (member) => ({ name: 'Hers', permissions: ['EVENTS_READ'], member })),
  // What is shown is no token: test/tenancy/access-tokens.test.ts shows good ones.
  change('linkClient', 'reporter', null, () => ({ name: 'Ours', permissions: ['EVENTS_READ'], accessToken: 'none' })),
  change('updateClient', 'reporter', 'client', (client) => ({ client, name: 'Ours' })),
  change('rotateClientKey', 'reporter', 'client', (client) => ({ client })),
  change('inviteMember', 'reporter', null, () => ({ name: 'New', email: `${randomUUID()}@new.example` })),
  onArgument('revokeClient', 'client', 'reporter', 'client'),
  onArgument('renewInvitation', 'member', 'reporter', 'member'),
  onArgument('suspendMember', 'member', 'reporter', 'member'),
  onArgument('reinstateMember', 'member', 'reporter', 'member'),
  onArgument('removeMember', 'member', 'reporter', 'member'),
  change('grantPermissions', 'reporter', 'joined', (id) => ({ ...key(), member: id, permissions: ['EVENTS_READ'] })),
  change('setActPolicy', 'reporter', null, () => ({ ...key(), requireMfa: false, fourEyes: false })),
  onAct('approveAct'),
  onAct('declineAct'),
  {
    name: 'Mutation.acknowledgeEvents',
    right: 'provider',
    subject: null,
    document: 'mutation { acknowledgeEvents(cursor: "1.1") { errors { code } } }',
    variables: () => ({}),
  },
  change('issueFeedStatement', 'reporter', null, () => key()),
  change('submitReport', 'reporter', null, () => ({
    ...key(),
    title: 'Another',
    tlp: 'AMBER',
    ...indicators(`${randomUUID()}.another.example`),
  })),
  change('importBundle', 'reporter', null, () => ({
    ...key(),
    bundle: `{ "type": "domain-name", "value": "${randomUUID()}.imported.example" }`,
  })),
  change('addIndicators', 'reporter', 'report', (id) => ({ ...ofReport(id), ...indicators('more.thread.example') })),
  change('sealReport', 'reporter', 'unsealed', ofReport),
  change('withdrawIndicators', 'reporter', 'withdrawn', ofReport),
  change('allowTelling', 'reporter', 'quiet', ofReport),
  change('claimCases', 'coordinator', 'claimed', cases, RESULTS),
  change('assessCases', 'coordinator', 'case', (id) => ({ ...cases(id), assessment: 'COMPROMISED' }), RESULTS),
  change('describeHosting', 'coordinator', 'case', (id) => ({ ...cases(id), hosting: { asn: 'AS64500' } }), RESULTS),
  change(
    'addParty',
    'coordinator',
    'case',
    (id) => ({ ...cases(id), role: 'REGISTRY', party: { kind: 'CONTACT_DOMAIN', value: 'registry.example' } }),
    RESULTS,
  ),
  change(
    'correctParty',
    'coordinator',
    'case',
    (id, { delegate }) => ({
      ...cases(id),
      ...{ role: 'REGISTRAR', as: 'REPLACE', party: { organisation: delegate }, reason: 'It moved.' },
    }),
    RESULTS,
  ),
  change('setContact', 'coordinator', 'case', (id) => ({ ...cases(id), role: 'HOST', mark: 'FORM' }), RESULTS),
  change('rejectCases', 'coordinator', 'claimed', (id) => ({ ...cases(id), reason: 'DUPLICATE' }), RESULTS),
  change('retractCases', 'coordinator', 'taken', (id) => ({ ...cases(id), reason: 'FALSE_POSITIVE' }), RESULTS),
  change('endCases', 'coordinator', 'ended', (id) => ({ ...cases(id), as: 'RESOLVED' }), RESULTS),
  change('askReporter', 'coordinator', 'asked', (id) => ({ ...cases(id), question: 'Is it there?' }), RESULTS),
  change('answerQuestion', 'reporter', 'question', (id) => ({ ...key(), question: id, answer: 'It is.' })),
  shared('addCoordinators'),
  shared('removeCoordinators'),
  change('transferCases', 'coordinator', 'moved', (id, { cert }) => ({ ...cases(id), to: cert }), RESULTS),
  change('setTriageRules', 'coordinator', null, (_, { organisation }) => ({ ...key(), rules: [rule(organisation)] })),
  change('confirmCases', 'coordinator', 'case', cases, RESULTS),
  change('forwardCases', 'coordinator', 'case', cases, RESULTS),
  change('claimAssets', 'provider', null, () => ({
    ...key(),
    assets: [{ role: 'HOST', domainSuffix: 'mine.example' }],
  })),
  {
    ...change('decideAssetClaims', 'operator', 'pendingClaim', (id) => ({ ...key(), claims: [id] }), RESULTS),
    document: `mutation ($input: DecideClaimsInput!) { decideAssetClaims(input: $input) { errors { code } ${RESULTS} } }`,
  },
  {
    ...change('decideAssetClaims', 'otherProvider', 'contact', (id) => ({ ...key(), claims: [id] }), RESULTS),
    name: 'Mutation.decideAssetClaims:CONTACT_FOR',
    document: `mutation ($input: DecideClaimsInput!) { decideAssetClaims(input: $input) { errors { code } ${RESULTS} } }`,
  },
  change('releaseAssets', 'provider', 'releasedClaim', (id) => ({ ...key(), claims: [id] }), RESULTS),
  change('acknowledgeItems', 'provider', 'acknowledged', items, RESULTS),
  change('reportAction', 'provider', 'acted', (id) => ({ ...items(id), action: 'DOMAIN_CLIENT_HOLD' }), RESULTS),
  change('declineItems', 'provider', 'declined', (id) => ({ ...items(id), reason: 'NOT_OUR_CUSTOMER' }), RESULTS),
  change('reviewUntil', 'provider', 'reviewed', (id) => ({ ...items(id), until: tomorrow() }), RESULTS),
  change('askCoordinator', 'provider', 'inquired', (id) => ({ ...items(id), question: 'Which page?' }), RESULTS),
  change('reportRestored', 'provider', 'restored', items, RESULTS),
  change('delegateItems', 'provider', 'handed', (id, { delegate }) => ({ ...items(id), delegate }), RESULTS),
  change('revokeDelegation', 'provider', 'revoked', items, RESULTS),
  change(
    'answerProvider',
    'coordinator',
    'inquiry',
    (id) => ({ ...key(), referrals: [{ id }], answer: 'That one.' }),
    RESULTS,
  ),
  {
    name: 'Subscription.events',
    right: 'reporter',
    subject: 'report',
    document: 'subscription { events(after: "1.0", first: 1000) { events { subjects } } }',
    variables: () => ({}),
  },
];
