import type { Socket } from 'node:net';

import type { WebSocket } from 'ws';

import type { Log } from '../platform/log.ts';
import { CLOSE } from './close-codes.ts';

/** How long and how much the hub bears of a socket. */
export interface SocketLimits {
  readonly initWithinMs: number;
  readonly lookEveryMs: number;
  /** Bytes of which none leaves for as long mean that nobody reads them. */
  readonly unreadForMs: number;
  /** How long a close frame may wait behind bytes that nobody reads. */
  readonly graceMs: number;
  /** A peer that says nothing is asked (ping) after the first, and given up after the second. */
  readonly askAfterMs: number;
  readonly silentForMs: number;
  /** How often the credential of an idle socket is looked at: a revoked one is closed within a minute. */
  readonly credentialEveryMs: number;
  readonly mostForAClient: number;
}

export const SOCKET_LIMITS: SocketLimits = {
  initWithinMs: 3_000,
  lookEveryMs: 5_000,
  unreadForMs: 30_000,
  graceMs: 5_000,
  askAfterMs: 15_000,
  silentForMs: 60_000,
  credentialEveryMs: 15_000,
  mostForAClient: 50,
};

/** Counts the sockets of each client, so that one key cannot take them all. */
export class SocketCount {
  private readonly open = new Map<string, number>();

  constructor(private readonly most: number) {}

  /** False when the client has as many as it may. */
  take(clientId: string): boolean {
    const count = this.open.get(clientId) ?? 0;
    if (count >= this.most) return false;
    this.open.set(clientId, count + 1);
    return true;
  }

  give(clientId: string): void {
    const count = (this.open.get(clientId) ?? 1) - 1;
    if (count === 0) this.open.delete(clientId);
    else this.open.set(clientId, count);
  }
}

/** A socket, the connection under it, and how its credential is asked for. */
export interface Watched {
  readonly socket: WebSocket;
  readonly connection: Socket;
  readonly holds: () => Promise<boolean>;
  readonly log: Log;
}

/** Closes a socket whose reader sleeps, whose peer is gone or whose credential has ended. Returns the way to stop. */
export function watchSocket({ socket, connection, holds, log }: Watched, limits: SocketLimits): () => void {
  const { lookEveryMs: every } = limits;
  let [left, heard] = [sentBy(connection), connection.bytesRead];
  let [unread, silent, sinceCredential] = [0, 0, 0];
  const timer = setInterval(() => {
    // Not the bytes that wait, but whether any left: a slow reader with much before it is not one that sleeps.
    unread = socket.bufferedAmount > 0 && sentBy(connection) === left ? unread + every : 0;
    silent = connection.bytesRead === heard ? silent + every : 0;
    [left, heard] = [sentBy(connection), connection.bytesRead];
    if (unread >= limits.unreadForMs) {
      log.info({}, 'a socket was closed whose client does not read');
      clearInterval(timer);
      return closeUnread(socket, limits.graceMs);
    }
    if (silent >= limits.silentForMs) return socket.terminate();
    if (silent >= limits.askAfterMs) socket.ping();
    sinceCredential += every;
    if (sinceCredential < limits.credentialEveryMs) return;
    sinceCredential = 0;
    // A database that is away for a moment says nothing about the credential: it is asked again.
    holds().then(
      (good) => good || closeForbidden(socket),
      () => undefined,
    );
  }, every);
  timer.unref();
  return () => clearInterval(timer);
}

export function closeForbidden(socket: WebSocket): void {
  socket.close(CLOSE.FORBIDDEN, 'The key was revoked or has expired');
}

const sentBy = (connection: Socket): number => connection.bytesWritten - connection.writableLength;

function closeUnread(socket: WebSocket, graceMs: number): void {
  socket.close(CLOSE.TOO_SLOW, 'Too slow: resume from your cursor');
  setTimeout(() => socket.terminate(), graceMs).unref();
}
