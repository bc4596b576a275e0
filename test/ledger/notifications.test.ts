import type pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { silentLog } from '../../src/platform/log.ts';
import { startHub, type Hub } from '../../src/server/hub.ts';
import { ask, SUBMIT } from '../support/api.ts';
import { testProof } from '../support/proof.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let doors: Hub;
let listener: pg.Client;
beforeAll(async () => {
  world = await createWorld();
  doors = await startHub({
    ...{ database: world.database.address, documentation: true, log: silentLog, host: '127.0.0.1', port: 0 },
    ...{ proof: testProof(), works: false },
  });
  listener = await world.database.connect('tocsin_app');
});
afterAll(async () => {
  await listener.end();
  await doors.stop();
  await world[Symbol.asyncDispose]();
});

const pidsOf = async (name: string): Promise<number[]> => {
  const rows = await world.database.admin<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()',
    [name],
  );
  return rows.map(({ pid }) => pid);
};

/** Transactions that numbered an entry from this position on. */
const batchesFrom = async (position: string): Promise<number> => {
  const [row] = await world.database.admin<{ n: number }>(
    'SELECT count(DISTINCT xmin::text)::int AS n FROM ledger WHERE position >= $1',
    [position],
  );
  return row?.n ?? NaN;
};

test('nodes are notified once a batch, by who numbers; a mutation notifies nobody', { timeout: 60_000 }, async () => {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  await world.settled();
  const [head] = await world.database.admin<{ size: string }>('SELECT size FROM ledger_head');
  const heard: pg.Notification[] = [];
  listener.on('notification', (notification) => heard.push(notification));
  await listener.query('LISTEN tocsin_grown; LISTEN tocsin_hint');

  const submits = (n: number) => {
    const indicators = [{ value: `http://notified${n}.example/`, category: 'PHISHING' }];
    const input = { idempotencyKey: `notified ${n}`, title: 'one of many', tlp: 'AMBER', indicators };
    return ask((n % 2 === 0 ? world.hub : doors).url, vendor.key, SUBMIT, { input });
  };
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => submits(n)));
  expect(answers.filter(({ data }) => data?.submitReport.receipt === null)).toEqual([]);
  await world.settled();
  await world.database.admin("SELECT pg_notify('tocsin_hint', 'the end')");
  await vi.waitFor(() => expect(heard.at(-1)?.payload).toBe('the end'), { timeout: 9_000, interval: 10 });

  const [grown, hints] = ['tocsin_grown', 'tocsin_hint'].map((name) => heard.filter(({ channel }) => channel === name));
  expect(grown?.length).toBeGreaterThan(0);
  expect(grown?.length).toBe(await batchesFrom(head?.size ?? '0'));
  const [numbering] = await pidsOf('tocsin_sequencer');
  expect(new Set(grown?.map(({ processId }) => processId))).toEqual(new Set([numbering]));
  // Of both nodes, coalesced; the last is ours.
  const wakers = await pidsOf('tocsin_wakes');
  expect(hints?.slice(0, -1).filter(({ processId }) => !wakers.includes(processId))).toEqual([]);
  expect(hints?.length).toBeGreaterThan(1);
  expect(hints?.length).toBeLessThanOrEqual(40);
});
