import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

import { feedOf } from './audit.ts';
import type { Client } from './client.ts';
import { until } from './experiment.ts';

const EVENTS = `subscription ($after: String, $first: Int) { events(after: $after, first: $first) {
  cursor events { sequence entryId } } }`;

interface Page {
  readonly cursor: string;
  readonly events: readonly { readonly sequence: string; readonly entryId: string }[];
}

/** A subscriber that keeps nothing but its cursor, and comes back with it whenever it was cut. */
export class FeedReader {
  readonly heard: string[];
  connections = 0;
  /** Events that came again, or before their turn. */
  private outOfTurn = 0;
  private stopped = false;
  private dispose: () => void = () => undefined;
  private readonly loop: Promise<void>;

  private constructor(
    private url: () => string,
    private readonly client: Client,
    private readonly first: number,
    private cursor: string,
    heard: string,
  ) {
    this.heard = [heard];
    this.loop = this.listen();
  }

  /** Begins after the first event of its feed, which it asks for. */
  static async of(client: Client, url: () => string, first = 20): Promise<FeedReader> {
    const { data } = await client.asks('{ events(first: 1) { events { cursor entryId } } }');
    const [event] = data.events.events;
    return new FeedReader(url, client, first, event.cursor, event.entryId);
  }

  /** Until it has heard all that is in its feed now; what of it was lost and repeated. */
  async compared(): Promise<{ lost: number; repeated: number }> {
    const feed = await feedOf(this.client);
    await until('a subscriber has heard its whole feed', () => this.heard.length >= feed.length, 120_000);
    const heard = new Set(this.heard);
    return { lost: feed.filter((entry) => !heard.has(entry)).length, repeated: this.outOfTurn };
  }

  /** It comes by another way from its next connection on. */
  goesTo(url: () => string): void {
    this.url = url;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.dispose();
    await this.loop;
  }

  private async listen(): Promise<void> {
    while (!this.stopped) {
      await this.connect().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  private async connect(): Promise<void> {
    const client = createClient({
      url: this.url(),
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${this.client.key}` },
      retryAttempts: 0,
      on: { connected: () => (this.connections += 1) },
    });
    const variables = { after: this.cursor, first: this.first };
    const pages = client.iterate<{ events: Page }>({ query: EVENTS, variables });
    this.dispose = () => void pages.return?.();
    try {
      for await (const { data } of pages) {
        if (!data) return;
        this.take(data.events);
      }
    } finally {
      await client.dispose();
    }
  }

  private take({ cursor, events }: Page): void {
    for (const { sequence, entryId } of events) {
      if (Number(sequence) !== this.heard.length + 1) this.outOfTurn += 1;
      this.heard.push(entryId);
    }
    this.cursor = cursor;
  }
}
