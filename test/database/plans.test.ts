import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { newId } from '../../src/platform/ids.ts';
import type { Prepared } from '../../src/platform/database/tx.ts';
import { once } from '../../src/tenancy/idempotency.service.ts';
import { createWorld, type World } from '../support/world.ts';
import { growTo } from './growth.ts';
import { idIn, LISTS, PAGES, type Ids, type Who } from './hot-queries.ts';
import { plan, plansOf, scans, sorts, statementsOf, viewerOf, wholeReads, type Plan } from './statements.ts';
import { fill } from './volume.ts';

let world: World;
let tenant: pg.Client;
let ids: Ids;
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

/** The plans of all that the hub asks to answer a query, in the name of one of the shares. */
async function plansFor(who: Who, query: string): Promise<Plan[]> {
  const me = ids[who] ?? '';
  const statements = await statementsOf(world.hub, query, viewerOf(me));
  await tenant.query("SELECT set_config('tocsin.org', $1, false)", [me]);
  const nodes: Plan[] = [];
  for (const statement of statements) nodes.push(...(await plansOf(tenant, statement)));
  return nodes;
}

const by = (index: string, column: string): unknown =>
  expect.arrayContaining([expect.stringMatching(new RegExp(`^${index}: .*\\b${column}\\b`))]);

const SIZES = [
  ['ten thousand', 1],
  ['a million', 100],
  ['a hundred million', 10_000],
] as const;

describe.each(SIZES)('under row-level security, with %s rows', (_size, times) => {
  beforeAll(() => growTo(world.database, times));

  test.each(LISTS)('%s is read by an index condition, and nothing as a whole', async (_, who, index, column, query) => {
    const nodes = await plansFor(who, query(ids));
    expect(wholeReads(nodes)).toEqual([]);
    expect(scans(nodes)).toEqual(by(index, column));
  });

  test('what is known under an idempotency key is found by it', async () => {
    const asked: { text: string; values: readonly unknown[] }[] = [];
    const query = (statement: string | Prepared, values: readonly unknown[]) => {
      asked.push({ text: typeof statement === 'string' ? statement : statement.text, values });
      return Promise.resolve([]);
    };
    const request = { key: 'k', operation: 'o', input: {} };
    await expect(once({ query } as never, viewerOf(newId()), request, vi.fn())).rejects.toThrow('still running');
    const looked = asked.find(({ text }) => text.includes('FROM idempotency'));
    const nodes = await plan(tenant, looked ?? { text: '', values: [] });
    expect(wholeReads(nodes)).toEqual([]);
    expect(scans(nodes)).toEqual(by('idempotency_pkey', 'organisation_id.*key'));
  });

  test.each([
    ['a report', 'mine', 'Report', 'report'],
    ['a case', 'next', 'Case', 'the_case'],
    ['an item', 'third', 'InboxItem', 'item'],
    ['a referral', 'third', 'Referral', 'referral'],
  ] as const)('%s is found by its id', async (_, who, type, name) => {
    const nodes = await plansFor(who, `{ node(id: "${idIn(ids, type, name)}") { id } }`);
    expect(wholeReads(nodes)).toEqual([]);
    expect(scans(nodes)).toEqual(expect.arrayContaining([expect.stringMatching(/^\w+: \(id = ANY/)]));
  });
});

// Of ten thousand rows the rest of a list may well be put in order: a tenant has some hundreds of them.
describe.each(SIZES.slice(1))('with %s rows', (_size, times) => {
  beforeAll(() => growTo(world.database, times));

  test.each(PAGES)('%s is read in the order of the index', async (_, who, index, columns, query) => {
    const nodes = await plansFor(who, query(ids));
    expect(scans(nodes)).toEqual(by(index, columns));
    expect(sorts(nodes)).toEqual([]);
  });
});

describe('with the rights of the definer, with a hundred million rows', () => {
  beforeAll(() => growTo(world.database, 10_000));

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

  test('the entry that a change needs is looked for among those of its own transaction', async () => {
    const { admin, address } = world.database;
    const [found] = await admin<{ body: string }>(
      "SELECT prosrc AS body FROM pg_proc WHERE proname = 'must_be_logged'",
    );
    const text = /SELECT FROM entry_subject .*pg_current_xact_id\(\)/.exec(found?.body ?? '')?.[0] ?? '';
    const definer = await superuser(address.adminUrl);
    await definer.query('SET search_path = hub; SET ROLE tocsin_definer');
    const nodes = await plan(definer, { text: text.replace('= subject', '= $1::uuid'), values: [ids['report']] });
    await definer.end();
    expect(scans(nodes)).toEqual(by('entry_subject_pkey', 'subject_id.*txid'));
  });
});

async function superuser(connectionString: string): Promise<pg.Client> {
  const { default: driver } = await import('pg');
  const client = new driver.Client({ connectionString });
  await client.connect();
  return client;
}
