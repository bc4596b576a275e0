import { WebSocket } from 'ws';

/** Sent and not yet read: kernels take megabytes of what nobody reads, and nothing waits here by which it could be seen. */
const MOST_UNREAD = 1_000_000;
const ASK_EVERY = 128_000;

/** How far a peer has read, by pings that stand in line behind what it is sent: a pong says that all before was read. */
export class ReadMarks {
  /** Bytes that are known to be read. */
  read = 0;
  private sent = 0;
  private asked = 0;
  private waiting: PromiseWithResolvers<void> | null = null;

  constructor(private readonly socket: WebSocket) {
    socket.on('pong', (mark: Buffer) => this.hear(Number(mark.toString())));
    socket.once('close', () => this.hear(Infinity));
  }

  /** So many bytes more have gone out. */
  add(bytes: number): void {
    this.sent += bytes;
    if (this.sent - this.asked >= ASK_EVERY) this.ask();
  }

  /** Whatever it answers says how far it has read: of several pings a peer may answer the last alone. */
  ask(): void {
    this.asked = this.sent;
    this.socket.ping(String(this.sent));
  }

  /** Settles when so much is read that more may be sent, or when nobody is there to read. */
  async room(): Promise<void> {
    while (this.isFull() && this.socket.readyState === WebSocket.OPEN) {
      this.waiting ??= Promise.withResolvers();
      await this.waiting.promise;
    }
  }

  /** Whether more is on its way than may be. */
  isFull(): boolean {
    return this.sent - this.read > MOST_UNREAD;
  }

  private hear(mark: number): void {
    if (mark > this.read) this.read = Math.min(mark, this.sent);
    if (this.isFull()) return;
    this.waiting?.resolve();
    this.waiting = null;
  }
}
