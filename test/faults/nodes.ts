import { audit } from './audit.ts';
import { must, until, type Counts, type Experiment, type Scale } from './experiment.ts';
import { FeedReader } from './feed-reader.ts';
import { Load } from './load.ts';
import type { PostgresServer } from './postgres-server.ts';
import { Roots } from './roots.ts';
import { castOn, Stand } from './stand.ts';

const HOUR = 3_600_000;

const epochOf = async (stand: Stand): Promise<number> => {
  const [head] = await stand.rows<{ epoch: string }>('SELECT epoch FROM ledger_head');
  return Number(head?.epoch ?? 0);
};

/** A leader stands still until another has taken over, and longer; then it wakes, and believes that it leads. */
async function frozen(server: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  await using stand = await Stand.open(server);
  const cast = await castOn(stand);
  let leader = stand.node;
  let other = await stand.starts();
  const [load, roots] = [new Load(cast), new Roots(stand)];
  const freezes = short ? 1 : 2;
  for (let freeze = 0; freeze < freezes; freeze += 1) {
    await load.goesOn(20);
    const epoch = await epochOf(stand);
    stand.leaves(leader);
    leader.freeze();
    const since = Date.now();
    await until('another node has taken over', async () => (await epochOf(stand)) > epoch);
    await until('it stood still for long enough', () => short || Date.now() - since > 60_000, 90_000);
    await load.goesOn(10);
    leader.thaw();
    stand.joins(leader);
    await load.goesOn(20);
    [leader, other] = [other, leader];
  }
  must(other.lives && leader.lives, 'A node ended.');
  await load.ends(mutations);
  const books = await audit(stand, cast, load, roots);
  const seen = { 'sent again': load.unanswered, epochs: await epochOf(stand) };
  return { injected: freezes, acknowledged: load.acknowledged, ...books, seen };
}

/** Two nodes, each replaced in its turn, while subscribers listen to both. */
async function rolling(server: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  await using stand = await Stand.open(server);
  const cast = await castOn(stand);
  await stand.starts();
  const [load, roots] = [new Load(cast), new Roots(stand)];
  const wsUrl = () => stand.url().replace('http', 'ws');
  const readers = await Promise.all([cast.cert, cast.vendor, cast.host].map((client) => FeedReader.of(client, wsUrl)));
  const restarts = short ? 2 : 10;
  for (let restart = 0; restart < restarts; restart += 1) {
    await load.goesOn(short ? 10 : 50);
    const old = stand.node;
    await stand.starts();
    stand.leaves(old);
    await old.end('SIGTERM');
  }
  await load.ends(mutations);
  const books = await audit(stand, cast, load, roots);
  const heard = await Promise.all(readers.map((reader) => reader.compared()));
  await Promise.all(readers.map((reader) => reader.stop()));
  const connected = readers.reduce((sum, { connections }) => sum + connections, 0);
  return {
    injected: restarts,
    acknowledged: load.acknowledged,
    lost: books.lost + heard.reduce((sum, { lost }) => sum + lost, 0),
    repeated: books.repeated + heard.reduce((sum, { repeated }) => sum + repeated, 0),
    seen: { 'sent again': load.unanswered, 'subscriptions resumed': connected - readers.length },
  };
}

/** Of two nodes one is an hour ahead, then one an hour behind: order is by position, and no proof rests on a clock. */
async function clocks(server: PostgresServer, { mutations }: Scale): Promise<Counts> {
  await using stand = await Stand.open(server);
  const cast = await castOn(stand);
  const [load, roots] = [new Load(cast), new Roots(stand)];
  const steps = [HOUR, -HOUR, 0];
  for (const clockOffMs of steps) {
    await load.goesOn(Math.ceil(mutations / 4));
    await stand.starts({ clockOffMs });
    if (stand.serving.length > 2) await stand.kills();
  }
  await load.ends(mutations);
  const books = await audit(stand, cast, load, roots);
  return { injected: steps.length, acknowledged: load.acknowledged, ...books, seen: { 'sent again': load.unanswered } };
}

export const pausedLeader: Experiment = {
  name: 'paused-leader',
  sentence: 'the node that numbers is stopped (SIGSTOP) until another has taken over, and wakes: it numbers nothing',
  run: frozen,
};
export const rollingRestart: Experiment = {
  name: 'rolling-restart',
  sentence:
    'two nodes on one database are replaced one after the other, while organisations work and subscribers listen',
  run: rolling,
};
export const clockMoved: Experiment = {
  name: 'clock-moved',
  sentence: 'nodes whose clocks are an hour ahead and an hour behind work beside one that is right',
  run: clocks,
};
