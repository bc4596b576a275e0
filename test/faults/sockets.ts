import { audit } from './audit.ts';
import { until, type Counts, type Experiment, type Scale } from './experiment.ts';
import { FeedReader } from './feed-reader.ts';
import { Load } from './load.ts';
import type { PostgresServer } from './postgres-server.ts';
import { Proxy } from './proxy.ts';
import { Roots } from './roots.ts';
import { castOn, Stand } from './stand.ts';

/** Half of the connections end in a handshake or a first page; the others let a whole answer through now and then. */
const NEAR = 3_000;
const FAR = 40_000;

/** Every connection of clients, of requests as of subscriptions, is cut after a number of bytes that nobody knows. */
async function cut(server: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  await using stand = await Stand.open(server);
  const cast = await castOn(stand);
  const cutAfter = () => 1 + Math.floor(Math.random() * (Math.random() < 0.5 ? NEAR : FAR));
  const target = stand.url;
  const network = await Proxy.to(target, { cutAfter });
  const roots = new Roots(stand);
  const readers: FeedReader[] = [];
  try {
    stand.through(network.url);
    const load = new Load(cast);
    const everybody = [cast.cert, cast.vendor, cast.host];
    readers.push(...(await Promise.all(everybody.map((client) => FeedReader.of(client, network.wsUrl, 5)))));
    await until('it was cut often enough', () => network.cuts >= (short ? 25 : 1_000), 600_000);
    await load.ends(mutations);
    network.calm = true;
    const books = await audit(stand, cast, load, roots);
    const heard = await Promise.all(readers.map((reader) => reader.compared()));
    return {
      injected: network.cuts,
      acknowledged: load.acknowledged,
      lost: books.lost + heard.reduce((sum, { lost }) => sum + lost, 0),
      repeated: books.repeated + heard.reduce((sum, { repeated }) => sum + repeated, 0),
      seen: {
        'sent again': load.unanswered,
        hung: load.hung,
        connections: readers.reduce((sum, { connections }) => sum + connections, 0),
      },
    };
  } finally {
    await Promise.all(readers.map((reader) => reader.stop()));
    network.close();
  }
}

export const cutSockets: Experiment = {
  name: 'cut-sockets',
  sentence:
    'connections are cut after a random number of bytes, a thousand times: what subscribers hear equals their feeds',
  run: cut,
};
