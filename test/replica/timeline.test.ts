import { afterAll, beforeAll, expect, test } from 'vitest';

import { countLooks, PATIENT, startPair, untilLooksAre, worldOn, type Pair } from '../support/replicated.ts';
import { Standby } from '../support/standby.ts';
import type { Party, World } from '../support/world.ts';

const REPORT = 'query ($id: ID!) { node(id: $id) { id } }';

let pair: Pair;
/** Follows the standby, and not the primary. */
let second: Standby;
let world: World;
let behindSecond: World;
let vendor: Party;
let reader: Party;
beforeAll(async () => {
  pair = await startPair();
  second = await Standby.of(pair.standby.server, pair.server.postgres);
  world = await worldOn(pair, pair.standby, PATIENT);
  vendor = await world.vendor(await world.cert());
  behindSecond = await worldOn(pair, second, PATIENT);
  reader = await behindSecond.vendor(await behindSecond.cert());
});
afterAll(async () => {
  await behindSecond[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  await second.stop();
  await pair.stop();
});

test('a standby that was promoted, and whoever follows it, is asked nothing more, however far its log is', async () => {
  await untilLooksAre('level', vendor);
  await untilLooksAre('level', reader);
  await world.settled();
  await behindSecond.settled();

  await pair.standby.ask('SELECT pg_promote()');
  await pair.standby.ask('CREATE TABLE more AS SELECT generate_series(1, 100000) AS n');
  await second.until('SELECT received_tli = 2 AS so FROM pg_stat_wal_receiver');
  const [far] = await pair.standby.ask<{ lsn: string }>('SELECT pg_current_wal_flush_lsn() AS lsn');
  await second.until(`SELECT pg_last_wal_replay_lsn() >= '${far?.lsn ?? ''}' AS so`);

  for (const [party, of] of [
    [vendor, world],
    [reader, behindSecond],
  ] as const) {
    const looks = countLooks(of);
    await party.events();
    const { report } = await party.submits(['after.example']);
    expect((await party.ask(REPORT, { id: report.id })).data.node?.id).toBe(report.id);
    expect([looks('level'), looks('severed')]).toEqual([0, 2]);
  }
});
