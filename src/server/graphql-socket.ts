import type { ExecutionResult } from 'graphql';
import type { Server } from 'graphql-ws';
import { WebSocket } from 'ws';

import type { Log } from '../platform/log.ts';
import { CLOSE } from './close-codes.ts';

/** A peer that asks and does not read is not heard until it does: what it has not taken costs memory here. */
const MOST_UNSENT = 4_000_000;

/**
 * Speaks graphql-transport-ws on one socket. graphql-ws brings an adapter of its own, which prints what strangers send
 * wrong on the console, says in the close frame what failed here, and cuts whoever is slow to take a page.
 */
export function serveSocket<Extra extends { readonly socket: WebSocket }>(
  server: Server<Extra>,
  extra: Extra,
  log: Log,
): void {
  const { socket } = extra;
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (data) => send(socket, data),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) => {
        socket.on('message', (data: Buffer) => {
          if (socket.bufferedAmount > MOST_UNSENT) socket.pause();
          take(data.toString()).catch((error: unknown) => failed(socket, error, log));
        });
      },
    },
    extra,
  );
  // What cannot be read as frames, or is larger than allowed, ws itself answers with the code of RFC 6455 7.4.1.
  socket.on('error', () => undefined);
  socket.once('close', (code, reason) => {
    closed(code, reason.toString()).catch((error: unknown) => failed(socket, error, log));
  });
}

function send(socket: WebSocket, data: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== WebSocket.OPEN) return resolve();
    socket.send(data, (error) => {
      if (socket.isPaused && socket.bufferedAmount <= MOST_UNSENT) socket.resume();
      // A peer that went away while something was sent to it is no failure; its 'close' follows.
      if (error && socket.readyState === WebSocket.OPEN) reject(error);
      else resolve();
    });
  });
}

function failed(socket: WebSocket, error: unknown, log: Log): void {
  log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'a socket failed');
  socket.close(CLOSE.TRY_LATER, 'Try again later');
}

/** The results of a subscription. */
export type ResultStream = AsyncGenerator<ExecutionResult, void, void>;

export const isStream = (result: ResultStream | ExecutionResult): result is ResultStream =>
  Symbol.asyncIterator in result;

/**
 * The same results; a failure is told to `failed` and ends them, where graphql-ws would send its message out. `ended` is
 * called however they end, perhaps more than once.
 */
export function lasting(results: ResultStream, failed: (error: unknown) => void, ended: () => void): ResultStream {
  const next = results.next.bind(results);
  const end = results.return.bind(results);
  return Object.assign(Object.create(results) as ResultStream, {
    next: () =>
      next().then(
        (result) => {
          if (result.done) ended();
          return result;
        },
        (error: unknown): IteratorReturnResult<void> => {
          ended();
          failed(error);
          return { done: true, value: undefined };
        },
      ),
    return: () => {
      ended();
      return end();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  });
}
