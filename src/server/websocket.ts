import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';

import type { App } from '../app/create-app.ts';
import type { Admission } from './admission.ts';
import { CLOSE } from './close-codes.ts';
import { serveSocket } from './graphql-socket.ts';
import type { TrustedProxies } from './peer.ts';
import type { SignInDoor } from './sign-in/door.ts';
import { ReadMarks } from './read-marks.ts';
import { SocketDoor, type Extra, type Params } from './socket-door.ts';
import { SocketGate } from './socket-gate.ts';
import type { SocketLimits } from './sockets.ts';

const MAX_FRAME = 64 * 1024;
/** A client that does not answer a close frame is not waited for. */
const GRACE_MS = 2_000;

export interface WebSocketDoor {
  /** Sockets that are open now. */
  readonly open: number;
  /** Tells every client to come back with its cursor, and takes nobody new. */
  close(): Promise<void>;
}

export interface WebSocketOptions {
  readonly limits: SocketLimits;
  readonly signIn: SignInDoor | null;
  readonly proxies: TrustedProxies;
}

/** graphql-transport-ws on the HTTP server's port. The protocol for clients is docs/protocols/events.md. */
export function openWebSocketDoor(
  app: App,
  server: Server,
  admission: Admission,
  { limits, signIn, proxies }: WebSocketOptions,
): WebSocketDoor {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    handleProtocols,
  });
  const graphql = makeServer<Params, Extra>(new SocketDoor(app, admission, limits, signIn).options());
  const gate = new SocketGate(limits, signIn, proxies);
  let closing = false;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has taken its own listener away: a peer that resets the connection now would end the process.
    socket.on('error', () => undefined);
    if (closing) return refuse(socket, '503 Service Unavailable');
    if (request.url?.split('?', 1)[0] !== '/graphql') return refuse(socket, '404 Not Found');
    const obstacle = gate.obstacle(request);
    if (obstacle !== null) return refuse(socket, obstacle);
    sockets.handleUpgrade(request, socket, head, (client) => {
      const marks = new ReadMarks(client);
      serveSocket<Extra>(graphql, { socket: client, request, marks, ...gate.enter(request, client) }, app.log);
    });
  });
  return {
    get open() {
      return sockets.clients.size;
    },
    close: async () => {
      closing = true;
      for (const client of sockets.clients) client.close(CLOSE.RESTARTING, 'The hub restarts: resume from your cursor');
      const force = setTimeout(() => sockets.clients.forEach((client) => client.terminate()), GRACE_MS);
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
      clearTimeout(force);
    },
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
