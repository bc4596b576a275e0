import type pg from 'pg';

import { connectPipelined } from '../platform/database/connection.ts';
import type { Log } from '../platform/log.ts';
import type { Signals } from './signals.ts';

const RECONNECT_MS = 500;
const HINT_EVERY_MS = 5;

/**
 * Wake-ups between nodes: one notification a batch from whoever leads ("these feeds grew"), and a coalesced hint to
 * the leader ("I committed"). Mutations never notify inside their transaction: the queue's lock would serialise them.
 */
export class Wakes {
  private client: pg.Client | null = null;
  private stopped = false;
  private hinting: NodeJS.Timeout | null = null;

  constructor(
    private readonly url: string,
    private readonly signals: Signals,
    private readonly onHint: () => void,
    private readonly log: Log,
  ) {}

  async start(): Promise<void> {
    const client = await connectPipelined(this.url, 'tocsin_wakes');
    client.on('error', () => this.lost());
    client.on('end', () => this.lost());
    client.on('notification', ({ channel, payload = '' }) => {
      if (channel === 'tocsin_hint') this.onHint();
      else this.signals.grown(payload === 'all' ? 'all' : new Set(payload.split(',').filter(Boolean)));
    });
    this.client = client;
    await client.query('SET synchronous_commit = off; LISTEN tocsin_grown; LISTEN tocsin_hint');
    // What grew while nobody listened is found by looking.
    this.signals.grown('all');
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
    await this.client?.end().catch(() => undefined);
  }

  private lost(): void {
    if (this.client === null || this.stopped) return;
    this.client = null;
    this.log.warn({}, 'the connection for wake-ups was lost; feeds go on by polling until it is back');
    const again = () => this.start().catch(() => this.stopped || setTimeout(again, RECONNECT_MS));
    setTimeout(again, RECONNECT_MS);
  }
}
