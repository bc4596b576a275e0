import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { stateTables } from '../../src/app/states.ts';
import { Refusal } from '../../src/platform/errors.ts';
import { defineStates } from '../../src/platform/states.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

/** States that the database keeps a place for and no verb leads to yet. */
const TO_COME: Readonly<Record<string, readonly string[]>> = {
  'an organisation': ['UNCLAIMED'],
  'a report': ['PUBLISHED'],
  'a responsibility': ['STAYED', 'DOWN'],
};

/** Every state that verbs lead to from these. */
function reached(table: (typeof stateTables)[number], from: readonly string[]): Set<string> {
  const found = new Set(from);
  for (const state of found) for (const next of Object.values(table.states[state]?.takes ?? {})) found.add(next ?? '');
  return found;
}

describe.each(stateTables.map((table) => [table.noun, table] as const))('the life of %s', (_, table) => {
  const states = defineStates(table);

  test('has a defined answer to every verb in every state: the next one, or WRONG_STATE', () => {
    const verbs = Object.keys(table.verbs);
    let answers = 0;
    for (const state of states.all) {
      for (const verb of verbs) {
        const next = table.states[state]?.takes[verb];
        if (next === undefined) {
          expect(() => states.after(state, verb)).toThrow(Refusal);
          expect(() => states.after(state, verb)).toThrow(`that is ${state} does not take ${verb}.`);
        } else {
          expect(states.all).toContain(states.after(state, verb));
        }
        answers++;
      }
    }
    expect(answers).toBe(states.all.length * verbs.length);
  });

  test('reaches each of its states from its beginning', () => {
    const found = reached(table, table.starts);
    expect(states.all.filter((state) => !found.has(state))).toEqual(TO_COME[table.noun] ?? []);
  });

  test('has a way out of every state that is not a truthful end', () => {
    const stuck = states.all.filter(
      (state) => ![...reached(table, [state])].some((each) => table.states[each]?.otherwise === null),
    );
    expect(stuck).toEqual([]);
  });

  test('uses every verb that it names, and names who says it', () => {
    const used = new Set(states.all.flatMap((state) => Object.keys(table.states[state]?.takes ?? {})));
    expect(Object.keys(table.verbs).sort()).toEqual([...used].sort());
    expect(Object.values(table.verbs).filter((who) => who.trim() === '')).toEqual([]);
  });
});

describe('the database knows the same states', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createDatabase();
    client = new pg.Client({ connectionString: database.address.adminUrl });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  test.each(stateTables.map(({ column, states }) => [column, Object.keys(states)] as const))(
    '%s',
    async (at, states) => {
      const [table, column] = at.split('.');
      const { rows } = await client.query<{ check: string }>(
        `SELECT pg_get_constraintdef(oid) AS check FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'
          AND conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2)]`,
        [`hub.${table}`, column],
      );
      const allowed = rows.flatMap(({ check }) => [...check.matchAll(/'([A-Z_]+)'/g)].map(([, state]) => state));
      expect(allowed.sort()).toEqual([...states].sort());
    },
  );
});
