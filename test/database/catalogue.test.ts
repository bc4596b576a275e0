import 'reflect-metadata';

import { afterAll, beforeAll, expect, test } from 'vitest';

// Some kinds of entry are written by the flow alone.
import '../../src/app/flow.ts';
import { nodeKinds } from '../../src/app/resolvers.ts';
import { allFacts } from '../../src/ledger/fact.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

/** Tables without row-level security, and why. No tenant may touch any of them. */
const OPEN: Readonly<Record<string, string>> = {
  claim_sweep: 'how far decided claims were matched again, for the flow alone',
  entry_kind: 'what kinds of entry there are; written by migrations alone',
  follower: 'cursors of the flow',
  follower_failure: 'entries on which the flow failed',
  ledger: 'positions and leaf hashes, for the sequencer and the flow',
  ledger_head: 'the size of the ledger and who leads',
  ledger_checkpoint: 'public: what the hub has signed',
  ledger_inbox: 'entries on their way to the ledger',
  lookup: 'what is to be asked of the world, for the flow alone',
  ledger_tile: 'public: hashes of the tree over the ledger',
  ledger_tree: 'how far the tree is built, and why nothing is signed',
  log_key: 'public halves of the keys that sign',
  state_move: 'where verbs lead, and who says them; written by migrations alone',
  migration: "TypeORM's list of migrations, for the owner alone",
};

/** Protected tables whose changes need no entry, and why. */
const UNLOGGED: Readonly<Record<string, string>> = {
  client_use: 'when a credential last opened is no act of anybody, and once a minute for each',
  entry_subject: 'a part of the entries themselves',
  erasure: 'an order, which has its own entry, and how far the hub is with it',
  feed: 'numbers what the ledger holds',
  feed_head: 'numbers what the ledger holds',
  idempotency: 'remembers answers; what they answered has its own entry',
  ledger_payload: 'a part of the entries themselves',
  session: 'who is signed in now; that a member joined, and what she may do, has entries',
};

let database: TestDatabase;
beforeAll(async () => void (database = await createDatabase()));
afterAll(() => database.drop());

async function names(text: string): Promise<string[]> {
  return (await database.admin<{ name: string }>(text)).map(({ name }) => name).sort();
}

const TABLE = "FROM pg_class c WHERE c.relnamespace = 'hub'::regnamespace AND c.relkind IN ('r', 'p')";
const FUNCTION = "FROM pg_proc p WHERE p.pronamespace = 'hub'::regnamespace";

test('row-level security is forced on every table, but on those that say why not', async () => {
  const open = await names(`SELECT relname AS name ${TABLE} AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`);
  expect(open).toEqual(Object.keys(OPEN).sort());
});

test('no tenant may touch a table without row-level security, in any column and in any way', async () => {
  const reachable = await names(
    `SELECT relname || ' ' || x AS name FROM (SELECT c.relname, c.oid ${TABLE} AND NOT c.relrowsecurity) t,
        unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) x
      WHERE has_table_privilege('tocsin_app', t.oid, x)
         OR x IN ('SELECT', 'INSERT', 'UPDATE') AND has_any_column_privilege('tocsin_app', t.oid, x)`,
  );
  expect(reachable).toEqual([]);
});

test('there is nothing in the schema that row-level security would not reach: no view, no foreign table', async () => {
  const others = await names(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'hub'::regnamespace AND relkind IN ('v', 'm', 'f')",
  );
  expect(others).toEqual([]);
});

test('every policy is for one of the roles by name, and none for everybody', async () => {
  const policies = await names(
    "SELECT tablename || '.' || policyname AS name FROM pg_policies WHERE schemaname = 'hub' AND roles && '{public}'",
  );
  expect(policies).toEqual([]);
});

test('nothing that policies call is volatile: it would be asked again for every row', async () => {
  const called = await database.admin<{ name: string; volatile: boolean }>(
    `SELECT DISTINCT p.proname AS name, p.provolatile = 'v' AS volatile FROM pg_policies q,
        regexp_matches(concat(q.qual, ' ', q.with_check), '(\\w+)\\(', 'g') m JOIN pg_proc p ON p.proname = m[1]
      WHERE q.schemaname = 'hub' ORDER BY 1`,
  );
  expect(called.map(({ name }) => name)).toEqual(expect.arrayContaining(['i_am', 'i_found', 'me']));
  expect(called.filter(({ volatile }) => volatile)).toEqual([]);
});

test('every function with the rights of its owner has a search path of its own, and is not for everybody', async () => {
  const definers = await names(`SELECT p.proname AS name ${FUNCTION} AND p.prosecdef`);
  expect(definers.length).toBeGreaterThan(8);
  const loose = await names(
    `SELECT p.proname AS name ${FUNCTION} AND p.prosecdef AND NOT coalesce(p.proconfig @> '{"search_path=hub, pg_temp"}', false)`,
  );
  expect(loose).toEqual([]);
  const open = await names(
    `SELECT p.proname AS name ${FUNCTION} AND p.prosecdef AND p.proname <> 'must_be_logged'
        AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')`,
  );
  expect(open).toEqual([]);
});

test('only the definer, who cannot log in and bypasses nothing, lends its rights', async () => {
  const owners = await names(`SELECT DISTINCT pg_get_userbyid(p.proowner) AS name ${FUNCTION} AND p.prosecdef`);
  expect(owners).toEqual(['tocsin_definer']);
  const [definer] = await database.admin(
    "SELECT rolcanlogin, rolsuper, rolbypassrls, rolinherit FROM pg_roles WHERE rolname = 'tocsin_definer'",
  );
  expect(definer).toEqual({ rolcanlogin: false, rolsuper: false, rolbypassrls: false, rolinherit: false });
});

test('no login is a superuser, bypasses row-level security, owns a table, or is a member of another', async () => {
  const strong = await names(
    "SELECT rolname AS name FROM pg_roles WHERE rolname LIKE 'tocsin%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)",
  );
  expect(strong).toEqual([]);
  const owners = await names(`SELECT DISTINCT pg_get_userbyid(c.relowner) AS name ${TABLE}`);
  expect(owners).toEqual(['tocsin_owner']);
  const members = await names(
    `SELECT m.rolname || ' of ' || r.rolname AS name FROM pg_auth_members a
       JOIN pg_roles m ON m.oid = a.member JOIN pg_roles r ON r.oid = a.roleid WHERE m.rolname LIKE 'tocsin%'`,
  );
  // The second shows whose log a standby follows, and nothing of any table: docs/decisions/0036-read-replicas.md.
  expect(members).toEqual(['tocsin_definer of pg_read_all_stats', 'tocsin_owner of tocsin_definer']);
});

test('nobody but the owner and the definer makes anything in the schema', async () => {
  const makers = await names(
    "SELECT r.rolname AS name FROM pg_roles r WHERE r.rolname LIKE 'tocsin%' AND has_schema_privilege(r.oid, 'hub', 'CREATE')",
  );
  expect(makers).toEqual(['tocsin_owner']);
});

test('the kinds of entry in the database are the facts in the code, each about the same type of row', async () => {
  const kinds = await names("SELECT kind || ' ' || subject_type AS name FROM entry_kind");
  expect(kinds).toEqual(
    allFacts()
      .map(({ kind, subject }) => `${kind} ${subject}`)
      .sort(),
  );
});

test('each type of row that entries are about has its readers, its table, and a name outside', async () => {
  const types = await names('SELECT DISTINCT subject_type AS name FROM entry_kind');
  for (const type of types) {
    expect(await names(`SELECT proname AS name ${FUNCTION} AND p.proname = 'readers_of_${type}'`)).toHaveLength(1);
    expect(await names(`SELECT relname AS name ${TABLE} AND c.relname = '${type}'`)).toEqual([type]);
    expect(nodeKinds.filter(({ subject }) => subject === type)).toHaveLength(1);
  }
});

test('every kind is heard by classes that its type of row has', async () => {
  const classes = new Map<string, Set<string>>();
  for (const { name, source } of await database.admin<{ name: string; source: string }>(
    `SELECT substr(proname, 12) AS name, prosrc AS source ${FUNCTION} AND proname LIKE 'readers\\_of\\__%'`,
  )) {
    classes.set(name, new Set([...source.matchAll(/'(\w+)'/g)].map(([, word = '']) => word)));
  }
  for (const { kind, subject_type, hears } of await database.admin<{
    kind: string;
    subject_type: string;
    hears: string[];
  }>('SELECT * FROM entry_kind')) {
    const unknown = hears.filter((each) => !classes.get(subject_type)?.has(each));
    expect([kind, hears.length > 0, unknown]).toEqual([kind, true, []]);
  }
});

test('every table of state refuses at COMMIT a change without an entry, but those that say why not', async () => {
  const unlogged = await names(
    `SELECT relname AS name ${TABLE} AND c.relrowsecurity AND NOT EXISTS (
       SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = c.oid AND t.tgname = 'logged'
          AND p.proname = 'must_be_logged' AND t.tgdeferrable AND t.tginitdeferred AND t.tgenabled = 'O'
          -- For each row, after INSERT, UPDATE and DELETE.
          AND t.tgtype = (1 | 4 | 8 | 16))`,
  );
  expect(unlogged).toEqual(Object.keys(UNLOGGED).sort());
});

test('no tenant updates a column that says who reads a row', async () => {
  const updatable = await names(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.column_privileges
      WHERE table_schema = 'hub' AND grantee = 'tocsin_app' AND privilege_type = 'UPDATE'
        AND (column_name LIKE '%\\_id' OR column_name IN ('id', 'listed', 'roles', 'permissions'))`,
  );
  expect(updatable).toEqual([]);
});

test('what keys are unique for begins with a reader, or is made by the hub alone', async () => {
  const own =
    /^(organisation_id|owner_id|reporter_id|provider_id|coordinator_id|id|name|kind|position|entry_id|log_id|subject_id|ticket|size|level|of)\b/;
  const keys = await database.admin<{ name: string; columns: string }>(
    `SELECT c.relname AS name, string_agg(a.attname, ',' ORDER BY a.attnum) AS columns
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace = 'hub'::regnamespace AND i.indisunique GROUP BY 1`,
  );
  const others = keys.filter(({ columns }) => !own.test(columns)).map(({ name }) => name);
  // 256 random bits, of which the database has only the hash: nobody asks for a key that another one has. And a link,
  // which is asked for with a token that is already the other one's.
  expect(others.sort()).toEqual(['client_issued', 'client_key_hash_key']);
});
