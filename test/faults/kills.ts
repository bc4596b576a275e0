import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

import { audit } from './audit.ts';
import { until, type Counts, type Experiment, type Scale } from './experiment.ts';
import { FaultPoints, type Point } from './fault-points.ts';
import { Load } from './load.ts';
import type { PostgresServer } from './postgres-server.ts';
import { Roots } from './roots.ts';
import { castOn, Stand } from './stand.ts';

/** Where the process is killed, and whether the database has done by itself what it was in the middle of. */
type Kill = readonly [Point, 'DONE' | 'UNDONE'];

const KILLS: readonly Kill[] = [
  ['submission', 'UNDONE'],
  ['submission in COMMIT', 'DONE'],
  ['numbering', 'UNDONE'],
  ['numbering in COMMIT', 'DONE'],
  ['the tree', 'UNDONE'],
  ['the checkpoint', 'UNDONE'],
  ['admission', 'UNDONE'],
  ['the flow', 'UNDONE'],
  ['the flow in COMMIT', 'DONE'],
  ['an acknowledgement in COMMIT', 'DONE'],
  ['an answer in COMMIT', 'DONE'],
  ['numbering in COMMIT', 'UNDONE'],
  ['the tree', 'DONE'],
  ['the checkpoint', 'DONE'],
  ['an acknowledgement', 'UNDONE'],
  ['submission in COMMIT', 'UNDONE'],
];
/** Of the short form: those that nothing else in it comes near. */
const FEW = 8;
const ROUNDS = 3;

async function run(server: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  await using stand = await Stand.open(server);
  const cast = await castOn(stand);
  const [points, roots] = [await FaultPoints.build(stand), new Roots(stand)];
  const load = new Load(cast);
  const kills = short ? KILLS.slice(0, FEW) : Array.from({ length: ROUNDS }, () => KILLS).flat();
  for (const [point, fate] of kills) {
    await load.goesOn(short ? 4 : 20);
    await roots.look();
    const pids = await points.reached(point);
    await stand.kills();
    await points.opens(fate, pids);
    await roots.lookAtAnchor();
    await stand.starts();
  }
  await killedBeforeAnchor(stand);
  await load.ends(mutations);
  await points.end();
  const books = await audit(stand, cast, load, roots);
  const seen = { 'sent again': load.unanswered, 'roots seen': roots.count };
  return { injected: kills.length + 1, acknowledged: load.acknowledged, ...books, seen };
}

/** Killed where it reads its keys: the tree is built, and nothing of it is in the anchor yet. */
async function killedBeforeAnchor(stand: Stand): Promise<void> {
  const keys = `${stand.folder}/database-keys.json`;
  fs.renameSync(keys, `${keys}.away`);
  execFileSync('mkfifo', [keys]);
  await until('the leader reads its keys', () => {
    try {
      fs.closeSync(fs.openSync(keys, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK));
      return true;
    } catch {
      // Nobody reads it yet (ENXIO).
      return false;
    }
  });
  await stand.kills();
  fs.renameSync(`${keys}.away`, keys);
  await stand.starts();
}

export const kills: Experiment = {
  name: 'kills',
  sentence:
    'kill -9 before and after COMMIT of a mutation, in the numbering, between numbering and signing, between anchor and store, in the flow and in an acknowledgement: each thing is done once, and no size has two roots',
  run,
};
