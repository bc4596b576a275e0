import type { OperationLimits } from '../../src/server/limits/limits.ts';

/** A document that no client of good will sends, and the code by which both doors refuse it. */
export interface Attack {
  readonly name: string;
  readonly query: string;
  readonly code: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly documentId?: string;
  /** The limit that alone stands against it. */
  readonly limit?: keyof OperationLimits;
}

const times = (count: number, make: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => make(n)).join(' ');

const nested = (count: number, open: string, inside: string, close: string): string =>
  open.repeat(count) + inside + close.repeat(count);

/** Values within values, as JSON reads them. */
const deepValue = (levels: number, list: boolean): unknown =>
  JSON.parse(list ? nested(levels, '[', '1', ']') : nested(levels, '{"a":', '1', '}'));

const LARGE = 'OPERATION_TOO_LARGE';
const UNREADABLE = 'GRAPHQL_PARSE_FAILED';
const WRONG = 'GRAPHQL_VALIDATION_FAILED';
const VALUES = 'BAD_USER_INPUT';

const item = (n: number): string => `{value: "host${n}.example", category: PHISHING}`;
const INDICATORS = 'reports(first: 100) { edges { node { indicators(first: 100) { edges { node { id } } } } } }';
const FORWARD =
  'mutation ($input: ForwardCasesInput!) { forwardCases(input: $input) { results { case { indicators(first: 100) { edges { node { id } } } } } } }';

/** Each of these is a good document but for one limit. */
const ALONE: readonly Attack[] = [
  { name: 'a flood of comments', query: `{ __typename }#${' and'.repeat(12_500)}`, code: LARGE, limit: 'length' },
  {
    name: 'a flood of tokens',
    query: `mutation { submitReport(input: {idempotencyKey: "a", title: "b", tlp: AMBER, indicators: [${times(250, item)}]}) { report { id } } }`,
    code: UNREADABLE,
    limit: 'tokens',
  },
  {
    name: 'a flood of operations',
    query: times(51, (n) => `query q${n} { __typename }`),
    operationName: 'q0',
    code: LARGE,
    limit: 'definitions',
  },
  {
    name: 'a flood of variables',
    query: `mutation (${times(101, (n) => `$v${n}: ID!`)}) { releaseAssets(input: {idempotencyKey: "a", claims: [${times(101, (n) => `$v${n}`)}]}) { errors { code } } }`,
    code: LARGE,
    limit: 'variables',
  },
  {
    name: 'an object within itself',
    query: `{ inboxItem(id: "1") ${nested(12, '{ delegation ', '{ id }', ' }')} }`,
    code: LARGE,
    limit: 'depth',
  },
  { name: 'wide', query: `{ ${'__typename '.repeat(501)} }`, code: LARGE, limit: 'fields' },
  {
    name: 'spreads of spreads',
    query: `{ ${'...a '.repeat(400)} } fragment a on Query { ...b } fragment b on Query { __typename }`,
    code: LARGE,
    limit: 'selections',
  },
  { name: 'aliases', query: `{ ${times(31, (n) => `a${n}: __typename`)} }`, code: LARGE, limit: 'aliases' },
  { name: 'directives', query: `{ ${'__typename @include(if: true) '.repeat(51)} }`, code: LARGE, limit: 'directives' },
  {
    name: 'one field again and again',
    query: `{ ${'report(id: "1") { id } '.repeat(21)} }`,
    code: LARGE,
    limit: 'repeats',
  },
  {
    name: 'nested variables',
    query: '{ __typename }',
    variables: { a: deepValue(40, false) },
    code: LARGE,
    limit: 'inputDepth',
  },
  { name: 'lists of lists', query: `{ ${times(3, (n) => `a${n}: ${INDICATORS}`)} }`, code: LARGE, limit: 'cost' },
];

const LISTS: readonly Attack[] = [
  {
    name: 'lists of lists by a variable',
    query: `query ($n: Int!) { ${times(3, (n) => `a${n}: ${INDICATORS.replaceAll('100', '$n')}`)} }`,
    variables: { n: 100 },
    code: LARGE,
  },
  {
    name: 'lists of lists by the default of a variable',
    query: `query ($n: Int! = 100) { ${times(3, (n) => `a${n}: ${INDICATORS.replaceAll('100', '$n')}`)} }`,
    code: LARGE,
  },
  {
    name: 'lists of lists behind fragments',
    query: `{ a: reports(first: 100) { ...r } b: reports(first: 100) { ...r } c: reports(first: 100) { ...r } } fragment r on ReportConnection { edges { node { indicators(first: 100) { edges { node { id } } } } } }`,
    code: LARGE,
  },
  {
    name: 'the feed many times over',
    query: `{ ${times(26, (n) => `a${n}: events(first: 1000) { events { id: cursor } }`)} }`,
    code: LARGE,
  },
  {
    name: 'a list in each answer of a bulk',
    query: FORWARD,
    variables: { input: { idempotencyKey: 'a', cases: Array.from({ length: 300 }, () => ({ id: 'x' })) } },
    code: LARGE,
  },
];

/** A fragment that spreads the next twice: 2^45 fields in 45 lines. */
const BOMB = `{ ...f0 } ${times(45, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`)} fragment f45 on Query { __typename }`;

const FRAGMENTS: readonly Attack[] = [
  { name: 'a fragment bomb', query: BOMB, code: LARGE },
  {
    name: 'a fragment bomb in inline fragments',
    query: `{ ... on Query { ...a } } fragment a on Query { ${times(20, () => '... on Query { ...b }')} } fragment b on Query { ${'__typename '.repeat(30)} }`,
    code: LARGE,
  },
  { name: 'a fragment within itself', query: '{ ...a } fragment a on Query { ...a }', code: WRONG },
  {
    name: 'fragments in a circle',
    query: '{ ...a } fragment a on Query { ...b } fragment b on Query { ...c } fragment c on Query { ...a }',
    code: WRONG,
  },
  {
    name: 'a circle through a field',
    query: '{ inboxItem(id: "1") { ...a } } fragment a on InboxItem { delegation { ...a } }',
    code: WRONG,
  },
  {
    name: 'fragments that nobody spreads',
    query: `{ __typename } ${times(49, (n) => `fragment a${n} on Query { __typename }`)}`,
    code: WRONG,
  },
  {
    name: 'more fragments than any client has',
    query: `{ __typename } ${times(200, (n) => `fragment a${n} on Query { a }`)}`,
    code: LARGE,
  },
  { name: 'a spread of nothing', query: '{ ...missing }', code: WRONG },
  {
    name: 'fields to merge, each with each',
    query: `{ ${times(40, (n) => `...a${n}`)} } ${times(40, (n) => `fragment a${n} on Query { report(id: "1") { id } case(id: "1") { id } }`)}`,
    code: LARGE,
  },
  {
    name: 'fields to merge that conflict',
    query: `{ ${times(20, (n) => `report(id: "${n}") { id }`)} }`,
    code: WRONG,
  },
  {
    name: 'overlapping fragments at each level',
    query: `{ inboxItem(id: "1") { ...a0 ...b0 } } ${times(9, (n) => `fragment a${n} on InboxItem { delegation { ...a${n + 1} ...b${n + 1} } } fragment b${n} on InboxItem { delegation { ...a${n + 1} ...b${n + 1} } }`)} fragment a9 on InboxItem { id } fragment b9 on InboxItem { id }`,
    code: LARGE,
  },
];

const FLOODS: readonly Attack[] = [
  { name: 'levels that do not exist', query: nested(300, '{ a ', '', '}'), code: LARGE },
  {
    name: 'inline fragments within each other',
    query: nested(700, '{ ... on Query ', '{ __typename }', '}'),
    code: UNREADABLE,
  },
  {
    name: 'aliases of a change',
    query: `mutation { ${times(31, (n) => `a${n}: acknowledgeEvents(cursor: "1") { upTo }`)} }`,
    code: LARGE,
  },
  {
    name: 'aliases of the schema',
    query: `{ ${times(31, (n) => `a${n}: __type(name: "Query") { name }`)} }`,
    code: LARGE,
  },
  {
    name: 'one directive again and again in one place',
    query: `{ __typename ${'@include(if: true) '.repeat(40)} }`,
    code: WRONG,
  },
  { name: 'a flood of directives that do not exist', query: `{ __typename ${'@a '.repeat(400)} }`, code: LARGE },
  {
    name: 'directives on fragments',
    query: `{ ${times(60, () => '... @skip(if: true) { __typename }')} }`,
    code: LARGE,
  },
  {
    name: 'directives on variables',
    query: `query (${times(60, (n) => `$v${n}: Int @a`)}) { __typename }`,
    code: LARGE,
  },
  { name: 'deferred directives', query: '{ ... @defer { __typename } }', code: WRONG },
  {
    name: 'one variable twice',
    query: 'query ($a: Int, $a: Int) { reports(first: $a) { edges { cursor } } }',
    code: WRONG,
  },
  { name: 'a flood of commas', query: `{ __typename ${','.repeat(55_000)} }`, code: LARGE },
  {
    name: 'the schema of the schema',
    query: `{ __schema { types { ${nested(5, 'fields { type { ', 'name', ' } } ')} } } }`,
    code: WRONG,
  },
];

const VALUE_ATTACKS: readonly Attack[] = [
  {
    name: 'a list within lists in the document',
    query: `{ report(id: ${nested(900, '[', '1', ']')}) { id } }`,
    code: WRONG,
  },
  {
    name: 'an object within objects in the document',
    query: `{ report(id: ${nested(300, '{a: ', '1', '}')}) { id } }`,
    code: WRONG,
  },
  {
    name: 'lists within lists in a variable',
    query: 'query ($a: ID!) { report(id: $a) { id } }',
    variables: { a: deepValue(2_000, true) },
    code: LARGE,
  },
  {
    name: 'a list within a few lists',
    query: 'query ($a: ID!) { report(id: $a) { id } }',
    variables: { a: deepValue(8, true) },
    code: VALUES,
  },
  {
    name: 'a number beyond numbers in the document',
    query: `{ reports(first: ${'9'.repeat(1_000)}) { edges { cursor } } }`,
    code: WRONG,
  },
  {
    name: 'a number beyond 2^31 in a variable',
    query: 'query ($n: Int!) { reports(first: $n) { edges { cursor } } }',
    variables: { n: 1e300 },
    code: VALUES,
  },
  {
    name: 'a text where a number belongs',
    query: 'query ($n: Int!) { reports(first: $n) { edges { cursor } } }',
    variables: { n: '9'.repeat(50_000) },
    code: VALUES,
  },
  {
    name: 'nothing where something belongs',
    query: 'query ($n: Int!) { reports(first: $n) { edges { cursor } } }',
    variables: { n: null },
    code: VALUES,
  },
  { name: 'names of every object', query: '{ __proto__ constructor toString hasOwnProperty }', code: WRONG },
];

const TEXTS: readonly Attack[] = [
  { name: 'nothing but spaces', query: '  ', code: UNREADABLE },
  { name: 'nothing but a comment', query: '# { __typename }', code: UNREADABLE },
  { name: 'half a document', query: '{ reports(first: 1', code: UNREADABLE },
  { name: 'a text without an end', query: `{ report(id: "${'a'.repeat(20_000)}`, code: UNREADABLE },
  { name: 'a block of text without an end', query: `{ report(id: """${'a\\"""'.repeat(5_000)}`, code: UNREADABLE },
  { name: 'a code point that is none', query: '{ report(id: "\\u{110000}") { id } }', code: UNREADABLE },
  { name: 'half a surrogate pair', query: '{ report(id: "\\uD800") { id } }', code: UNREADABLE },
  { name: 'a zero byte', query: '{ \u0000__typename }', code: UNREADABLE },
  {
    name: 'letters that only look like letters',
    query: '{ rерorts(first: 1) { edges { cursor } } }',
    code: UNREADABLE,
  },
  { name: 'text that runs from right to left', query: '{ \u202E__typename }', code: UNREADABLE },
  { name: 'definitions of types', query: `${times(40, (n) => `type T${n} { a: Int }`)} { __typename }`, code: WRONG },
  { name: 'a change of the schema', query: 'extend type Query { a: Int } { a }', code: WRONG },
  { name: 'two operations without a name', query: '{ __typename } { __typename }', code: WRONG },
  {
    name: 'two subscriptions in one',
    query: 'subscription { a: events { cursor } b: events { cursor } }',
    code: WRONG,
  },
  { name: 'a document that is not known', query: '', documentId: `sha256:${'0'.repeat(64)}`, code: 'DOCUMENT_UNKNOWN' },
  { name: 'an id of a document that is none', query: '', documentId: '../../etc/passwd', code: 'DOCUMENT_UNKNOWN' },
];

export const CORPUS: readonly Attack[] = [...ALONE, ...LISTS, ...FRAGMENTS, ...FLOODS, ...VALUE_ATTACKS, ...TEXTS];
