import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { execute, GraphQLError, type ExecutionArgs, type GraphQLFormattedError } from 'graphql';
import type { Context } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';

import type { App } from '../app/create-app.ts';
import { RequestContext } from '../platform/api/context.ts';
import type { Viewer } from '../platform/viewer.ts';
import { CLOSE } from './close-codes.ts';
import { formatError } from './format-error.ts';
import { OperationStore } from './prepare-operation.ts';
import { SocketCount, closeForbidden, watchSocket } from './sockets.ts';

const MAX_FRAME = 64 * 1024;
const INIT_WITHIN_MS = 3_000;
const MOST_SUBSCRIPTIONS = 20;

interface Extra extends Record<PropertyKey, unknown> {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  viewer?: Viewer;
  authorization?: string;
  unwatch?: () => void;
}
type Connection = Context<{ authorization?: unknown; Authorization?: unknown }, Extra>;

export interface WebSocketDoor {
  /** Tells every client to come back with its cursor, and takes nobody new. */
  close(): Promise<void>;
}

/** graphql-transport-ws on the HTTP server's port. The protocol for clients is docs/protocols/events.md. */
export function openWebSocketDoor(app: App, server: Server): WebSocketDoor {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME, perMessageDeflate: false });
  const door = new Door(app);
  let closing = false;
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (closing || new URL(request.url ?? '/', 'http://hub').pathname !== '/graphql') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
  };
  server.on('upgrade', onUpgrade);
  const served = useServer<{ authorization?: unknown }, Extra>(door.options() as never, sockets);
  return {
    close: async () => {
      closing = true;
      for (const client of sockets.clients) client.close(CLOSE.RESTARTING, 'The hub restarts: resume from your cursor');
      await served.dispose();
    },
  };
}

/** What graphql-ws asks us on the way of an operation; one for all sockets. */
class Door {
  private readonly store: OperationStore;
  private readonly count = new SocketCount();

  constructor(private readonly app: App) {
    this.store = new OperationStore(app.schema);
  }

  options() {
    return {
      connectionInitWaitTimeout: INIT_WITHIN_MS,
      onConnect: (connection: Connection) => this.connect(connection),
      onDisconnect: ({ extra }: Connection) => this.disconnect(extra),
      onClose: ({ extra }: Connection) => this.disconnect(extra),
      onSubscribe: (
        connection: Connection,
        id: string,
        payload: { query: string; operationName?: string | null; variables?: Record<string, unknown> | null },
      ) => this.subscribe(connection, id, payload),
      execute: (args: ExecutionArgs) => execute(args),
      onNext: async (
        _connection: Connection,
        _id: string,
        _payload: unknown,
        { contextValue }: ExecutionArgs,
        result: { errors?: readonly GraphQLError[] },
      ) => {
        await (contextValue as RequestContext).endRead();
        return result.errors ? { ...result, errors: result.errors.map((error) => this.format(error)) } : undefined;
      },
      onError: (_connection: Connection, _id: string, _payload: unknown, errors: readonly GraphQLError[]) =>
        errors.map((error) => this.format(error)),
    };
  }

  private async connect({ extra, connectionParams }: Connection): Promise<boolean> {
    const sent = connectionParams?.authorization ?? connectionParams?.Authorization;
    const authorization = typeof sent === 'string' ? sent : undefined;
    const viewer = await this.app.authenticator.viewerOf(authorization);
    if (!viewer || authorization === undefined) {
      extra.socket.close(CLOSE.UNAUTHORISED, 'Unauthorised');
      return false;
    }
    if (!this.count.take(viewer.clientId)) {
      extra.socket.close(CLOSE.TOO_MANY, 'Too many sockets for this key');
      return false;
    }
    extra.viewer = viewer;
    extra.authorization = authorization;
    extra.unwatch = watchSocket(extra.socket, () => this.holds(extra));
    return true;
  }

  private disconnect(extra: Extra): void {
    extra.unwatch?.();
    delete extra.unwatch;
    if (!extra.viewer) return;
    this.count.give(extra.viewer.clientId);
    delete extra.viewer;
  }

  /** Whether the key still is what it was when the socket opened. */
  private async holds({ authorization, viewer }: Extra): Promise<boolean> {
    const now = await this.app.authenticator.viewerOf(authorization);
    return now !== null && now.clientId === viewer?.clientId;
  }

  private subscribe(
    { extra, subscriptions }: Connection,
    _id: string,
    {
      query,
      operationName,
      variables,
    }: { query: string; operationName?: string | null; variables?: Record<string, unknown> | null },
  ): ExecutionArgs | readonly GraphQLError[] {
    if (Object.keys(subscriptions).length > MOST_SUBSCRIPTIONS) {
      return [
        new GraphQLError(`At most ${MOST_SUBSCRIPTIONS} operations at once on a socket.`, {
          extensions: { code: 'BAD_REQUEST' },
        }),
      ];
    }
    const document = this.store.prepare(query);
    if (!('kind' in document)) return document;
    const stillHolds = async () => {
      const good = await this.holds(extra);
      if (!good) closeForbidden(extra.socket);
      return good;
    };
    const contextValue = new RequestContext(this.app.work, extra.viewer ?? null, stillHolds, this.app.resolvers);
    return {
      schema: this.app.schema,
      document,
      operationName: operationName ?? null,
      variableValues: variables ?? null,
      contextValue,
    };
  }

  private format(error: GraphQLError): GraphQLFormattedError {
    return formatError(error.toJSON(), error, this.app.log);
  }
}
