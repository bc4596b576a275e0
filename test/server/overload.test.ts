import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { PATIENCE } from '../feed/listener.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { holder } from '../ledger/ledger-world.ts';
import { SUBMIT, ask } from '../support/api.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

const OVERLOADED = [{ extensions: { code: 'SERVICE_OVERLOADED', retryAfter: 2 } }];
const REPORTS = '{ reports(first: 1) { edges { node { id } } } }';

let world: World;
let vendor: Party;
beforeAll(async () => {
  world = await createWorld({
    poolSize: 2,
    limits: { load: { forEachConnection: 3, atLeast: 1, inboxEntries: 5, inboxSeconds: 60 } },
  });
  vendor = await world.vendor(await world.cert());
});
afterAll(() => world[Symbol.asyncDispose]());

async function whileHeld(table: string, act: () => Promise<void>): Promise<void> {
  const rival = await holder(world.database);
  await rival.query('BEGIN');
  await rival.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  try {
    await act();
  } finally {
    await rival.query('ROLLBACK');
    await rival.end();
  }
}

const raw = (query: string) =>
  fetch(world.hub.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${vendor.key}` },
    body: JSON.stringify({ query }),
  });

test('what is more than the node can work on is refused at once with when to come again, over both doors, and the rest is done', async () => {
  const socket = await RawSocket.signedIn(world.hub.wsUrl, vendor.key);
  let asked: ReturnType<Party['ask']>[] = [];
  await whileHeld('report', async () => {
    asked = Array.from({ length: 6 }, () => vendor.ask(REPORTS));
    await vi.waitFor(async () => expect((await raw('{ __typename }')).status).toBe(503), PATIENCE);
    const refused = await raw('{ __typename }');
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(await refused.json()).toMatchObject({ errors: OVERLOADED });
    // It is not even asked who this is.
    expect((await ask(world.hub.url, 'tocsin_nobody', '{ __typename }')).status).toBe(503);
    socket.asks('one more', REPORTS);
    expect((await socket.hears('error', 'one more')).payload).toMatchObject(OVERLOADED);
    expect((await fetch(new URL('/readyz', world.hub.url))).status).toBe(200);
  });
  for (const answer of await Promise.all(asked)) expect(answer).toMatchObject({ status: 200, errors: [] });
  expect((await raw('{ __typename }')).status).toBe(200);
  socket.socket.terminate();
});

test('while the numbering is behind changes are refused and nothing of them is kept, and questions are answered', async () => {
  const submission = (value: string) => ({
    input: { idempotencyKey: value, title: value, tlp: 'AMBER', indicators: [{ value, category: 'PHISHING' }] },
  });
  const refused: string[] = [];
  await whileHeld('ledger_head', async () => {
    await vi.waitFor(async () => {
      const value = `n${refused.length}-${performance.now().toFixed(0)}.example`;
      const answer = await vendor.ask(SUBMIT, submission(value));
      if (answer.status === 503) refused.push(value);
      expect(answer).toMatchObject({ status: 503, data: null, errors: OVERLOADED });
    }, PATIENCE);
    expect((await vendor.ask(REPORTS)).errors).toEqual([]);
  });
  const kept = await world.database.admin('SELECT title FROM report WHERE title = ANY ($1)', [refused]);
  expect(refused).toHaveLength(1);
  expect(kept).toEqual([]);
  await world.settled();
  await vi.waitFor(async () => {
    const again = await vendor.ask(SUBMIT, submission(refused[0] ?? ''));
    expect(again).toMatchObject({ status: 200, data: { submitReport: { errors: [] } } });
  }, PATIENCE);
});
