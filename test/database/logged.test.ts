import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';

import type { World } from '../support/world.ts';
import { makeCrowd } from './crowd.ts';
import { appendEntry, codeOf } from './entries.ts';

const UNLOGGED = 'HB001';
const UNHEARD = 'HB002';

let world: World;
let flow: pg.Client;
beforeAll(async () => void (world = await makeCrowd()));
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => void (flow = await world.database.connect('tocsin_system')));
afterEach(() => flow.end());

const id = async (text: string): Promise<string> => {
  const [row] = await world.database.admin<{ id: string }>(text);
  if (!row) throw new Error(`Nothing found by ${text}`);
  return row.id;
};
const anyReport = () => id('SELECT id FROM report LIMIT 1');
const anyOrganisation = () => id('SELECT id FROM organisation LIMIT 1');

/** Commits what the statement did, with an entry of this kind about these rows if there is one. */
async function commit(statement: string, values: unknown[], entry?: readonly [kind: string, ...subjects: string[]]) {
  await flow.query('BEGIN');
  await flow.query(statement, values);
  if (entry) await appendEntry(flow, entry[0], entry.slice(1));
  const code = await codeOf(flow.query('COMMIT'));
  if (code !== null) await flow.query('ROLLBACK');
  return code;
}

describe('a change without an entry', () => {
  test('of any table of state fails at COMMIT, whatever was said of the row before', async () => {
    const { admin } = world.database;
    const tables = await admin<{ name: string; key: string }>(
      `SELECT c.relname AS name, a.attname AS key FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE t.tgname = 'logged' AND c.relnamespace = 'hub'::regnamespace ORDER BY 1`,
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { name, key } of tables) {
      await admin('BEGIN');
      const changed = await admin(
        `UPDATE ${name} SET ${key} = ${key} WHERE ctid = (SELECT ctid FROM ${name} LIMIT 1) RETURNING 1`,
      );
      expect([name, changed.length, await codeOf(admin('COMMIT'))]).toEqual([name, 1, UNLOGGED]);
    }
  });

  test('fails when it is the first of a row', async () => {
    const organisation = await anyOrganisation();
    const insert = "INSERT INTO reader (organisation_id, object_id, capacity) VALUES ($1, gen_random_uuid(), 'TARGET')";
    expect(await commit(insert, [organisation])).toBe(UNLOGGED);
    const member =
      "INSERT INTO member (id, organisation_id, name, email) VALUES (gen_random_uuid(), $1, 'x', 'x@x.example')";
    expect(await commit(member, [organisation])).toBe(UNLOGGED);
  });

  test('fails when it is the last of a row', async () => {
    const report = await id('SELECT report_id AS id FROM responsibility LIMIT 1');
    const remove = 'DELETE FROM responsibility WHERE report_id = $1';
    expect(await commit(remove, [report])).toBe(UNLOGGED);
  });

  test('fails for one row of many', async () => {
    const rows = await world.database.admin<{ id: string }>(
      'SELECT id FROM report WHERE owner_id = (SELECT owner_id FROM report GROUP BY 1 HAVING count(*) > 1 LIMIT 1)',
    );
    const ids = rows.map(({ id: each }) => each);
    const update = 'UPDATE report SET version = version WHERE id = ANY ($1)';
    const other = await id(`SELECT id FROM report WHERE NOT id = ANY ('{${ids.join()}}') LIMIT 1`);
    expect(await commit(update, [[...ids, other]], ['REPORT_EXTENDED', ...ids])).toBe(UNLOGGED);
    expect(await commit(update, [ids], ['REPORT_EXTENDED', ...ids])).toBeNull();
  });
});

describe('an entry', () => {
  const touch = 'UPDATE report SET version = version WHERE id = $1';

  test('in the same transaction, about the row or the one that it hangs under, lets the change through', async () => {
    const report = await id('SELECT report_id AS id FROM responsibility LIMIT 1');
    expect(await commit(touch, [report], ['REPORT_EXTENDED', report])).toBeNull();
    const below = 'UPDATE responsibility SET since = now() WHERE report_id = $1';
    expect(await commit(below, [report], ['RESPONSIBILITIES_CHANGED', report])).toBeNull();
  });

  test('about another row does not count', async () => {
    const report = await anyReport();
    const other = await id(`SELECT id FROM report WHERE id <> '${report}' LIMIT 1`);
    expect(await commit(touch, [report], ['REPORT_EXTENDED', other])).toBe(UNLOGGED);
  });

  test('of another transaction does not count, though it is open at the same time and commits first', async () => {
    const report = await anyReport();
    const rival = await world.database.connect('tocsin_system');
    await rival.query('BEGIN');
    await appendEntry(rival, 'REPORT_EXTENDED', [report]);
    await flow.query('BEGIN');
    await flow.query(touch, [report]);
    await rival.query('COMMIT');
    await rival.end();
    expect(await codeOf(flow.query('COMMIT'))).toBe(UNLOGGED);
  });

  test('that was rolled back to a savepoint does not count', async () => {
    const report = await anyReport();
    await flow.query('BEGIN; SAVEPOINT before');
    await appendEntry(flow, 'REPORT_EXTENDED', [report]);
    await flow.query('ROLLBACK TO before');
    await flow.query(touch, [report]);
    expect(await codeOf(flow.query('COMMIT'))).toBe(UNLOGGED);
  });

  test('is gone with the change when the transaction is rolled back', async () => {
    const report = await anyReport();
    const count = async () =>
      (await world.database.admin('SELECT FROM entry_subject WHERE subject_id = $1', [report])).length;
    const before = await count();
    await flow.query('BEGIN');
    await flow.query(touch, [report]);
    await appendEntry(flow, 'REPORT_EXTENDED', [report]);
    await flow.query('ROLLBACK');
    expect(await count()).toBe(before);
  });
});

describe('an entry is refused', () => {
  const append = (kind: string, ...subjects: string[]) => codeOf(appendEntry(flow, kind, subjects));

  test('whose rows have different readers', async () => {
    const [one, two] = await Promise.all([
      id('SELECT id FROM report ORDER BY owner_id LIMIT 1'),
      id('SELECT id FROM report ORDER BY owner_id DESC LIMIT 1'),
    ]);
    expect(await append('REPORT_EXTENDED', one)).toBeNull();
    expect(await append('REPORT_EXTENDED', one, two)).toBe(UNHEARD);
  });

  test('of a kind that there is not, about a row that there is not, or about none', async () => {
    expect(await append('SOMETHING_ELSE', await anyReport())).toBe(UNHEARD);
    expect(await append('REPORT_EXTENDED', '00000000-0000-7000-8000-000000000000')).toBe(UNHEARD);
    expect(await append('REPORT_EXTENDED', await anyReport(), '00000000-0000-7000-8000-000000000000')).toBe(UNHEARD);
    expect(await append('REPORT_EXTENDED')).toBe(UNHEARD);
  });

  test('about a row of another type, also when that has readers of its own', async () => {
    expect(await append('REPORT_SHARED', await id('SELECT id FROM triage_case LIMIT 1'))).toBe(UNHEARD);
    const read = await id('SELECT c.id FROM triage_case c JOIN reader r ON r.object_id = c.id LIMIT 1');
    expect(await append('REPORT_SHARED', read)).toBe(UNHEARD);
    const shared = await id('SELECT p.id FROM report p JOIN reader r ON r.object_id = p.id LIMIT 1');
    expect(await append('CASES_OPENED', shared)).toBe(UNHEARD);
  });
});
