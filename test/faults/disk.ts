import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { audit } from './audit.ts';
import { must, until, type Counts, type Experiment, type Scale } from './experiment.ts';
import { Load } from './load.ts';
import { PostgresServer } from './postgres-server.ts';
import { Roots } from './roots.ts';
import { castOn, Stand } from './stand.ts';

/** Room for a cluster and its WAL, and little more. */
const SIZE = '400m';

/** The disk of the database is filled to its last byte under load, and has room again. */
async function full(_: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  const disk = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-disk-'));
  if (!mounts(disk))
    return { injected: 0, acknowledged: 0, lost: 0, repeated: 0, seen: { skipped: 'mount is not allowed' } };
  try {
    const folder = path.join(disk, 'database');
    fs.mkdirSync(folder, { mode: 0o700 });
    const settings = { min_wal_size: '32MB', max_wal_size: '48MB' };
    const server = await PostgresServer.start({ folder, settings });
    try {
      return await filled(server, disk, { short, mutations });
    } finally {
      await server.stop();
    }
  } finally {
    execFileSync('umount', ['--lazy', disk]);
    fs.rmdirSync(disk);
  }
}

async function filled(server: PostgresServer, disk: string, { short, mutations }: Scale): Promise<Counts> {
  await using stand = await Stand.open(server);
  const cast = await castOn(stand);
  const [load, roots] = [new Load(cast), new Roots(stand)];
  const fills = short ? 1 : 5;
  let falls = 0;
  for (let fill = 0; fill < fills; fill += 1) {
    await load.goesOn(short ? 20 : 50);
    const before = load.unanswered;
    let down = false;
    void server.ended.then(() => (down = true));
    const filling = path.join(disk, 'filling');
    await until('mutations fail', () => {
      fillUp(filling);
      return load.unanswered > before + 10;
    });
    const answer = await cast.vendor.tries('{ viewer { organisation { name } } }').catch(() => null);
    must(answer === null || answer.status < 600, 'The hub does not answer at all.');
    fs.rmSync(filling);
    if (down) {
      falls += 1;
      await server.rise();
    }
  }
  await load.ends(mutations);
  const books = await audit(stand, cast, load, roots);
  must(load.faults === 0, 'The hub takes for its own fault what is the database’s.');
  const seen = { 'sent again': load.unanswered, 'PostgreSQL ended by itself': falls };
  return { injected: fills, acknowledged: load.acknowledged, ...books, seen };
}

function mounts(disk: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=755`, 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    // Only root may, and in many containers nobody.
    return false;
  }
}

/** Takes whatever room there is. */
function fillUp(file: string): void {
  const handle = fs.openSync(file, 'a');
  try {
    for (const bytes of [1 << 20, 1 << 12]) {
      try {
        for (const block = Buffer.alloc(bytes); ;) fs.writeSync(handle, block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    fs.closeSync(handle);
  }
}

export const fullDisk: Experiment = {
  name: 'full-disk',
  sentence: 'the disk of the database is full for a while: mutations fail as a whole, and go on once there is room',
  run: full,
};
