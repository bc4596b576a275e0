import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

import {
  execute,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import { handleProtocols, makeServer, type Context, type ServerOptions, type SubscribePayload } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';

import type { App } from '../app/create-app.ts';
import { RequestContext } from '../platform/api/context.ts';
import { Denial } from '../platform/errors.ts';
import type { Network } from '../platform/network.ts';
import type { Viewer } from '../platform/viewer.ts';
import { CLOSE } from './close-codes.ts';
import { formatError, isFault, maskError } from './format-error.ts';
import { isStream, lasting, serveSocket, type ResultStream } from './graphql-socket.ts';
import type { OperationStore } from './prepare-operation.ts';
import { peerOf } from './peer.ts';
import type { SignInDoor } from './sign-in/door.ts';
import { SocketCount, closeForbidden, watchSocket, type SocketLimits } from './sockets.ts';

const MAX_FRAME = 64 * 1024;
const MOST_OPERATIONS = 20;
/** A client that does not answer a close frame is not waited for. */
const GRACE_MS = 2_000;

interface Params extends Record<string, unknown> {
  readonly authorization?: unknown;
  readonly Authorization?: unknown;
}
interface Extra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  viewer?: Viewer;
  /** Who asks by what was shown when the socket opened, as of now. */
  look?: () => Promise<Viewer | null>;
  unwatch?: () => void;
}
type Connection = Context<Params, Extra>;
type Options = ServerOptions<Params, Extra>;
type OperationResult = ResultStream | ExecutionResult;

/** Who comes in beside holders of a credential, and from where it is believed that they come. */
interface Doorkeeping {
  readonly signIn?: SignInDoor | null;
  readonly trustedProxies?: readonly Network[];
}

export interface WebSocketDoor {
  /** Tells every client to come back with its cursor, and takes nobody new. */
  close(): Promise<void>;
}

/** graphql-transport-ws on the HTTP server's port. The protocol for clients is docs/protocols/events.md. */
export function openWebSocketDoor(
  app: App,
  server: Server,
  operations: OperationStore,
  { signIn = null, trustedProxies = [], ...limits }: SocketLimits & Doorkeeping,
): WebSocketDoor {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    handleProtocols,
  });
  const graphql = makeServer<Params, Extra>(new Door(app, operations, limits, { signIn, trustedProxies }).options());
  let closing = false;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has taken its own listener away: a peer that resets the connection now would end the process.
    socket.on('error', () => undefined);
    if (closing) return refuse(socket, '503 Service Unavailable');
    if (request.url?.split('?', 1)[0] !== '/graphql') return refuse(socket, '404 Not Found');
    // Browsers let any page open a socket anywhere, and send the cookie along: only the Origin tells whose page it is.
    const { headers } = request;
    if (signIn && signIn.sessionIn(headers) !== null && (headers.origin === undefined || !signIn.isOwn(headers))) {
      return refuse(socket, '403 Forbidden');
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      serveSocket<Extra>(graphql, { socket: client, request }, app.log);
    });
  });
  return {
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

/** What graphql-ws asks us on the way of an operation; one for all sockets. */
class Door {
  private readonly count: SocketCount;

  constructor(
    private readonly app: App,
    private readonly operations: OperationStore,
    private readonly limits: SocketLimits,
    private readonly keeping: Required<Doorkeeping>,
  ) {
    this.count = new SocketCount(limits.mostForAClient);
  }

  options(): Options {
    return {
      connectionInitWaitTimeout: this.limits.initWithinMs,
      onConnect: (connection) => this.connect(connection),
      onClose: ({ extra }) => this.disconnect(extra),
      onSubscribe: (connection, _id, payload) => this.subscribe(connection, payload),
      execute: async (args) => {
        try {
          return await execute(args);
        } finally {
          // Here and not when the answer is sent: a client that has gone in the meantime is sent none.
          await contextOf(args).finish();
        }
      },
      onOperation: (connection, _id, _payload, args, result) => this.keep(connection, args, result as OperationResult),
      onNext: async (_connection, _id, _payload, args, result) => {
        await contextOf(args).endRead();
        if (!result.errors) return undefined;
        return { ...result, errors: result.errors.map((error) => this.format(error)) } as FormattedExecutionResult;
      },
      onError: (_connection, _id, _payload, errors) => errors.map((error) => this.format(error)),
    };
  }

  private async connect({ extra, connectionParams }: Connection): Promise<boolean> {
    const { socket, request } = extra;
    const { signIn, trustedProxies } = this.keeping;
    const from = peerOf(request, trustedProxies);
    const sent = connectionParams?.authorization ?? connectionParams?.Authorization;
    const authorization = typeof sent === 'string' ? sent : undefined;
    const session = authorization === undefined ? (signIn?.sessionIn(request.headers) ?? null) : null;
    const look = (used: boolean): Promise<Viewer | null> =>
      signIn && session !== null
        ? signIn.viewerOf(session, used)
        : this.app.authenticator.viewerOf(authorization, from);
    const viewer = await look(true);
    // The client may have gone while we asked: nobody would give back what is taken for it below.
    if (socket.readyState !== WebSocket.OPEN) return false;
    if (!viewer) {
      socket.close(CLOSE.UNAUTHORISED, 'Unauthorised');
      return false;
    }
    if (!this.count.take(viewer.clientId)) {
      socket.close(CLOSE.TOO_MANY, 'Too many sockets for this key');
      return false;
    }
    Object.assign(extra, { viewer, look: () => look(false) });
    const holds = () => this.holds(extra);
    const { log } = this.app;
    extra.unwatch = watchSocket({ socket, connection: request.socket, holds, log }, this.limits);
    return true;
  }

  private disconnect(extra: Extra): void {
    extra.unwatch?.();
    if (extra.viewer) this.count.give(extra.viewer.clientId);
    delete extra.unwatch;
    delete extra.viewer;
  }

  /** Whether the key still is what it was when the socket opened. */
  private async holds({ look, viewer }: Extra): Promise<boolean> {
    const now = (await look?.()) ?? null;
    // What a member may do can become less while she listens.
    const keeps = [...(viewer?.permissions ?? [])].every((permission) => now?.permissions.has(permission));
    return now !== null && now.clientId === viewer?.clientId && keeps;
  }

  private async subscribe(
    { extra, subscriptions }: Connection,
    { query, operationName, variables }: SubscribePayload,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    if (Object.keys(subscriptions).length > MOST_OPERATIONS) {
      const extensions = { code: 'BAD_REQUEST' };
      return [new GraphQLError(`At most ${MOST_OPERATIONS} operations at once on a socket.`, { extensions })];
    }
    const document = this.operations.prepare(query);
    if (!('kind' in document)) return document;
    const stillHolds = () => this.holds(extra);
    if (!(await stillHolds())) {
      closeForbidden(extra.socket);
      return [new GraphQLError('The key was revoked or has expired.', { extensions: { code: 'FORBIDDEN' } })];
    }
    const contextValue = new RequestContext(this.app.work, extra.viewer ?? null, stillHolds, this.app.resolvers);
    return {
      schema: this.app.schema,
      document,
      operationName: operationName ?? null,
      variableValues: variables ?? null,
      contextValue,
    };
  }

  /** A subscription lasts as long as its socket: what ends it on our side closes the socket, and says why. */
  private keep({ extra: { socket } }: Connection, args: ExecutionArgs, result: OperationResult): OperationResult {
    if (isStream(result)) return lasting(result, (error) => this.fail(socket, error));
    const operation = getOperationAST(args.document, args.operationName)?.operation;
    const errors = operation === OperationTypeNode.SUBSCRIPTION ? result.errors : undefined;
    if (errors?.some(isFault)) socket.close(CLOSE.TRY_LATER, 'Try again later');
    return result;
  }

  private fail(socket: WebSocket, error: unknown): void {
    if (error instanceof Denial && error.code !== 'SERVICE_OVERLOADED') return closeForbidden(socket);
    maskError(error, this.app.log);
    socket.close(CLOSE.TRY_LATER, 'Try again later: resume from your cursor');
  }

  private format(error: GraphQLError): GraphQLFormattedError {
    return formatError(error.toJSON(), error, this.app.log);
  }
}

const contextOf = ({ contextValue }: ExecutionArgs): RequestContext => contextValue as RequestContext;
