import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { sequenceBatch } from '../../src/ledger/sequence.ts';
import { Sequencer } from '../../src/ledger/sequencer.ts';
import { Signals } from '../../src/ledger/signals.ts';
import { connectPipelined } from '../../src/platform/database/connection.ts';
import { urlOf } from '../../src/platform/database/logins.ts';
import { silentLog } from '../../src/platform/log.ts';
import { makeLedgerPlace, type LedgerPlace } from './ledger-place.ts';
import { verification } from './ledger-verification.ts';
import { writeLogged, writeUnlogged } from './ledger-writers.ts';
import type { Kept } from './log-keeper.ts';
import { compare, rate, toFigure, type Figure } from '../support/measure.ts';

interface Size {
  /** Entries of each measurement. */
  readonly entries: number;
  readonly pairs: number;
}

const ORGANISATIONS = 16;
const TICK_S = 0.01;

/**
 * What the ledger costs, below the API: numbering beside those who write, writing with it and without, the tree and its
 * signatures, and the verifier beside a bare SHA-256. A write is the smallest of the hub, one row and one entry.
 */
export async function ledger({ entries, pairs }: Size): Promise<Figure[]> {
  const place = await makeLedgerPlace(ORGANISATIONS);
  try {
    const numbered = await numbering(place, entries, pairs);
    const { cost, kept } = await withEverythingAtWork(place, entries, pairs);
    return [numbered, cost, kept, ...(await verification(place, pairs))];
  } finally {
    await place.leave();
  }
}

/** Nobody numbers while they write, so that neither disturbs the other. */
async function numbering(place: LedgerPlace, entries: number, pairs: number): Promise<Figure> {
  const client = await connectPipelined(urlOf('tocsin_ledger', place.address), 'bench');
  const { rows } = await client.query<{ epoch: string }>('UPDATE ledger_head SET epoch = epoch + 1 RETURNING epoch');
  const { epoch = '' } = rows[0] ?? {};
  const measured: { ours: number; baseline: number }[] = [];
  for (let pair = 0; pair <= pairs; pair += 1) {
    const baseline = await writeLogged(place, entries);
    const ours = await rate(entries, async () => {
      while (await sequenceBatch(client, epoch));
    });
    await assertDense(place);
    if (pair > 0) measured.push({ ours, baseline });
  }
  await client.end();
  const target = { name: 'ledger', metric: 'entries numbered/s / entries written/s', bar: 2, goal: 4 } as const;
  return toFigure({ ...target, better: 'least' }, measured);
}

/** Numbered, built into the tree and signed while they write. */
async function withEverythingAtWork(place: LedgerPlace, entries: number, pairs: number) {
  const signals = new Signals();
  const sequencer = new Sequencer(urlOf('tocsin_ledger', place.address), signals, silentLog);
  sequencer.start();
  place.work.onCommit(() => sequencer.wake());
  const keeper = await startKeeper(place, signals, await leading(sequencer));
  const shares: { ours: number; baseline: number }[] = [];
  try {
    const logged = async () => {
      const [before, begun] = [await keeper.spent(), performance.now()];
      const written = await writeLogged(place, entries);
      const seconds = (performance.now() - begun) / 1000;
      shares.push({ ours: ((await keeper.spent()) - before) / seconds, baseline: 0.1 });
      await untilKept(place);
      return written;
    };
    const cost = await compare(
      { name: 'ledger', metric: 'writes/s / without the ledger', bar: 0.65, goal: 0.8, better: 'least' },
      logged,
      () => writeUnlogged(place, entries),
      pairs,
    );
    await assertDense(place);
    const metric = 'of a core, for the tree and its signatures while they write / 10 %';
    const kept = toFigure({ name: 'ledger', metric, bar: 1, goal: 0.5, better: 'most' }, shares.slice(1));
    return { cost, kept };
  } finally {
    await keeper.stop();
    await sequencer.stop();
  }
}

async function leading(sequencer: Sequencer): Promise<string> {
  while (sequencer.leadsInEpoch === null) await pause(5);
  return sequencer.leadsInEpoch;
}

/** In a thread of its own; `spent`: seconds of CPU, of it and of its sessions with PostgreSQL. */
async function startKeeper({ folder, address, admin }: LedgerPlace, signals: Signals, epoch: string) {
  const workerData: Kept = { folder, address, epoch };
  const worker = new Worker(new URL('./log-keeper.js', import.meta.url), { workerData });
  await once(worker, 'message');
  const ignore = signals.onLedger(() => worker.postMessage('grown'));
  return {
    spent: async () => {
      worker.postMessage('spent');
      const [own] = (await once(worker, 'message')) as [number];
      const { rows } = await admin.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'tocsin_log'",
      );
      return rows.reduce((sum, { pid }) => sum + cpuOf(pid), own);
    },
    stop: async () => {
      ignore();
      worker.postMessage('stop');
      await once(worker, 'exit');
    },
  };
}

/** Seconds of CPU of a process: fields 14 and 15 of its stat. */
function cpuOf(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
  return (Number(user) + Number(system)) * TICK_S;
}

async function untilKept({ admin }: LedgerPlace): Promise<void> {
  for (;;) {
    const { rows } = await admin.query<{ kept: boolean }>(
      `SELECT NOT EXISTS (SELECT FROM ledger_inbox) AND (SELECT size FROM ledger_head) = (SELECT max(size) FROM ledger_checkpoint) AS kept`,
    );
    if (rows[0]?.kept) return;
    await pause(20);
  }
}

/** Every entry has a number and its place in a feed, and none is left out. */
async function assertDense({ admin }: LedgerPlace): Promise<void> {
  const { rows } = await admin.query<{ dense: boolean }>(
    `SELECT (SELECT count(*) = max(position) + 1 AND count(*) = (SELECT count(*) FROM ledger_payload) FROM ledger)
       AND NOT EXISTS (SELECT FROM feed GROUP BY organisation_id HAVING count(*) <> max(seq)) AS dense`,
  );
  if (!rows[0]?.dense) throw new Error('There is a hole in the ledger, or in a feed.');
}
