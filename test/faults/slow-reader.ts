import { once } from 'node:events';
import fs from 'node:fs';

import { WebSocket } from 'ws';

import { audit } from './audit.ts';
import { must, until, type Counts, type Experiment, type Scale } from './experiment.ts';
import { FeedReader } from './feed-reader.ts';
import { Load } from './load.ts';
import type { PostgresServer } from './postgres-server.ts';
import { Proxy } from './proxy.ts';
import { Roots } from './roots.ts';
import { castOn, Stand } from './stand.ts';

const TOO_SLOW = 4508;
const KILOBYTE_PER_SECOND = 1_000;
/** Far more than kernels keep between two sockets. */
const SUBSCRIPTIONS = 40;
const EVENTS = `subscription { events(after: "1.0", first: 1000) { cursor events { sequence kind summary subjects details entryId } } }`;

/** One subscriber reads a kilobyte a second, another nothing at all, beside those who read as they should. */
async function slow(server: PostgresServer, { short, mutations }: Scale): Promise<Counts> {
  const sockets = { unreadForMs: 2_000, lookEveryMs: 200, graceMs: 500 };
  await using stand = await Stand.open(server, { sockets });
  const cast = await castOn(stand);
  const [load, roots] = [new Load(cast), new Roots(stand)];
  const direct = () => stand.url().replace('http', 'ws');
  const line = await Proxy.to(stand.url, { bytesPerSecond: KILOBYTE_PER_SECOND });
  try {
    const [quick, lame] = [await FeedReader.of(cast.cert, direct), await FeedReader.of(cast.vendor, line.wsUrl)];
    const since = Date.now();
    await load.goesOn(mutations);
    const before = memoryOf(stand.node.pid);
    const closed = await reads(stand, cast.vendor.key);
    const after = memoryOf(stand.node.pid);
    load.slowsDown();
    await until('it was slow for long enough', () => short || Date.now() - since > 600_000, 700_000);
    await load.ends(mutations);
    line.close();
    lame.goesTo(direct);
    const books = await audit(stand, cast, load, roots);
    const heard = [await quick.compared(), await lame.compared()];
    await Promise.all([quick.stop(), lame.stop()]);
    must(closed === TOO_SLOW || closed === 1006, `Who does not read was closed with ${closed}.`);
    return {
      injected: 2,
      acknowledged: load.acknowledged,
      lost: books.lost + heard.reduce((sum, { lost }) => sum + lost, 0),
      repeated: books.repeated + heard.reduce((sum, { repeated }) => sum + repeated, 0),
      seen: { 'MB of the node before': before, 'and at most, for who reads nothing': after, closed },
    };
  } finally {
    line.close();
  }
}

/** Asks for far more than it reads, which is nothing; the code with which it is closed. */
async function reads({ node }: Stand, key: string): Promise<number> {
  const socket = new WebSocket(node.wsUrl, 'graphql-transport-ws');
  socket.on('error', () => undefined);
  const closed = once(socket, 'close') as Promise<[number]>;
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }));
  await once(socket, 'message');
  socket.pause();
  for (let id = 0; id < SUBSCRIPTIONS; id += 1) {
    socket.send(JSON.stringify({ type: 'subscribe', id: String(id), payload: { query: EVENTS } }));
  }
  // It looks again once it must have been given up: what waits for it then are the last bytes, and the close frame.
  const gone = `/proc/${node.pid}/fd`;
  const open = fs.readdirSync(gone).length;
  await until('it is given up', () => fs.readdirSync(gone).length < open, 60_000);
  socket.resume();
  const [code] = await closed;
  return code;
}

/** The most that a process has taken so far, in MB. */
function memoryOf(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

export const slowReader: Experiment = {
  name: 'slow-reader',
  sentence:
    'one subscriber reads 1 kB a second, another nothing: the first hears everything, the second is closed and costs little, and nobody else notices',
  run: slow,
};
