import { audit } from './audit.ts';
import { must, until, type Counts, type Experiment, type Scale } from './experiment.ts';
import { Load } from './load.ts';
import type { PostgresServer } from './postgres-server.ts';
import { Roots } from './roots.ts';
import { castOn, Stand } from './stand.ts';

/** The database falls down under the hub, which stays. */
async function restart(server: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  await using stand = await Stand.open(server);
  const cast = await castOn(stand);
  const [load, roots] = [new Load(cast), new Roots(stand)];
  const crashes = short ? 3 : 20;
  for (let crash = 0; crash < crashes; crash += 1) {
    await load.goesOn(short ? 20 : 40);
    await roots.look();
    await server.crash();
    await roots.lookAtAnchor();
  }
  await load.ends(mutations);
  const books = await audit(stand, cast, load, roots);
  must(load.faults === 0, 'The hub takes for its own fault what is the database’s.');
  const seen = { 'sent again': load.unanswered, 'roots seen': roots.count };
  return { injected: crashes, acknowledged: load.acknowledged, ...books, seen };
}

/** The names of the connections of a node. */
const KINDS = ['tocsin_app', 'tocsin_system', 'tocsin_sequencer', 'tocsin_log', 'tocsin_wakes'];

async function connections(server: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  await using stand = await Stand.open(server);
  const cast = await castOn(stand);
  const [load, roots] = [new Load(cast), new Roots(stand)];
  let injected = 0;
  for (const name of Array.from({ length: short ? 2 : 20 }, () => KINDS).flat()) {
    await load.goesOn(short ? 5 : 10);
    await until(`${name} is connected`, async () => {
      const cut = await stand.rows(CUT, [name]);
      injected += cut.length;
      return cut.length > 0;
    });
  }
  await load.ends(mutations);
  const books = await audit(stand, cast, load, roots);
  must(load.faults === 0, 'The hub takes for its own fault what is the database’s.');
  const seen = { 'sent again': load.unanswered, restarts: 0 };
  return { injected, acknowledged: load.acknowledged, ...books, seen };
}

const CUT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()`;

export const databaseRestart: Experiment = {
  name: 'database-restart',
  sentence: 'PostgreSQL is restarted under load as by pg_ctl restart -m immediate: the hub goes on by itself',
  run: restart,
};

export const databaseConnections: Experiment = {
  name: 'database-connections',
  sentence:
    'every connection of one kind is ended under load, kind after kind: requests, flow, numbering, signing, wake-ups; each comes back',
  run: connections,
};
