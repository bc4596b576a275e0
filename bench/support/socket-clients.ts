import WebSocket from 'ws';

import type { Batch, Expected, Heard, Order } from './socket-crowd.ts';

/** The program of the crowd: what its sockets hear is counted here, so that reading does not cost the side that sends. */
const MARK = Buffer.from('"sequence":"');
const QUOTE = 0x22;
const MOST_OPENING = 100;

class Client {
  /** Number of the last event heard; null: none yet. */
  private last: number | null = null;
  private left = 0;
  readonly frames: Buffer[] = [];
  wrong: string | null = null;

  private constructor(
    private readonly socket: WebSocket,
    readonly batch: Batch,
    private readonly done: () => void,
  ) {}

  static open(batch: Batch, done: () => void): Promise<Client> {
    return new Promise((resolve, reject) => {
      const { url, key } = batch;
      const socket = key === null ? new WebSocket(url) : new WebSocket(url, 'graphql-transport-ws');
      const client = new Client(socket, batch, done);
      socket.once('error', reject);
      socket.once('close', (code) => (client.wrong ??= `A socket was closed with ${code}.`));
      if (key === null) {
        socket.once('open', () => resolve(client));
      } else {
        const authorization = `Bearer ${key}`;
        socket.once('open', () => client.send({ type: 'connection_init', payload: { authorization } }));
        socket.once('message', () => resolve(client));
      }
      socket.on('message', (data: Buffer) => client.hear(data));
    });
  }

  expects({ events, afresh }: Expected): void {
    this.left = events;
    if (afresh) this.last = null;
    this.frames.length = 0;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  close(): void {
    this.socket.terminate();
  }

  /** Each number must be the one after the last: once each, in order. */
  private hear(data: Buffer): void {
    let found = 0;
    for (let at = data.indexOf(MARK); at >= 0; at = data.indexOf(MARK, at)) {
      at += MARK.length;
      let number = 0;
      while (data[at] !== QUOTE) number = number * 10 + (data[at++] ?? 0) - 0x30;
      if (this.last !== null && number !== this.last + 1) this.wrong ??= `After ${this.last} came ${number}.`;
      this.last = number;
      found += 1;
    }
    if (found === 0) {
      if (!data.includes('connection_ack')) this.wrong ??= data.toString().slice(0, 300);
      return;
    }
    if (this.batch.keep) this.frames.push(data);
    this.left -= found;
    if (this.left < 0) this.wrong ??= `${-this.left} more came than was there.`;
    if (this.left === 0) this.done();
  }
}

let clients: Client[] = [];
let waiting = 0;

function heard(): Heard {
  const wrong = clients.find((client) => client.wrong !== null)?.wrong ?? null;
  const kept = clients.filter(({ batch }) => batch.keep);
  return { at: String(process.hrtime.bigint()), wrong, frames: kept.map(({ frames }) => frames.map(String)) };
}

function done(): void {
  waiting -= 1;
  if (waiting === 0) process.send?.(heard());
}

async function open(batches: readonly Batch[]): Promise<void> {
  const wanted = batches.flatMap((batch) =>
    Array.from({ length: batch.sockets }, (_, n) => ({ ...batch, keep: batch.keep && n === 0 })),
  );
  for (let from = 0; from < wanted.length; from += MOST_OPENING) {
    clients.push(
      ...(await Promise.all(wanted.slice(from, from + MOST_OPENING).map((batch) => Client.open(batch, done)))),
    );
  }
}

process.on('message', (order: Order) => {
  const opening = order.open ? open(order.open) : Promise.resolve();
  opening.then(
    () => {
      if (order.expect) {
        waiting = clients.length;
        for (const client of clients) client.expects(order.expect);
      }
      if (order.subscribe) {
        for (const client of clients)
          client.send({
            type: 'subscribe',
            id: '1',
            payload: { query: order.subscribe, variables: client.batch.variables },
          });
      }
      if (order.close) {
        clients.forEach((client) => client.close());
        clients = [];
      }
      process.send?.('ready');
    },
    (error: unknown) => {
      throw error;
    },
  );
});
process.on('disconnect', () => process.exit());
