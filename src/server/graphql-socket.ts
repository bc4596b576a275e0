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

/** Settles when it has left for the network, or when nobody is there to be sent it. */
export function send(socket: WebSocket, data: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== WebSocket.OPEN) return resolve();
    socket.send(data, { binary: false }, (error) => {
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

/** Where the results of a subscription go. */
export interface Outlet {
  /** Settles when it has gone out. */
  readonly take: (result: ExecutionResult) => Promise<void>;
  /** Settles when the next one may be read. */
  readonly room: () => Promise<void>;
  /** Is told of a failure, which ends the stream. */
  readonly failed: (error: unknown) => void;
  /** Is called however it ends, perhaps more than once. */
  readonly ended: () => void;
}

/**
 * Sends the results itself, the next one read when there is room for it, and hands graphql-ws nothing but the end: it
 * would write each result anew for each socket, and send the message of a failure out.
 */
export function sending(results: ResultStream, { take, room, failed, ended }: Outlet): ResultStream {
  const next = results.next.bind(results);
  const end = results.return.bind(results);
  // Apart, so that nothing holds a page while there is no room for the next.
  const passOne = async () => {
    const { done, value } = await next();
    if (!done) await take(value);
    return !done;
  };
  return Object.assign(Object.create(results) as ResultStream, {
    next: async (): Promise<IteratorReturnResult<void>> => {
      try {
        while (await passOne()) await room();
      } catch (error) {
        void end();
        failed(error);
      } finally {
        ended();
      }
      return { done: true, value: undefined };
    },
    return: () => {
      ended();
      return end();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  });
}

/** Data as JSON in UTF-8, by the data itself: many sockets are sent the same. */
const written = new WeakMap<object, Buffer>();
const NULL = Buffer.from('null');

/** What one socket is told of a result. */
export interface Payload {
  readonly errors?: readonly unknown[] | undefined;
  readonly data: object | null | undefined;
  readonly extensions?: object | undefined;
}

/** A `next` message in UTF-8, its data written once for all who are sent it. */
export function nextFrame(id: string, { errors, data, extensions }: Payload): Buffer {
  const rest = [
    errors && `"errors":${JSON.stringify(errors)}`,
    extensions && `"extensions":${JSON.stringify(extensions)}`,
  ].filter(Boolean);
  const start = `{"id":${JSON.stringify(id)},"type":"next","payload":{`;
  if (data === undefined) return Buffer.from(`${start}${rest.join(',')}}}`);
  return around(`${start}"data":`, writtenOnce(data), `${['', ...rest].join(',')}}}`);
}

function around(before: string, bytes: Buffer, after: string): Buffer {
  const [from, until] = [Buffer.byteLength(before), Buffer.byteLength(before) + bytes.length];
  const whole = Buffer.allocUnsafe(until + Buffer.byteLength(after));
  whole.write(before);
  whole.set(bytes, from);
  whole.write(after, until);
  return whole;
}

function writtenOnce(data: object | null): Buffer {
  if (data === null) return NULL;
  const text = written.get(data) ?? Buffer.from(JSON.stringify(data));
  written.set(data, text);
  return text;
}
