import 'reflect-metadata';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { stateTables } from '../../src/app/states.ts';
import type { StateTable } from '../../src/platform/states.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const PROVIDER = { provider_id: ['acknowledge', 'review', 'ask', 'delegate', 'act', 'decline', 'revoke', 'restore'] };
const ITS_OPERATOR = ['verify', 'refuse', 'dispute', 'uphold', 'renew', 'revoke', 'release'];

/** Who says a verb for itself, by the column that names it; what nobody of them says, the hub alone says. */
const SAYS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  organisation: { operator_id: ['join', 'suspend', 'reinstate'] },
  member: { organisation_id: ['suspend', 'reinstate', 'remove'] },
  recovery: {
    organisation_id: ['refuse'],
    operator_id: ['issue', 'refuse'],
    seconder_id: ['confirm', 'refuse'],
  },
  approval: { organisation_id: ['approve', 'decline'] },
  report: { owner_id: ['seal', 'withdraw'] },
  indicator: { reporter_id: ['seal', 'withdraw'] },
  responsibility: {},
  triage_case: {
    coordinator_id: ['claim', 'ask', 'confirm', 'reject', 'forward', 'mitigate', 'resolve', 'giveUp', 'retract'],
  },
  question: { reporter_id: ['answer'], coordinator_id: ['lapse'] },
  asset_claim: {
    operator_id: ITS_OPERATOR,
    consenter_id: ['verify', 'refuse', 'renew', 'revoke'],
    organisation_id: ['release'],
  },
  inbox_item: PROVIDER,
  referral: { coordinator_id: ['answerQuestion'] },
  triage_rule: { organisation_id: ['replace'] },
};

let database: TestDatabase;
beforeAll(async () => void (database = await createDatabase()));
afterAll(() => database.drop());

function movesOf({ column, states }: StateTable): string[] {
  const table = column.split('.')[0] ?? '';
  const sayers = new Map<string, Set<string>>();
  for (const [was, { takes }] of Object.entries(states))
    for (const [verb, becomes] of Object.entries(takes)) {
      const move = `${table} ${was} ${becomes}`;
      const by = Object.entries(SAYS[table] ?? {}).flatMap(([name, verbs]) => (verbs.includes(verb) ? [name] : []));
      if (was === becomes || by.length === 0) continue;
      sayers.set(move, new Set([...(sayers.get(move) ?? []), ...by]));
    }
  return [...sayers].map(([move, by]) => `${move} {${[...by].sort().join(',')}}`);
}

test('the database lets tenants move a row as the tables of states let them, by those who say the verb', async () => {
  const rows = await database.admin<{ move: string }>(
    `SELECT of || ' ' || was || ' ' || becomes || ' {' || array_to_string(array(SELECT x FROM unnest(by) x ORDER BY 1), ',') || '}' AS move FROM state_move`,
  );
  expect(rows.map(({ move }) => move).sort()).toEqual(stateTables.flatMap(movesOf).sort());
});

test('every state is watched', async () => {
  const watched = await database.admin<{ name: string }>(
    `SELECT c.relname || '.' || a.attname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = t.tgattr[0] WHERE t.tgname = 'moved' AND t.tgenabled = 'O' ORDER BY 1`,
  );
  const columns = stateTables.map(({ column }) => column);
  expect(watched.map(({ name }) => name)).toEqual(columns.sort());
});
