import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import type { App } from '../app/create-app.ts';
import { RequestContext } from '../platform/api/context.ts';
import { Denial } from '../platform/errors.ts';
import type { Network } from '../platform/network.ts';
import type { Viewer } from '../platform/viewer.ts';
import { formatError, maskError } from './format-error.ts';
import { readHealth } from './health.ts';
import { addLogRoutes } from './log-routes.ts';
import { mountGraphiql } from './graphiql/door.ts';
import type { TrialIssuer } from './oidc/door.ts';
import { MAX_TOKENS, limitRule } from './operation-limits.ts';
import { mountOutcomes } from './outcomes-route.ts';
import { peerOf } from './peer.ts';
import type { SignInDoor } from './sign-in/door.ts';
import type { OperationStore } from './prepare-operation.ts';

const SMALL_BODY = 256 * 1024;
const BULK_BODY = 8 * 1024 * 1024;
/** For a whole request to arrive; Fastify's default is for ever. */
const REQUEST_WITHIN_MS = 120_000;

declare module 'fastify' {
  interface FastifyRequest {
    viewer: Viewer | null;
    /** From where it comes, as far as that can be believed. */
    peer: string | null;
  }
}

export interface HttpDoor {
  readonly fastify: FastifyInstance;
  readonly apollo: ApolloServer<RequestContext>;
}

/** What not every hub serves. */
export interface HttpDoorOptions {
  /** GraphiQL for browsers that open /graphql. */
  readonly graphiql?: boolean;
  /** An issuer of access tokens of its own, under /oidc. */
  readonly issuer?: TrialIssuer | null;
  /** Where people sign in, and what their sessions open. */
  readonly signIn?: SignInDoor | null;
  /** Proxies that are believed about who came to them. */
  readonly trustedProxies?: readonly Network[];
}

/** /graphql for everybody, /graphql/bulk for large submissions, /healthz and /readyz. Not listening yet. */
export async function makeHttpDoor(
  app: App,
  operations: OperationStore,
  { graphiql = false, issuer = null, signIn = null, trustedProxies = [] }: HttpDoorOptions = {},
): Promise<HttpDoor> {
  const apollo = makeApollo(app, operations);
  await apollo.start();
  const fastify = Fastify({
    logger: false,
    bodyLimit: SMALL_BODY,
    requestTimeout: REQUEST_WITHIN_MS,
    forceCloseConnections: 'idle',
  });
  for (const name of ['viewer', 'peer']) fastify.decorateRequest(name, null);
  fastify.setErrorHandler<FastifyError>((error, _request, reply) => answerError(app, error, reply));
  const answer = fastifyApolloHandler(apollo, {
    context: (request) =>
      Promise.resolve(new RequestContext(app.work, request.viewer, () => Promise.resolve(true), app.resolvers)),
  });
  if (graphiql) mountGraphiql(fastify);
  issuer?.mount(fastify);
  signIn?.mount(fastify);
  const readToken = readCredential(app, signIn, trustedProxies);
  const preHandler = prepare(app, operations);
  const handler = (request: FastifyRequest, reply: FastifyReply) => answer.call(fastify, request, reply);
  fastify.route({ method: ['GET', 'POST'], url: '/graphql', onRequest: readToken, preHandler, handler });
  const slots = new BulkSlots();
  fastify.route({
    method: 'POST',
    url: '/graphql/bulk',
    bodyLimit: BULK_BODY,
    // In this order: a body of 8 MB is read for nobody who has not shown a key, and one at a time for who has.
    onRequest: [readToken, requireViewer, slots.take],
    preHandler,
    handler: (request, reply) => slots.during(request, () => handler(request, reply)),
  });
  mountOutcomes(app, fastify, [readToken, requireViewer]);
  mountHealth(app, fastify);
  addLogRoutes(fastify, app.work);
  return { fastify, apollo };
}

/** Whether the process lives, and whether it can serve. */
function mountHealth(app: App, fastify: FastifyInstance): void {
  fastify.get('/healthz', () => ({ ok: true }));
  fastify.get('/readyz', async (_request, reply) => {
    const health = await readHealth(app.work).catch(() => ({ ok: false }));
    return reply.code(health.ok ? 200 : 503).send(health);
  });
}

function makeApollo(app: App, operations: OperationStore): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema: app.schema,
    introspection: true,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    // Every document has been through `prepare`, and is found there by the hash at the end of Apollo's key. The limits
    // stand here too, for a document that should ever come past it.
    documentStore: {
      get: (key) => Promise.resolve(operations.find(key.slice(-64))),
      set: () => Promise.resolve(),
      delete: () => Promise.resolve(),
    },
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: [limitRule],
    formatError: (formatted, error) => formatError(formatted, error, app.log),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      // Apollo's own page for browsers would load its code from elsewhere.
      ApolloServerPluginLandingPageDisabled(),
      { requestDidStart: () => Promise.resolve({ willSendResponse: ({ contextValue }) => contextValue.finish() }) },
    ],
  });
}

const refusal = (code: string, message: string) => ({ errors: [{ message, extensions: { code } }] });

/** What failed before or around GraphQL, in GraphQL's shape; what of it is ours, behind a reference. */
function answerError(app: App, error: FastifyError, reply: FastifyReply): FastifyReply {
  if (error instanceof Denial) {
    const { code, message } = error;
    return reply.code(503).header('retry-after', '5').send(refusal(code, message));
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) return reply.code(500).send({ errors: [maskError(error, app.log)] });
  return reply.code(status).send(refusal(status === 413 ? 'OPERATION_TOO_LARGE' : 'BAD_REQUEST', error.message));
}

/** Refuses a document that is too large or wrong before anything is made ready for it. */
const prepare = (app: App, operations: OperationStore) => async (request: FastifyRequest, reply: FastifyReply) => {
  const query = queryOf(request);
  const document = query === null ? null : operations.prepare(query);
  if (document === null || 'kind' in document) return undefined;
  return reply.code(400).send({ errors: document.map((error) => formatError(error.toJSON(), error, app.log)) });
};

/** Read as Apollo reads it; null where it will say itself what is missing. */
function queryOf({ method, url, body }: FastifyRequest): string | null {
  const sent: unknown =
    method === 'GET'
      ? new URL(url, 'http://hub').searchParams.get('query')
      : (body as { query?: unknown } | null)?.query;
  return typeof sent === 'string' ? sent : null;
}

/**
 * A key or token that is sent must be good; none at all may ask what needs none. A session comes after both, and opens
 * nothing unless a page of this hub asks: Apollo's CSRF prevention is the other half of that.
 */
const readCredential =
  (app: App, signIn: SignInDoor | null, trusted: readonly Network[]) =>
  async (request: FastifyRequest, reply: FastifyReply) => {
    const { authorization } = request.headers;
    request.peer = peerOf(request.raw, trusted);
    const session = authorization === undefined ? signIn?.sessionIn(request.headers) : null;
    if (signIn && session != null) {
      if (!signIn.isOwn(request.headers)) {
        return reply.code(403).send(refusal('FORBIDDEN', 'A session is for pages of this hub: the Origin is another.'));
      }
      request.viewer = await signIn.viewerOf(session, true);
      return undefined;
    }
    request.viewer = await app.authenticator.viewerOf(authorization, request.peer);
    if (authorization !== undefined && !request.viewer) {
      // RFC 6750 3.1: the word by which a client knows that it must fetch a new token.
      reply.header('www-authenticate', 'Bearer error="invalid_token"');
      return reply.code(401).send(refusal('UNAUTHENTICATED', 'The key is unknown, expired or revoked.'));
    }
    return undefined;
  };

const requireViewer = async (request: FastifyRequest, reply: FastifyReply) =>
  request.viewer ? undefined : reply.code(401).send(refusal('UNAUTHENTICATED', 'This path needs a key.'));

/** One bulk request at a time for each key, from its first byte to the end of its work. */
class BulkSlots {
  private readonly taken = new Map<string, FastifyRequest>();
  private readonly working = new WeakSet<FastifyRequest>();

  readonly take = async (request: FastifyRequest, reply: FastifyReply) => {
    const key = request.viewer?.clientId ?? '';
    if (this.taken.has(key)) {
      return reply
        .code(429)
        .header('retry-after', '1')
        .send(refusal('TOO_MANY', 'One bulk request at a time for each key.'));
    }
    this.taken.set(key, request);
    // However it ends: a client that goes away in the middle of its body is answered nothing.
    reply.raw.once('close', () => {
      if (!this.working.has(request)) this.give(request);
    });
    return undefined;
  };

  /** Work whose client has gone goes on, and keeps the slot: to send again must not be a way to do it twice at once. */
  async during<Answer>(request: FastifyRequest, work: () => Answer): Promise<Awaited<Answer>> {
    this.working.add(request);
    try {
      return await work();
    } finally {
      this.give(request);
    }
  }

  private give(request: FastifyRequest): void {
    const key = request.viewer?.clientId ?? '';
    if (this.taken.get(key) === request) this.taken.delete(key);
  }
}
