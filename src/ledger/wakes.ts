import type pg from 'pg';

import { Alarm } from '../platform/alarm.ts';
import { connectPipelined } from '../platform/database/connection.ts';
import type { Log } from '../platform/log.ts';
import type { Signals } from './signals.ts';

const RECONNECT_MS = 500;
const HINT_EVERY_MS = 5;
/** Nothing to look for: a lost connection rings. */
const IDLE_MS = 60_000;

/**
 * Wake-ups between nodes: one notification a batch from whoever leads ("these feeds grew"), and a coalesced hint to
 * the leader ("I committed"). Mutations never notify inside their transaction: the queue's lock would serialise them.
 */
export class Wakes {
  private client: pg.Client | null = null;
  private stopped = false;
  private hinting: NodeJS.Timeout | null = null;
  private readonly lost = new Alarm();
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly signals: Signals,
    private readonly onHint: () => void,
    private readonly log: Log,
    /** The backend of this node's own sequencer, which has woken the node before it hears of it here. */
    private readonly own: () => number | null = () => null,
  ) {}

  /** Throws when the first connection cannot be made; later ones are made again until it succeeds. */
  async start(): Promise<void> {
    await this.listen();
    this.loop = this.keepListening();
  }

  /** Tells the leading node, wherever it is, that something was committed here. At most once in 5 ms. */
  hint(): void {
    this.hinting ??= setTimeout(() => {
      this.hinting = null;
      this.client?.query('NOTIFY tocsin_hint').catch(() => undefined);
    }, HINT_EVERY_MS);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.hinting) clearTimeout(this.hinting);
    this.lost.ring();
    await this.loop;
    const { client } = this;
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  /** One loop and not a timer for each event: an end comes as 'error' and as 'end', and would be mended twice. */
  private async keepListening(): Promise<void> {
    while (!this.stopped) {
      if (this.client) {
        await this.lost.wait(IDLE_MS);
        continue;
      }
      await this.lost.wait(RECONNECT_MS);
      if (this.stopped) return;
      await this.listen().catch((error: unknown) => {
        this.log.warn({ error: String(error) }, 'the connection for wake-ups could not be made again yet');
      });
    }
  }

  private async listen(): Promise<void> {
    const client = await connectPipelined(this.url, 'tocsin_wakes');
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    client.on('notification', ({ channel, payload = '', processId }) => {
      if (channel === 'tocsin_hint') this.onHint();
      else if (processId !== this.own())
        this.signals.grown(payload === 'all' ? 'all' : new Set(payload.split(',').filter(Boolean)));
    });
    try {
      await client.query('SET synchronous_commit = off; LISTEN tocsin_grown; LISTEN tocsin_hint');
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.client = client;
    // What grew while nobody listened is found by looking.
    this.signals.grown('all');
  }

  private lose(client: pg.Client): void {
    if (this.client !== client || this.stopped) return;
    this.client = null;
    client.end().catch(() => undefined);
    this.log.warn({}, 'the connection for wake-ups was lost; feeds go on by polling until it is back');
    this.lost.ring();
  }
}
