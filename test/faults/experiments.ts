import { databaseConnections, databaseRestart } from './database.ts';
import { fullDisk } from './disk.ts';
import { erasureUnderLoad } from './erasure.ts';
import { Failed, type Counts, type Experiment, type Scale } from './experiment.ts';
import { orphanedDatabase, restoredBackup } from './folders.ts';
import { kills } from './kills.ts';
import { clockMoved, pausedLeader, rollingRestart } from './nodes.ts';
import { fullPool } from './pools.ts';
import type { PostgresServer } from './postgres-server.ts';
import { slowReader } from './slow-reader.ts';
import { cutSockets } from './sockets.ts';
import { threeNodes } from './three-nodes.ts';
import { forgottenTransactions, migrationUnderLoad } from './transactions.ts';

export const EXPERIMENTS: readonly Experiment[] = [
  kills,
  databaseRestart,
  databaseConnections,
  pausedLeader,
  rollingRestart,
  threeNodes,
  cutSockets,
  fullPool,
  clockMoved,
  slowReader,
  forgottenTransactions,
  migrationUnderLoad,
  orphanedDatabase,
  restoredBackup,
  fullDisk,
  erasureUnderLoad,
];

export interface Outcome extends Counts {
  readonly name: string;
  readonly seconds: number;
  /** What was wrong besides; null: nothing. */
  readonly error: string | null;
}

const NOTHING: Counts = { injected: 0, acknowledged: 0, lost: 0, repeated: 0, seen: {} };

/** One experiment to its end, whatever that is. */
export async function outcomeOf(experiment: Experiment, server: PostgresServer, scale: Scale): Promise<Outcome> {
  const began = Date.now();
  const { name } = experiment;
  const seconds = () => Math.round((Date.now() - began) / 1000);
  try {
    const counts = await experiment.run(server, scale);
    return { name, ...counts, seconds: seconds(), error: null };
  } catch (error) {
    const message = error instanceof Failed ? error.message : String((error as Error).stack ?? error);
    return { name, ...NOTHING, seconds: seconds(), error: message };
  }
}

export const holds = ({ lost, repeated, error }: Outcome): boolean => error === null && lost === 0 && repeated === 0;
