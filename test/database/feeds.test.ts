import { afterAll, beforeAll, expect, test } from 'vitest';

import { EMPTY_CHAIN, leafHash, nextInChain } from '../../src/ledger/entry.ts';
import { sha256 } from '../../src/platform/ids.ts';
import { fixtureLookup } from '../../src/routing/lookup.ts';
import { createWorld, type World } from '../support/world.ts';
import { happenings } from './crowd.ts';

/** A world in which much has happened, and a copy of each audience as it was computed when the entry was appended. */
let world: World;
beforeAll(async () => {
  world = await createWorld({ lookup: fixtureLookup('{}') });
  await world.database.admin(
    'CREATE TABLE heard (entry_id uuid PRIMARY KEY, kind text NOT NULL, audience uuid[] NOT NULL)',
  );
  await world.database
    .admin(`CREATE FUNCTION note_audience() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = hub AS $$
    BEGIN INSERT INTO heard VALUES (NEW.entry_id, NEW.kind, NEW.audience); RETURN NULL; END $$`);
  await world.database.admin(
    'CREATE TRIGGER note AFTER INSERT ON ledger_inbox FOR EACH ROW EXECUTE FUNCTION note_audience()',
  );
  // The operator itself was there before anybody listened.
  await world.settled();
  await world.database.admin(
    'INSERT INTO heard SELECT entry_id, kind, array_agg(organisation_id) FROM feed GROUP BY 1, 2 ON CONFLICT DO NOTHING',
  );
  await happenings(world);
});
afterAll(() => world[Symbol.asyncDispose]());

test('entries of every kind were written, but alarms, erasures and what an operator does to keys', async () => {
  const kinds = await world.database.admin<{ kind: string }>(
    'SELECT kind FROM entry_kind EXCEPT SELECT kind FROM heard ORDER BY 1',
  );
  // test/retention has those: they take away what the others here need.
  const isErasure = (kind: string) => kind === 'ERASURE_DONE' || kind.endsWith('_ERASED');
  expect(kinds.map(({ kind }) => kind).filter((kind) => !isErasure(kind))).toEqual([
    'CHECKPOINT_REFUSED',
    'ENTRY_QUARANTINED',
    'GENERATION_OPENED',
    'KEY_RETIRED',
  ]);
});

test('every feed is numbered 1, 2, 3 ... with no gap and no repeat', async () => {
  const feeds = await world.database.admin<{
    organisation_id: string;
    n: number;
    least: number;
    most: number;
    entries: number;
    head: number;
  }>(
    `SELECT f.organisation_id, count(*)::int AS n, min(f.seq)::int AS least, max(f.seq)::int AS most,
        count(DISTINCT f.entry_id)::int AS entries, max(h.seq)::int AS head
       FROM feed f JOIN feed_head h USING (organisation_id) GROUP BY 1`,
  );
  expect(feeds.length).toBeGreaterThan(8);
  for (const { n, least, most, entries, head } of feeds) expect([least, most, entries, head]).toEqual([1, n, n, n]);
});

test('every feed holds exactly the entries whose audience includes the organisation, in the order of the ledger', async () => {
  const wrong = await world.database.admin(
    `SELECT 'missing' AS what, h.entry_id, o AS organisation FROM heard h, unnest(h.audience) o
      WHERE NOT EXISTS (SELECT FROM feed f WHERE f.organisation_id = o AND f.entry_id = h.entry_id)
     UNION ALL SELECT 'too much', f.entry_id, f.organisation_id FROM feed f
      WHERE NOT EXISTS (SELECT FROM heard h WHERE h.entry_id = f.entry_id AND f.organisation_id = ANY (h.audience))
     UNION ALL SELECT 'out of order', a.entry_id, a.organisation_id FROM feed a JOIN ledger la USING (entry_id)
        JOIN feed b ON b.organisation_id = a.organisation_id AND b.seq = a.seq + 1 JOIN ledger lb ON lb.entry_id = b.entry_id
      WHERE lb.position <= la.position`,
  );
  expect(wrong).toEqual([]);
});

test('the ledger is dense, and holds each entry that was appended once, and no other', async () => {
  const [row] = await world.database.admin(
    `SELECT count(*)::int AS n, min(position)::int AS least, max(position)::int AS most,
        (SELECT size::int FROM ledger_head) AS size, (SELECT count(*)::int FROM heard) AS appended,
        (SELECT count(*)::int FROM ledger_payload) AS payloads, (SELECT count(*)::int FROM heard h JOIN ledger l USING (entry_id, kind)) AS same
       FROM ledger`,
  );
  const n = row?.['n'];
  expect(n).toBeGreaterThan(100);
  expect(row).toEqual({ n, least: 0, most: n - 1, size: n, appended: n, payloads: n, same: n });
});

// What was handed over or unshared is heard of by those who read it then.
test('nobody hears an entry about a row that it may not read, and every reader of a class that hears it does', async () => {
  const wrong = await world.database.admin(
    `WITH told AS (SELECT h.entry_id, h.kind, h.audience, s.subject_id, k.subject_type, k.hears
         FROM heard h JOIN entry_subject s USING (entry_id) JOIN entry_kind k USING (kind)),
       reads AS (SELECT t.entry_id, t.subject_id, array(SELECT DISTINCT r.organisation_id FROM readers_of(t.subject_type, ARRAY[t.subject_id]) r
         WHERE r.class = ANY (t.hears)) AS now, t.audience, t.kind FROM told t)
     SELECT * FROM reads WHERE NOT audience <@ now AND NOT EXISTS (SELECT FROM entry_subject s JOIN heard h USING (entry_id)
       WHERE s.subject_id = reads.subject_id AND h.kind IN ('CASES_TAKEN', 'INDICATORS_TAKEN', 'REFERRALS_TAKEN', 'RESOURCES_TAKEN', 'READERS_REMOVED'))`,
  );
  expect(wrong).toEqual([]);
});

test('the chain of each feed can be computed again from salts and bodies', async () => {
  const rows = await world.database.admin<{
    organisation_id: string;
    hash: Buffer;
    salt: Buffer | null;
    body: Buffer | null;
    leaf_hash: Buffer;
  }>(
    `SELECT f.organisation_id, f.hash, p.salt, p.body, l.leaf_hash
       FROM feed f JOIN ledger_payload p USING (entry_id) JOIN ledger l USING (entry_id) ORDER BY f.organisation_id, f.seq`,
  );
  const chains = new Map<string, Buffer>();
  for (const { organisation_id, hash, salt, body, leaf_hash } of rows) {
    // Of what was erased the leaf is left.
    const leaf = salt && body ? leafHash(sha256(salt, body)) : leaf_hash;
    const next = nextInChain(chains.get(organisation_id) ?? EMPTY_CHAIN, leaf);
    chains.set(organisation_id, next);
    expect([leaf.equals(leaf_hash), next.equals(hash)]).toEqual([true, true]);
  }
});

test('no entry speaks to two reporters, or to coordinators of two cases; to two providers only of a contact, or of what one handed on to the other', async () => {
  // Whom a coordinator has added to a case hears of it with the coordinator.
  const added = await world.database.admin<{ id: string }>(
    `SELECT DISTINCT o.id FROM heard h JOIN ledger_payload p USING (entry_id), jsonb_array_elements(convert_from(p.body, 'UTF8')::jsonb -> 'rows') r
       JOIN organisation o ON o.name = r ->> 'reader' WHERE h.kind = 'READERS_ADDED'`,
  );
  const readers = new Set(added.map(({ id }) => id));
  const roles = await world.database.admin<{ id: string; roles: string[] }>('SELECT id, roles FROM organisation');
  const roleOf = new Map(roles.map(({ id, roles: [role] }) => [id, role]));
  const handed = await world.database.admin<{ pair: string }>(
    "SELECT DISTINCT provider_id || ' ' || delegator_id AS pair FROM inbox_item WHERE delegator_id IS NOT NULL",
  );
  const delegations = new Set(handed.map(({ pair }) => pair.split(' ').sort().join()));
  const heard = await world.database.admin<{ kind: string; audience: string[] }>('SELECT kind, audience FROM heard');
  for (const { kind, audience } of heard) {
    for (const role of ['VENDOR', 'CERT', 'PROVIDER']) {
      const among = audience.filter((id) => roleOf.get(id) === role && !readers.has(id));
      const contact = role === 'PROVIDER' && kind.startsWith('ASSET');
      const delegated = kind.startsWith('ITEMS') && delegations.has([...among].sort().join());
      expect([kind, role, among.length <= (contact || delegated ? 2 : 1)]).toEqual([kind, role, true]);
    }
  }
});
