import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import WebSocket from 'ws';

interface Message {
  readonly type: string;
  readonly payload?: { readonly data?: { readonly events: { readonly events: readonly { sequence: string }[] } } };
}

/** A client that subscribes and reads one message when it is told to; what it reads must be each event once, in order. */
export class SlowReader {
  private read = 0;
  private last: number | null = null;
  private wrong: string | null = null;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.hear(JSON.parse(data.toString()) as Message));
    socket.on('close', (code) => (this.wrong ??= `The socket was closed with ${code}.`));
  }

  static async open(url: string, key: string, query: string, after: string): Promise<SlowReader> {
    const socket = new WebSocket(url, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }));
    await once(socket, 'message');
    const reader = new SlowReader(socket);
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { after } } }));
    socket.pause();
    return reader;
  }

  /** Stops again at the first message; what the system has taken in by then waits there. */
  async readsOne(): Promise<void> {
    this.assertRight();
    const heard = once(this.socket, 'message');
    this.socket.resume();
    await heard;
    this.socket.pause();
  }

  /** So many events in all, and closes. */
  async readsAll(events: number): Promise<void> {
    this.socket.resume();
    while (this.read < events && this.wrong === null) await pause(20);
    this.assertRight();
    this.socket.terminate();
  }

  private hear({ type, payload }: Message): void {
    if (type !== 'next') return;
    for (const { sequence } of payload?.data?.events.events ?? []) {
      if (this.last !== null && Number(sequence) !== this.last + 1)
        this.wrong ??= `After ${this.last} came ${sequence}.`;
      this.last = Number(sequence);
      this.read += 1;
    }
  }

  private assertRight(): void {
    if (this.wrong !== null) throw new Error(`A slow reader did not hear each event once: ${this.wrong}`);
  }
}
