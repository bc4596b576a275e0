import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { WebSocketServer, type WebSocket } from 'ws';

import { Signals, type Grown } from '../src/ledger/signals.ts';
import { grow, headOf, numbered } from './support/feeds.ts';
import { compare, type Figure } from './support/measure.ts';
import { makePlace, type Asker, type Place } from './support/place.ts';
import { SocketCrowd, type Batch } from './support/socket-crowd.ts';

const EVENTS = `subscription Told($after: String) { events(after: $after) {
  cursor head gap { reason resumeFrom } events { cursor sequence kind at actor { id name } summary subjects details entryId } } }`;

const EVENTS_BEFORE = 100;

export interface FanOutSize {
  readonly sockets: number;
  readonly organisations: number;
  /** Events of each organisation in a burst, and bursts of a measurement. */
  readonly events: number;
  readonly bursts: number;
  readonly pairs: number;
}

/**
 * Events a second into all sockets, from the instant at which the hub hears that feeds grew, all of it numbered, to the
 * last socket that has heard the last event; beside a broadcast of the very same bytes to as many bare sockets by the
 * same process. What numbering costs is the question of `ledger`.
 */
export async function fanOut({ sockets, organisations, events, bursts, pairs }: FanOutSize): Promise<Figure[]> {
  const place = await makePlace();
  const [listening, bare] = [new SocketCrowd(), new SocketCrowd()];
  const broadcaster = await Broadcaster.start();
  try {
    const askers: Asker[] = [];
    for (let n = 0; n < organisations; n += 1) askers.push(await place.organisation(['PROVIDER']));
    await fillFeeds(place, askers);
    const each = Math.floor(sockets / organisations);
    const heads: string[] = [];
    for (const each of askers) heads.push(await headOf(each));
    const batches = askers.map(({ key }, n): Batch => {
      return { url: place.hub.wsUrl, key, sockets: each, variables: { after: heads[n] }, keep: true };
    });
    await listening.told({ open: batches });
    await listening.told({ subscribe: EVENTS });
    await bare.told({
      open: batches.map((batch, n) => ({ ...batch, url: `${broadcaster.url}/${n}`, key: null, keep: false })),
    });
    let frames: Frames = [];
    const delivered = events * each * organisations * bursts;
    const ours = async () => {
      let seconds = 0;
      for (let burst = 0; burst < bursts; burst += 1) {
        await listening.told({ expect: { events, afresh: false } });
        const start = await heardAtOnce(async () => {
          await grow(place, askers, events);
          await numbered(place);
        });
        const heard = await listening.secondsSince(start);
        seconds += heard.seconds;
        ({ frames } = heard);
      }
      return delivered / seconds;
    };
    const baseline = async () => {
      let seconds = 0;
      for (let burst = 0; burst < bursts; burst += 1) {
        await bare.told({ expect: { events, afresh: true } });
        const start = process.hrtime.bigint();
        broadcaster.sends(frames);
        seconds += (await bare.secondsSince(start)).seconds;
      }
      return delivered / seconds;
    };
    const metric = `events/s, ${events} in a burst, to ${sockets} sockets of ${organisations} organisations / raw broadcast`;
    return [await compare({ name: 'fan-out', metric, bar: 0.4, goal: 0.7, better: 'least' }, ours, baseline, pairs)];
  } finally {
    await Promise.all([listening.end(), bare.end()]);
    await broadcaster.stop();
    await place.leave();
  }
}

/** What is there before, as in a hub that has run for a while: the planner knows tables that are not empty. */
async function fillFeeds(place: Place, askers: readonly Asker[]): Promise<void> {
  await grow(place, askers, EVENTS_BEFORE);
  await numbered(place);
  const admin = await place.connect();
  await admin.query('VACUUM ANALYZE');
  await admin.end();
}

/** For each organisation the frames that carry a burst. */
type Frames = readonly (readonly string[])[];

/** As properties: to be put aside and called later. */
const signals: { grown: (this: Signals, grown: Grown) => void } = Signals.prototype;

/** The hub, which is in this process, hears of what grows meanwhile only when all of it is there; the instant (ns) of that. */
async function heardAtOnce(meanwhile: () => Promise<void>): Promise<bigint> {
  const { grown } = signals;
  const told: (() => void)[] = [];
  signals.grown = function (which) {
    told.push(() => grown.call(this, which));
  };
  try {
    await meanwhile();
  } finally {
    signals.grown = grown;
  }
  const at = process.hrtime.bigint();
  for (const tell of told) tell();
  return at;
}

/** The baseline: text frames to sockets that are sorted by the number in their path. */
class Broadcaster {
  private readonly groups = new Map<number, WebSocket[]>();

  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (socket, { url }) => {
      const group = Number(url?.slice(1));
      this.groups.set(group, [...(this.groups.get(group) ?? []), socket]);
    });
  }

  static async start(): Promise<Broadcaster> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    await once(server, 'listening');
    return new Broadcaster(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  sends(frames: Frames): void {
    for (const [group, some] of frames.entries())
      for (const socket of this.groups.get(group) ?? []) for (const frame of some) socket.send(frame);
  }

  async stop(): Promise<void> {
    for (const client of this.server.clients) client.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
