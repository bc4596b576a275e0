import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { PATIENCE } from '../feed/listener.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { holder } from '../ledger/ledger-world.ts';
import { SUBMIT } from '../support/api.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

const OUT_OF_TIME = [{ extensions: { code: 'TIMEOUT' } }];

let world: World;
let vendor: Party;
beforeAll(async () => {
  world = await createWorld({ limits: { operation: { withinMs: 2_000, bulkWithinMs: 600_000 } } });
  vendor = await world.vendor(await world.cert());
});
afterAll(() => world[Symbol.asyncDispose]());

/** While nobody reads or writes this table. */
async function whileHeld(table: string, act: (release: () => Promise<unknown>) => Promise<void>): Promise<void> {
  const rival = await holder(world.database);
  await rival.query('BEGIN');
  await rival.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  try {
    await act(() => rival.query('ROLLBACK'));
  } finally {
    await rival.query('ROLLBACK');
    await rival.end();
  }
}

const waiting = () =>
  world.database.admin(
    `SELECT pid FROM pg_stat_activity WHERE usename = 'tocsin_app' AND wait_event_type = 'Lock' AND datname = current_database()`,
  );

test('a query that has used up its time is answered so, over both doors, and holds nothing any more', async () => {
  const socket = await RawSocket.signedIn(world.hub.wsUrl, vendor.key);
  await whileHeld('report', async () => {
    const query = '{ reports(first: 10) { edges { node { id } } } }';
    // Each is answered although the rival holds on.
    expect((await vendor.ask(query)).errors).toMatchObject(OUT_OF_TIME);
    socket.asks('late', query);
    expect((await socket.hears('next', 'late')).payload?.errors).toMatchObject(OUT_OF_TIME);
    expect(await waiting()).toEqual([]);
  });
  socket.socket.terminate();
  expect((await vendor.ask('{ reports(first: 10) { edges { node { id } } } }')).errors).toEqual([]);
});

test('a change that has used up its time is undone; at the path for large submissions there is more of it', async () => {
  const input = {
    idempotencyKey: 'again',
    title: 'late',
    tlp: 'AMBER',
    indicators: [{ value: 'late.example', category: 'PHISHING' }],
  };
  await whileHeld('report', async (release) => {
    const patient = fetch(`${world.hub.url}/bulk`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${vendor.key}` },
      body: JSON.stringify({ query: SUBMIT, variables: { input } }),
    });
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(1), PATIENCE);
    const late = { ...input, idempotencyKey: 'another' };
    expect((await vendor.ask(SUBMIT, { input: late })).errors).toMatchObject(OUT_OF_TIME);
    expect(await waiting()).toHaveLength(1);
    await release();
    const { data } = (await (await patient).json()) as { data: { submitReport: { results: object[] } } };
    expect(data.submitReport.results).toHaveLength(1);
  });
  const reports = await vendor.ask('{ reports(first: 10) { edges { node { title } } } }');
  expect(reports.data.reports.edges).toHaveLength(1);
});
