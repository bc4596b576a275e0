// Many subscribers in a process of their own. It reads one line of JSON, and prints where they stand once a second.
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { WebSocket } from 'ws';

import type { CrowdOptions, CrowdSays, Seat } from './crowd.ts';

const EVENTS = `subscription ($after: String!) { events(after: $after) { cursor events { sequence } } }`;
const OPENING = 100;
const SAY_EVERY_MS = 1_000;

interface Page {
  readonly cursor: string;
  readonly events: readonly { readonly sequence: string }[];
}

const closes: Record<string, number> = {};
let connections = 0;

/** Keeps its cursor and the number of its last event, and comes back whenever it is cut. */
class Subscriber {
  open = false;
  lost = 0;
  repeated = 0;
  last: number;
  private cursor: string;

  constructor(
    private readonly url: string,
    readonly seat: Seat,
    private readonly from: string,
  ) {
    this.cursor = seat.cursor;
    this.last = seat.last;
  }

  connect(): void {
    const socket = new WebSocket(this.url, 'graphql-transport-ws', { localAddress: this.from });
    const says = (message: object) => socket.send(JSON.stringify(message));
    socket.on('error', () => undefined);
    socket.on('open', () => says({ type: 'connection_init', payload: { authorization: `Bearer ${this.seat.key}` } }));
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string; payload?: { data?: { events: Page } } };
      if (message.type === 'ping') says({ type: 'pong' });
      if (message.type === 'connection_ack') {
        connections += 1;
        this.open = true;
        says({ type: 'subscribe', id: '1', payload: { query: EVENTS, variables: { after: this.cursor } } });
      }
      const page = message.payload?.data?.events;
      if (message.type === 'next' && page) this.take(page);
      // What ended for whatever reason is begun again, as the contract for clients says.
      else if (message.type === 'error' || message.type === 'complete' || message.type === 'next') socket.close();
    });
    socket.on('close', (code) => {
      closes[code] = (closes[code] ?? 0) + 1;
      this.open = false;
      setTimeout(() => this.connect(), 50 + Math.random() * 1_000);
    });
  }

  private take({ cursor, events }: Page): void {
    for (const { sequence } of events) {
      const number = Number(sequence);
      if (number <= this.last) this.repeated += 1;
      if (number > this.last + 1) this.lost += number - this.last - 1;
      this.last = Math.max(this.last, number);
    }
    this.cursor = cursor;
  }
}

const input = createInterface({ input: process.stdin });
const [line] = (await once(input, 'line')) as [string];
input.on('close', () => process.exit());
const { url, seats, addresses } = JSON.parse(line) as CrowdOptions;
const crowd = seats.map((seat, n) => new Subscriber(url, seat, `127.0.1.${1 + (n % addresses)}`));

function says(): CrowdSays {
  const least: Record<string, number> = {};
  const most: Record<string, number> = {};
  for (const { seat, last } of crowd) {
    least[seat.feed] = Math.min(least[seat.feed] ?? Infinity, last);
    most[seat.feed] = Math.max(most[seat.feed] ?? 0, last);
  }
  const sum = (of: (subscriber: Subscriber) => number) => crowd.reduce((total, each) => total + of(each), 0);
  return {
    open: sum(({ open }) => Number(open)),
    lost: sum(({ lost }) => lost),
    repeated: sum(({ repeated }) => repeated),
    heard: sum(({ last, seat }) => last - seat.last),
    ...{ least, most, connections, closes },
  };
}

for (let from = 0; from < crowd.length; from += OPENING) {
  for (const subscriber of crowd.slice(from, from + OPENING)) subscriber.connect();
  while (crowd.slice(0, from + OPENING).some(({ open }) => !open)) await new Promise((done) => setTimeout(done, 10));
}
console.log(JSON.stringify(says()));
setInterval(() => console.log(JSON.stringify(says())), SAY_EVERY_MS);
