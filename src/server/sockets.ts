import type { Socket } from 'node:net';

import type { WebSocket } from 'ws';

import type { Log } from '../platform/log.ts';
import { CLOSE } from './close-codes.ts';
import type { ReadMarks } from './read-marks.ts';

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
  /** Sockets of one address, whoever opened them. */
  readonly mostForAnAddress: number;
  /** Sockets that have not yet shown who they are: of one address, and of all. */
  readonly mostUnknownForAnAddress: number;
  readonly mostUnknown: number;
  /** Operations at once on one socket. */
  readonly mostOperations: number;
  /** Operations that a client begins, over all of its sockets. */
  readonly subscribesPerMinute: number;
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
  mostForAnAddress: 2_000,
  mostUnknownForAnAddress: 200,
  mostUnknown: 1_000,
  mostOperations: 20,
  subscribesPerMinute: 3_000,
};

/** Counts sockets of each client, or address, so that one cannot take them all. */
export class SocketCount {
  private readonly open = new Map<string, number>();

  constructor(private readonly most: number) {}

  isFull(whose: string): boolean {
    return (this.open.get(whose) ?? 0) >= this.most;
  }

  /** False when there are as many as may be. */
  take(whose: string): boolean {
    if (this.isFull(whose)) return false;
    this.open.set(whose, (this.open.get(whose) ?? 0) + 1);
    return true;
  }

  give(whose: string): void {
    const count = (this.open.get(whose) ?? 1) - 1;
    if (count === 0) this.open.delete(whose);
    else this.open.set(whose, count);
  }
}

/** A socket, the connection under it, and how its credential is asked for. */
export interface Watched {
  readonly socket: WebSocket;
  readonly connection: Socket;
  readonly marks: ReadMarks;
  readonly holds: () => Promise<boolean>;
  readonly log: Log;
}

/** Closes a socket whose reader sleeps, whose peer is gone or whose credential has ended. Returns the way to stop. */
export function watchSocket({ socket, connection, marks, holds, log }: Watched, limits: SocketLimits): () => void {
  const { lookEveryMs: every } = limits;
  let [left, heard, read, waits] = [sentBy(connection), connection.bytesRead, marks.read, false];
  let [unread, silent, sinceCredential] = [0, 0, 0];
  const timer = setInterval(() => {
    // Not what waits, but whether anything moves: a slow reader with much before it is not one that sleeps. Bytes leave
    // for the network as long as it has room, so that they say nothing of the peer where none had to wait.
    const moves = marks.read !== read || (waits && sentBy(connection) !== left);
    waits = socket.bufferedAmount > 0;
    unread = (waits || marks.isFull()) && !moves ? unread + every : 0;
    silent = connection.bytesRead === heard && !moves ? silent + every : 0;
    [left, heard, read] = [sentBy(connection), connection.bytesRead, marks.read];
    if (unread >= limits.unreadForMs || silent >= limits.silentForMs) {
      log.info({}, 'a socket was closed whose client does not read');
      clearInterval(timer);
      return closeUnread(socket, limits.graceMs);
    }
    if (silent >= limits.askAfterMs) marks.ask();
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
