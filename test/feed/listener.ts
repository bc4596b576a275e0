import { setTimeout as pause } from 'node:timers/promises';

import { createClient } from 'graphql-ws';
import { expect, vi } from 'vitest';
import { WebSocket } from 'ws';

import type { Party } from '../support/world.ts';

export const EVENTS = `subscription ($after: String, $first: Int, $kinds: [EventKind!]) { events(after: $after, first: $first, kinds: $kinds) {
  cursor head gap { reason resumeFrom } events { cursor sequence kind entryId subjects details } } }`;

export interface Heard {
  readonly cursor: string;
  readonly sequence: string;
  readonly kind: string;
  readonly entryId: string;
}
export interface Page {
  readonly cursor: string;
  readonly head: string;
  readonly gap: { reason: string; resumeFrom: string } | null;
  readonly events: readonly Heard[];
}

export const PATIENCE = { timeout: 9_000, interval: 20 };

/** Where a party's feed ends now. */
export async function headOf(party: Party): Promise<string> {
  const { data } = await party.ask('{ events(first: 1) { head } }');
  return data.events.head;
}

/** A client in plain graphql-ws that keeps nothing but its cursor, and comes back with it whenever it was cut. */
export class Listener {
  readonly pages: Page[] = [];
  readonly closes: number[] = [];
  connections = 0;
  private stopped = false;
  private socket: WebSocket | null = null;
  private dispose: () => void = () => undefined;
  private readonly loop: Promise<void>;

  constructor(
    private readonly url: () => string,
    private readonly key: string,
    private cursor: string | null,
    private readonly variables: object = {},
  ) {
    this.loop = this.listen();
  }

  get events(): Heard[] {
    return this.pages.flatMap(({ events }) => events);
  }

  /** As when a train enters a tunnel: no close frame, nothing. */
  cut(): void {
    this.socket?.terminate();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.dispose();
    await this.loop;
  }

  /** Until it has heard all that is in the party's feed after the cursor with which it began: once each, in order. */
  async heardAllOf(party: Party, from: string): Promise<void> {
    await vi.waitFor(async () => expect(this.cursor).toBe(await headOf(party)), PATIENCE);
    const numbers = this.events.map(({ sequence }) => Number(sequence));
    const first = Number(from.split('.')[1]) + 1;
    expect(numbers).toEqual(numbers.map((_, index) => first + index));
    expect(this.events.map(({ entryId }) => entryId)).toEqual((await party.events(from)).map(({ entryId }) => entryId));
  }

  private async listen(): Promise<void> {
    while (!this.stopped) {
      const client = createClient({
        url: this.url(),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${this.key}` },
        retryAttempts: 0,
        on: {
          opened: (socket) => (this.socket = socket as WebSocket),
          connected: () => (this.connections += 1),
          closed: (event) => this.closes.push((event as { code: number }).code),
        },
      });
      const results = client.iterate<{ events: Page }>({
        query: EVENTS,
        variables: { ...this.variables, after: this.cursor },
      });
      this.dispose = () => void results.return?.();
      await this.take(results).catch(() => undefined);
      await client.dispose();
      await pause(5);
    }
  }

  private async take(results: AsyncIterable<{ data?: { events: Page } | null | undefined }>): Promise<void> {
    for await (const { data } of results) {
      if (!data) return;
      this.pages.push(data.events);
      this.cursor = data.events.cursor;
    }
  }
}
