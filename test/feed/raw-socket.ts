import { once } from 'node:events';

import { expect, vi } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';

import { EVENTS, PATIENCE, type Page } from './listener.ts';

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: { data?: { events: Page } | null; errors?: { extensions: { code: string } }[] };
}

/** One socket, spoken to frame by frame. */
export class RawSocket {
  readonly messages: Message[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.messages.push(JSON.parse(data.toString()) as Message));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  static async open(url: string, protocol = 'graphql-transport-ws', options: ClientOptions = {}): Promise<RawSocket> {
    const raw = new RawSocket(new WebSocket(url, protocol, options));
    await once(raw.socket, 'open');
    return raw;
  }

  /** Opened, with a key, and acknowledged. */
  static async signedIn(url: string, key: string): Promise<RawSocket> {
    const raw = await RawSocket.open(url);
    raw.init({ authorization: `Bearer ${key}` });
    await raw.hears('connection_ack');
    return raw;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  init(payload?: unknown): void {
    this.send({ type: 'connection_init', payload });
  }

  asks(id: string, query: string, variables: object = {}): void {
    this.send({ type: 'subscribe', id, payload: { query, variables } });
  }

  /** Begins to listen from a cursor on. */
  listens(after: string | null, variables: object = {}): void {
    this.asks('events', EVENTS, { after, ...variables });
  }

  async hears(type: string, id?: string): Promise<Message> {
    return vi.waitFor(() => {
      const found = this.messages.find((message) => message.type === type && (id === undefined || message.id === id));
      expect(found).toBeDefined();
      return found as Message;
    }, PATIENCE);
  }

  get pages(): Page[] {
    return this.messages.flatMap(({ payload }) => payload?.data?.events ?? []);
  }
}
