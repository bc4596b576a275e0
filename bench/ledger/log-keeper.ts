import { parentPort, workerData } from 'node:worker_threads';

import { LogKeeper } from '../../src/ledger/log-keeper.service.ts';
import { Signals } from '../../src/ledger/signals.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { urlOf, type DatabaseAddress } from '../../src/platform/database/logins.ts';
import { silentLog } from '../../src/platform/log.ts';
import { openWork, proofIn } from './ledger-place.ts';

/** Whose tree is kept. */
export interface Kept {
  readonly folder: string;
  readonly address: DatabaseAddress;
  readonly epoch: string;
}

/** The keeper of the log in a thread of its own, so that what it costs can be told apart; answers with it when asked. */
const { folder, address, epoch } = workerData as Kept;
const { work, end } = await openWork(address);
const signals = new Signals();
const { vault, anchor } = proofIn(folder);
const keeper = new LogKeeper({ leadsInEpoch: epoch }, signals, {
  ...{ work, clock: systemClock, log: silentLog, url: urlOf('tocsin_ledger', address), checkpointEveryMs: 1_000 },
  notary: { vault, anchor, quorum: null },
});
keeper.start();

/** Seconds of CPU of this thread. */
function spent(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

async function stop(): Promise<void> {
  await keeper.stop();
  await end();
  process.exit();
}

parentPort?.on('message', (message: 'grown' | 'spent' | 'stop') => {
  if (message === 'grown') signals.grown('all');
  else if (message === 'spent') parentPort?.postMessage(spent());
  else void stop();
});
parentPort?.postMessage(spent());
