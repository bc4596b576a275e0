import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Tx } from '../../src/platform/database/tx.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const MARK = 'of these numbers';
const STATEMENT = `SELECT count(*)::int AS n FROM unnest($1::int[]) AS "${MARK}"`;
const numbers = (n: number): number[] => Array.from({ length: n }, (_, each) => each);

/** How many statements with the mark the connection of this transaction keeps. */
async function keptBy(tx: Tx): Promise<unknown> {
  const rows = await tx.query(
    {
      text: 'SELECT FROM pg_prepared_statements WHERE position($1 IN statement) > 0 AND position($2 IN statement) = 0',
    },
    [MARK, 'pg_prepared_statements'],
  );
  return rows.length;
}

test('a statement with few values is planned once a connection, one with many for what is there', async () => {
  await world.hub.app.work.asSystem(async (tx) => {
    expect(await tx.query(STATEMENT, [numbers(1_000)])).toEqual([{ n: 1_000 }]);
    expect(await keptBy(tx)).toBe(0);
    expect(await tx.query(STATEMENT, [numbers(17)])).toEqual([{ n: 17 }]);
    expect(await keptBy(tx)).toBe(0);
    expect(await tx.query(STATEMENT, [numbers(16)])).toEqual([{ n: 16 }]);
    expect(await keptBy(tx)).toBe(1);
    expect(await tx.query(STATEMENT, [numbers(3)])).toEqual([{ n: 3 }]);
    expect(await keptBy(tx)).toBe(1);
  });
});

test('a connection keeps so many, and plans each time what comes after them', async () => {
  await world.hub.app.work.asSystem(async (tx) => {
    for (let n = 0; n < 320; n += 1) await tx.query(`SELECT ${n} AS "${MARK}"`);
    expect(await keptBy(tx)).toBeGreaterThan(200);
    expect(await keptBy(tx)).toBeLessThanOrEqual(300);
    expect(await tx.query(`SELECT 1 AS "last ${MARK}"`)).toEqual([{ [`last ${MARK}`]: 1 }]);
  });
});

test.each(['tocsin_app', 'tocsin_system'])('no plan that %s keeps reads a table as a whole', async (login) => {
  const [row] = await world.database.admin<{ config: string[] }>(
    `SELECT rolconfig AS config FROM pg_roles WHERE rolname = '${login}'`,
  );
  expect(row?.config).toContain('enable_seqscan=off');
});
