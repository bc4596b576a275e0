import { audit } from './audit.ts';
import { Balancer } from './balancer.ts';
import type { Client } from './client.ts';
import { Crowd, type Seat } from './crowd.ts';
import { must, until, type Counts, type Experiment, type Scale } from './experiment.ts';
import { leaderAndOther, leaderOf } from './leader.ts';
import { Load } from './load.ts';
import type { HubProcess } from './hub-process.ts';
import type { Cast } from './place.ts';
import { freePort, type PostgresServer } from './postgres-server.ts';
import { Roots } from './roots.ts';
import { castOn, Stand } from './stand.ts';

const NODES = 3;
/** Between two acts of everybody who works: what counts is that they go on, not how fast. */
const UNHURRIED_MS = 200;
/** A node serves on for as long once it is told to stop; haproxy asks each five times a second. */
const DRAIN_MS = 2_000;
const ADDRESSES = 40;
/** A hub takes 50 sockets of a client. */
const SOCKETS_OF_A_KEY = 40;

const NEW_KEY = `mutation ($input: CreateClientInput!) { createClient(input: $input) { apiKey errors { code message } } }`;
const HEAD = '{ events(first: 1) { head } }';

/** haproxy, and behind it nodes on ports that stay. */
class Fleet {
  injected = 0;

  constructor(
    private readonly stand: Stand,
    private readonly balancer: Balancer,
    private readonly load: Load,
    private readonly ports: Map<HubProcess, number>,
    private readonly step: number,
  ) {}

  /** One after the other is told to stop, drains, ends, and is there again. */
  async rolls(): Promise<void> {
    for (const node of [...this.ports.keys()]) {
      await this.load.goesOn(this.step);
      this.injected += 1;
      await node.end('SIGTERM');
      await this.returns(node);
    }
  }

  /** As a machine that lost its power; the others carry on before it is back. */
  async loses(node: HubProcess): Promise<void> {
    await this.load.goesOn(this.step);
    this.injected += 1;
    await this.stand.kills(node);
    await this.load.goesOn(this.step);
    await this.returns(node);
  }

  /** Ends every connection for wake-ups. */
  async goesDeaf(): Promise<void> {
    await this.load.goesOn(this.step);
    // After the database was away they come back by and by.
    await until('every node listens', async () => (await this.stand.rows(LISTENING)).length === NODES);
    const cut = await this.stand.rows(DEAF);
    must(cut.length === NODES, `${cut.length} nodes listened.`);
    this.injected += cut.length;
    await this.load.goesOn(this.step);
  }

  async losesDatabase(): Promise<void> {
    await this.load.goesOn(this.step);
    this.injected += 1;
    await this.stand.server.crash();
    // The session of the experiment itself was ended with all the others.
    await until('the experiment is connected again', () => this.stand.rows('SELECT').then(Boolean, () => false));
    await this.load.goesOn(this.step);
    await this.balancer.sendsTo(NODES);
  }

  private async returns(node: HubProcess): Promise<void> {
    const port = this.ports.get(node) ?? 0;
    this.stand.leaves(node);
    this.ports.delete(node);
    this.ports.set(await this.stand.starts({ port }), port);
    await this.balancer.sendsTo(NODES);
  }
}

const LISTENING = `SELECT pid FROM pg_stat_activity WHERE application_name = 'tocsin_wakes' AND datname = current_database()`;
const DEAF = LISTENING.replace('pid', 'pg_terminate_backend(pid)');

async function run(server: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  const ports = await Promise.all(Array.from({ length: NODES }, freePort));
  await using balancer = await Balancer.before(ports);
  if (!balancer) return { ...NOTHING, seen: { skipped: 'needs haproxy: apt-get install haproxy' } };
  await using stand = await Stand.open(server, { drainMs: DRAIN_MS, proxies: '127.0.0.1' });
  const cast = await castOn(stand, { port: ports[0] ?? 0 });
  for (const port of ports.slice(1)) await stand.starts({ port });
  await balancer.sendsTo(NODES);
  stand.through(balancer.url);
  const subscribers = short ? 100 : 2_000;
  const crowd = await Crowd.gathers({
    url: balancer.wsUrl,
    seats: await seatsOf(cast, subscribers),
    addresses: ADDRESSES,
  });
  try {
    const [load, roots] = [new Load(cast), new Roots(stand)];
    load.slowsDown(UNHURRIED_MS);
    const known = new Map(stand.serving.map((node, n) => [node, ports[n] ?? 0]));
    const fleet = new Fleet(stand, balancer, load, known, short ? 5 : 20);
    await everything(stand, fleet, roots, short ? 1 : 2);
    await load.ends(mutations);
    const books = await audit(stand, cast, load, roots);
    const { lost, repeated, connections, heard, closes } = await crowd.hasHeard(await headsOf(cast));
    const { takenOut } = await balancer.looks();
    return {
      ...{ injected: fleet.injected, acknowledged: load.acknowledged },
      ...{ lost: books.lost + lost, repeated: books.repeated + repeated },
      seen: {
        ...{ subscribers, 'events heard': heard, 'subscriptions resumed': connections - subscribers },
        ...{ 'sent again': load.unanswered, 'nodes taken out': takenOut, closes: JSON.stringify(closes) },
      },
    };
  } finally {
    crowd.end();
  }
}

const NOTHING: Counts = { injected: 0, acknowledged: 0, lost: 0, repeated: 0, seen: {} };

async function everything(stand: Stand, fleet: Fleet, roots: Roots, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await fleet.rolls();
    await roots.look();
    await until('somebody leads', async () => (await leaderOf(stand)) !== null);
    await fleet.loses((await leaderAndOther(stand))[1]);
    await fleet.loses((await leaderAndOther(stand))[0]);
    await roots.look();
    await fleet.losesDatabase();
    await fleet.goesDeaf();
    await roots.look();
  }
}

/** Seats at the feeds of all three, in turn, from where those end now. */
async function seatsOf({ cert, vendor, host }: Cast, count: number): Promise<Seat[]> {
  const everybody = [cert, vendor, host];
  const tables = await Promise.all(
    everybody.map(async (client) => {
      const needed = Math.ceil(count / everybody.length / SOCKETS_OF_A_KEY);
      const keys: string[] = [];
      for (let n = 0; n < needed; n += 1) keys.push(await newKey(client, n));
      return { keys, ...(await headOf(client)) };
    }),
  );
  return Array.from({ length: count }, (_, n) => {
    const which = n % everybody.length;
    const table = tables[which];
    const key = table?.keys[Math.floor(n / everybody.length) % table.keys.length] ?? '';
    return { feed: `${which}`, key, cursor: table?.cursor ?? '', last: table?.last ?? 0 };
  });
}

async function newKey(client: Client, n: number): Promise<string> {
  const input = { name: `subscribers ${n}`, permissions: ['EVENTS_READ'] };
  const { data } = await client.asks(NEW_KEY, { input });
  return data.createClient.apiKey;
}

async function headOf(client: Client): Promise<{ cursor: string; last: number }> {
  const { data } = await client.asks(HEAD);
  const cursor: string = data.events.head;
  return { cursor, last: Number(cursor.split('.')[1]) };
}

async function headsOf({ cert, vendor, host }: Cast): Promise<Record<string, number>> {
  const heads = await Promise.all([cert, vendor, host].map(headOf));
  return Object.fromEntries(heads.map(({ last }, n) => [`${n}`, last]));
}

export const threeNodes: Experiment = {
  name: 'three-nodes',
  sentence:
    'three nodes behind haproxy under live subscriptions: each is restarted in its turn, one is killed, the leader is killed, PostgreSQL is restarted, and nobody hears wake-ups any more; the others carry on',
  run,
};
