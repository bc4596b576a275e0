import type { IncomingMessage } from 'node:http';

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
import type { Context, ServerOptions, SubscribePayload } from 'graphql-ws';
import { WebSocket } from 'ws';

import type { App } from '../app/create-app.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { Denial } from '../platform/errors.ts';
import { inRequest } from '../platform/request-id.ts';
import type { Viewer } from '../platform/viewer.ts';
import { chargeOf, requestIdOf, type Admission } from './admission.ts';
import { CLOSE } from './close-codes.ts';
import { formatError, isFault, maskError } from './format-error.ts';
import { isStream, nextFrame, send, sending, type Payload, type ResultStream } from './graphql-socket.ts';
import { Buckets } from './limits/bucket.ts';
import { inSocketOperation } from './operation-span.ts';
import type { ReadMarks } from './read-marks.ts';
import { subscribeTogether } from './shared-execution.ts';
import type { SignInDoor } from './sign-in/door.ts';
import { Shared } from './shared.ts';
import { SocketCount, closeForbidden, watchSocket, type SocketLimits } from './sockets.ts';

export interface Params extends Record<string, unknown> {
  readonly authorization?: unknown;
  readonly Authorization?: unknown;
}
export interface Extra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  /** Where it comes from, as limits count it. */
  readonly address: string;
  readonly peer: string | null;
  /** To be called once it has shown who it is. */
  readonly shown: () => void;
  readonly marks: ReadMarks;
  viewer?: Viewer;
  /** Who asks by what was shown when the socket opened, as of now. */
  look?: () => Promise<Viewer | null>;
  unwatch?: () => void;
}
type Connection = Context<Params, Extra>;
type Options = ServerOptions<Params, Extra>;
type OperationResult = ResultStream | ExecutionResult;

/** What graphql-ws asks us on the way of an operation; one for all sockets. */
export class SocketDoor {
  private readonly count: SocketCount;
  private readonly subscribes: Buckets;
  private readonly looks = new Shared<Viewer | null>();

  constructor(
    private readonly app: App,
    private readonly admission: Admission,
    private readonly limits: SocketLimits,
    private readonly signIn: SignInDoor | null,
  ) {
    this.count = new SocketCount(limits.mostForAClient);
    const { subscribesPerMinute: maximum } = limits;
    this.subscribes = new Buckets({ maximum, restoreRate: maximum / 60 });
  }

  options(): Options {
    return {
      connectionInitWaitTimeout: this.limits.initWithinMs,
      onConnect: (connection) => this.connect(connection),
      onClose: ({ extra }) => this.disconnect(extra),
      onSubscribe: (connection, _id, payload) => this.subscribe(connection, payload),
      execute: (args) => inSocketOperation(args, () => this.execute(args)),
      subscribe: (args) => inSocketOperation(args, () => subscribeTogether(args)),
      onOperation: (connection, id, _payload, args, result) =>
        this.keep(connection, id, args, result as OperationResult),
      onNext: async (_connection, _id, _payload, args, result) => {
        await contextOf(args).endRead();
        return this.payloadOf(args, result as ExecutionResult) as FormattedExecutionResult;
      },
      onError: (_connection, _id, _payload, errors) => errors.map((error) => this.format(error)),
    };
  }

  private async execute(args: ExecutionArgs): Promise<ExecutionResult> {
    try {
      return sayWhose(await within(args, () => this.admission.load.during(() => executeTwice(args))));
    } finally {
      // Here and not when the answer is sent: a client that has gone in the meantime is sent none.
      await contextOf(args).finish();
    }
  }

  private async connect({ extra, connectionParams }: Connection): Promise<boolean> {
    const { socket, request, marks } = extra;
    const sent = connectionParams?.authorization ?? connectionParams?.Authorization;
    const authorization = typeof sent === 'string' ? sent : undefined;
    const session = authorization === undefined ? (this.signIn?.sessionIn(request.headers) ?? null) : null;
    const look = (used: boolean): Promise<Viewer | null> =>
      this.signIn && session !== null
        ? this.signIn.viewerOf(session, used)
        : this.app.authenticator.viewerOf(authorization, extra.peer);
    const viewer = await look(true);
    // The client may have gone while we asked: nobody would give back what is taken for it below.
    if (socket.readyState !== WebSocket.OPEN) return false;
    if (!viewer) {
      this.turnAway(extra);
      return false;
    }
    if (!this.count.take(viewer.clientId)) {
      socket.close(CLOSE.TOO_MANY, 'Too many sockets for this key');
      return false;
    }
    // A burst of events has every socket of a key looked at in the same moment: they look once.
    const again = () => this.looks.join(`${authorization ?? session ?? ''} ${extra.peer ?? ''}`, () => look(false));
    Object.assign(extra, { viewer, look: again });
    extra.shown();
    const holds = () => this.holds(extra);
    const { log } = this.app;
    extra.unwatch = watchSocket({ socket, connection: request.socket, marks, holds, log }, this.limits);
    return true;
  }

  private turnAway({ socket, address }: Extra): void {
    try {
      this.admission.meter.fine({ clientId: null, address });
      socket.close(CLOSE.UNAUTHORISED, 'Unauthorised');
    } catch (error) {
      if (!(error instanceof Denial)) throw error;
      socket.close(CLOSE.TOO_MANY, 'Too many wrong keys');
    }
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
    return (
      now !== null &&
      now.clientId === viewer?.clientId &&
      [...viewer.permissions].every((permission) => now.permissions.has(permission))
    );
  }

  private async subscribe(
    { extra, subscriptions }: Connection,
    { operationName, variables, ...sent }: SubscribePayload & { readonly documentId?: unknown },
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const { mostOperations } = this.limits;
    if (Object.keys(subscriptions).length > mostOperations)
      return [badRequest(`At most ${mostOperations} operations at once on a socket.`)];
    const asker = { clientId: extra.viewer?.clientId ?? null, address: extra.address };
    const wait = this.subscribes.take(asker.clientId ?? '', 1);
    if (wait !== null)
      return [denied(new Denial('RATE_LIMITED', `Too many operations: ask again in ${wait} s.`, wait))];
    const admitted = this.admission.admit({ ...sent, operationName, variables }, asker);
    // graphql-ws takes no message without a query, be it an empty one.
    if (admitted === null) return [badRequest('There is no query.')];
    if (!('document' in admitted)) return admitted.errors;
    const stillHolds = () => this.holds(extra);
    if (!(await stillHolds())) {
      closeForbidden(extra.socket);
      return [denied(new Denial('FORBIDDEN', 'The key was revoked or has expired.'))];
    }
    return {
      schema: this.app.schema,
      document: admitted.document,
      operationName: operationName ?? null,
      variableValues: variables ?? null,
      contextValue: this.admission.contextFor(admitted, { viewer: extra.viewer ?? null, stillHolds }),
    };
  }

  /** A subscription lasts as long as its socket: what ends it on our side closes the socket, and says why. */
  private keep(
    { extra: { socket, marks } }: Connection,
    id: string,
    args: ExecutionArgs,
    result: OperationResult,
  ): OperationResult {
    if (isStream(result))
      return sending(result, {
        take: (each) => {
          const frame = nextFrame(id, this.payloadOf(args, each));
          const sent = send(socket, frame);
          marks.add(frame.length);
          return sent;
        },
        room: () => marks.room(),
        failed: (error) => within(args, () => this.fail(socket, error)),
        ended: this.app.counters.subscribed(),
      });
    const operation = getOperationAST(args.document, args.operationName)?.operation;
    const errors = operation === OperationTypeNode.SUBSCRIPTION ? result.errors : undefined;
    if (errors?.some(isFault)) socket.close(CLOSE.TRY_LATER, 'Try again later');
    return result;
  }

  private fail(socket: WebSocket, error: unknown): void {
    if (error instanceof Denial && error.code !== 'SERVICE_OVERLOADED') return closeForbidden(socket);
    maskError(error, this.app);
    socket.close(CLOSE.TRY_LATER, 'Try again later: resume from your cursor');
  }

  /** What this asker is told of a result: errors in the hub's words, and what it has left. */
  private payloadOf(args: ExecutionArgs, { errors, data, extensions }: ExecutionResult): Payload {
    const cost = chargeOf(contextOf(args))?.settle(data);
    return {
      ...(errors && { errors: within(args, () => errors.map((error) => this.format(error))) }),
      data,
      ...((cost ?? extensions) && { extensions: { ...extensions, ...(cost && { cost }) } }),
    };
  }

  private format(error: GraphQLError): GraphQLFormattedError {
    return formatError(error.toJSON(), error, this.app);
  }
}

/** Once more where the replica has let go of what it looked at. */
const executeTwice = (args: ExecutionArgs): Promise<ExecutionResult> =>
  contextOf(args).looking.twice(async () => {
    await contextOf(args).endRead();
    return execute(args);
  });

/** Before anything ran, graphql-js has found that variables do not fit: Apollo gives these the same code over HTTP. */
function sayWhose(result: ExecutionResult): ExecutionResult {
  if (!result.errors || result.data !== undefined) return result;
  const extensions = { code: 'BAD_USER_INPUT' };
  return {
    ...result,
    errors: result.errors.map(({ message, nodes }) => new GraphQLError(message, { nodes: nodes ?? null, extensions })),
  };
}

const contextOf = ({ contextValue }: ExecutionArgs): RequestContext => contextValue as RequestContext;

/** In the name of this operation: of its own on a socket, not of the socket. */
const within = <Result>(args: ExecutionArgs, work: () => Result): Result =>
  inRequest(requestIdOf(contextOf(args)), work);

const denied = (denial: Denial): GraphQLError => new GraphQLError(denial.message, { originalError: denial });

const badRequest = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
