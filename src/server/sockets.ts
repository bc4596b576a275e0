import type { WebSocket } from 'ws';

import { CLOSE } from './close-codes.ts';

const LOOK_EVERY_MS = 5_000;
/** Bytes that stay unsent for as long mean that nobody reads them. */
const UNREAD_FOR_MS = 30_000;
/** How often the credential of an idle socket is looked at: a revoked one is closed within a minute. */
const CREDENTIAL_EVERY_MS = 15_000;
const MOST_FOR_A_CLIENT = 50;

/** Counts the sockets of each client, so that one key cannot take them all. */
export class SocketCount {
  private readonly open = new Map<string, number>();

  /** False when the client has as many as it may. */
  take(clientId: string): boolean {
    const count = this.open.get(clientId) ?? 0;
    if (count >= MOST_FOR_A_CLIENT) return false;
    this.open.set(clientId, count + 1);
    return true;
  }

  give(clientId: string): void {
    const count = (this.open.get(clientId) ?? 1) - 1;
    if (count === 0) this.open.delete(clientId);
    else this.open.set(clientId, count);
  }
}

/** Closes a socket whose reader sleeps or whose credential has ended. Returns the way to stop watching. */
export function watchSocket(socket: WebSocket, holds: () => Promise<boolean>): () => void {
  let unread = 0;
  let sinceCredential = 0;
  const timer = setInterval(() => {
    unread = socket.bufferedAmount > 0 ? unread + LOOK_EVERY_MS : 0;
    if (unread >= UNREAD_FOR_MS) {
      socket.close(CLOSE.TOO_SLOW, 'Too slow: resume from your cursor');
      // Behind the unread bytes the close frame may never arrive.
      setTimeout(() => socket.terminate(), LOOK_EVERY_MS).unref();
    }
    sinceCredential += LOOK_EVERY_MS;
    if (sinceCredential < CREDENTIAL_EVERY_MS) return;
    sinceCredential = 0;
    // A database that is away for a moment says nothing about the credential: it is asked again.
    holds().then(
      (good) => good || closeForbidden(socket),
      () => undefined,
    );
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

export function closeForbidden(socket: WebSocket): void {
  socket.close(CLOSE.FORBIDDEN, 'The key was revoked or has expired');
}
