import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { toGlobalId } from '../../src/platform/ids.ts';
import { createWorld, type World } from '../support/world.ts';
import { plan, scans, statementsOf, viewerOf, wholeReads } from './statements.ts';
import { fill } from './volume.ts';

let world: World;
let tenant: pg.Client;
let ids: Readonly<Record<string, string>>;
beforeAll(async () => {
  world = await createWorld();
  await world.settled();
  await fill(world.database);
  tenant = await world.database.connect('tocsin_app');
  const [row] = await world.database.admin<Record<string, string>>('SELECT * FROM n WHERE n = 4711');
  ids = row ?? {};
  await tells('INDICATORS_CHANGED', 'SELECT id FROM indicator WHERE reporter_id = $1 LIMIT 50');
  await tells(
    'RESPONSIBILITIES_CHANGED',
    `SELECT report AS id, 'NAME' AS kind, n || '.example' AS resource FROM n WHERE mine = $1 LIMIT 50`,
  );
});
afterAll(async () => {
  await tenant.end();
  await world[Symbol.asyncDispose]();
});

/** One more event for the first tenant, of rows of its own. */
async function tells(kind: string, rows: string): Promise<void> {
  const body = `convert_to(jsonb_build_object('rows', (SELECT jsonb_agg(r) FROM (${rows}) r))::text, 'UTF8')`;
  await world.database.admin(
    `WITH told AS (INSERT INTO ledger_payload (entry_id, salt, body) SELECT uuidv7(), sha256('a'), ${body} RETURNING entry_id),
       head AS (UPDATE feed_head SET seq = seq + 1 WHERE organisation_id = $1 RETURNING seq)
     INSERT INTO feed (organisation_id, seq, entry_id, kind, hash) SELECT $1, head.seq, told.entry_id, $2, sha256('a') FROM told, head`,
    [ids['mine'], kind],
  );
}

const page = (field: string, more = ''): string => `{ ${field}(first: 50 ${more}) { edges { node { id } } } }`;

type Who = 'mine' | 'next' | 'third';
const LISTS: readonly (readonly [name: string, who: Who, index: string, column: string, query: () => string])[] = [
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
    () => page('cases', `filter: { report: "${id('Report', 'report')}" }`),
  ],
  [
    'what was asked about a report',
    'mine',
    'question_report',
    'report_id',
    () => within('report', ids['report'], 'questions'),
  ],
  [
    'what was asked about a case',
    'next',
    'question_case',
    'case_id',
    () => within('case', ids['the_case'], 'questions'),
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
    () =>
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
    () => within('report', ids['report'], 'indicators'),
  ],
  [
    'the indicators of a report, for its coordinator',
    'next',
    'indicator_of_report',
    'report_id',
    () => within('report', ids['report'], 'indicators'),
  ],
  [
    'the responsibilities of a report',
    'mine',
    'responsibility_pkey',
    'reporter_id',
    () => within('report', ids['report'], 'responsibilities'),
  ],
  [
    'the responsibilities of a report, for its coordinator',
    'next',
    'responsibility_pkey',
    'reporter_id',
    () => within('report', ids['report'], 'responsibilities'),
  ],
  ['the outcomes of a reporter', 'mine', 'indicator_of_reporter', 'reporter_id', () => outcomes()],
  [
    'the outcomes of a report',
    'mine',
    'indicator_\\w+',
    'report_id',
    () => outcomes(`report: "${id('Report', 'report')}"`),
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
    () => within('case', ids['the_case'], 'indicators'),
  ],
  [
    'the observables of a referral',
    'third',
    'referred_observable_of',
    'referral_id',
    () => within('referral', ids['referral'], 'observables'),
  ],
  [
    'the referrals of a case',
    'next',
    'referral_case',
    'case_id',
    () => `{ case(id: "${id('Case', 'the_case')}") { referrals { id } } }`,
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

const id = (type: string, name: string): string => toGlobalId(type, ids[name] ?? '');
const TYPES: Readonly<Record<string, string>> = { report: 'Report', case: 'Case', referral: 'Referral' };
const outcomes = (more = ''): string => `{ outcomes(first: 50 ${more}) { rows { key } } }`;
function within(field: string, row: string | undefined, list: string): string {
  const node = list === 'responsibilities' ? 'role' : list === 'observables' ? 'ord' : 'id';
  return `{ ${field}(id: "${toGlobalId(TYPES[field] ?? '', row ?? '')}") { ${list}(first: 50) { edges { node { ${node} } } } } }`;
}

describe('under row-level security', () => {
  test.each(LISTS)('%s is read by an index condition, and nothing as a whole', async (_, who, index, column, query) => {
    const me = ids[who] ?? '';
    const statements = await statementsOf(world.hub, query(), viewerOf(me));
    await tenant.query("SELECT set_config('tocsin.org', $1, false)", [me]);
    const nodes = (await Promise.all(statements.map((each) => plan(tenant, each)))).flat();
    expect(wholeReads(nodes)).toEqual([]);
    expect(scans(nodes)).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(`^${index}: .*\\b${column}\\b`))]),
    );
  });

  test.each([
    ['a report', 'mine', 'Report', 'report'],
    ['a case', 'next', 'Case', 'the_case'],
    ['an item', 'third', 'InboxItem', 'item'],
    ['a referral', 'third', 'Referral', 'referral'],
  ] as const)('%s is found by its id', async (_, who, type, name) => {
    const statements = await statementsOf(
      world.hub,
      `{ node(id: "${id(type, name)}") { id } }`,
      viewerOf(ids[who] ?? ''),
    );
    const nodes = (await Promise.all(statements.map((each) => plan(tenant, each)))).flat();
    expect(wholeReads(nodes)).toEqual([]);
    expect(scans(nodes)).toEqual(expect.arrayContaining([expect.stringMatching(/^\w+: \(id = ANY/)]));
  });
});

describe('with the rights of the definer', () => {
  const FUNCTIONS = [
    [
      'feed_page',
      ['after_seq', 'n', 'of_kinds'],
      () => [700, 100, null],
      ['feed_pkey: .*organisation_id.*seq', 'ledger_payload_pkey: '],
    ],
    [
      'trail_page',
      ['subject', 'after_seq', 'n'],
      () => [ids['report'], 0, 100],
      ['entry_subject_pkey: .*subject_id', 'feed_organisation_id_entry_id_key: '],
    ],
    ['parties_of_cases', ['ids'], () => [[ids['the_case']]], ['triage_case_.*: \\(id = ANY']],
    [
      'match_all',
      ['cases', 'reports'],
      () => [[ids['the_case']], [ids['report']]],
      ['triage_case_.*: \\(id = ', 'claim_match: .*key = ANY'],
    ],
    ['readers_of_report', ['ids'], () => [[ids['report']]], ['report_.*: \\(id = ANY']],
    ['readers_of_indicator', ['ids'], () => [[ids['report']]], ['indicator_.*: \\(id = ANY']],
    ['readers_of_referral', ['ids'], () => [[ids['referral']]], ['referral_.*: \\(id = ANY']],
    ['readers_of_inbox_item', ['ids'], () => [[ids['item']]], ['inbox_item_.*: \\(id = ANY']],
    ['readers_of_triage_case', ['ids'], () => [[ids['the_case']]], ['triage_case_.*: \\(id = ANY']],
  ] as const;

  test.each(FUNCTIONS)(
    'the body of %s is read by index conditions, and nothing as a whole',
    async (name, args, values, expected) => {
      const { admin, address } = world.database;
      const [row] = await admin<{ body: string; types: string }>(
        'SELECT prosrc AS body, pg_get_function_identity_arguments(oid) AS types FROM pg_proc WHERE proname = $1',
        [name],
      );
      const types = (row?.types ?? '').split(', ').map((each) => each.split(' ').slice(1).join(' '));
      const text = args.reduce(
        (body, arg, index) => body.replaceAll(new RegExp(`\\b${arg}\\b(?!\\.)`, 'g'), `$${index + 1}::${types[index]}`),
        row?.body ?? '',
      );
      const definer = await superuser(address.adminUrl);
      await definer.query(`SET search_path = hub; SET ROLE tocsin_definer; SET tocsin.org = '${ids['mine']}'`);
      const nodes = await plan(definer, { text, values: values() });
      await definer.end();
      expect(wholeReads(nodes)).toEqual([]);
      for (const each of expected)
        expect(scans(nodes)).toEqual(expect.arrayContaining([expect.stringMatching(`^${each}`)]));
    },
  );
});

async function superuser(connectionString: string): Promise<pg.Client> {
  const { default: driver } = await import('pg');
  const client = new driver.Client({ connectionString });
  await client.connect();
  return client;
}
