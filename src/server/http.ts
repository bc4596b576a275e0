import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import type { App } from '../app/create-app.ts';
import { RequestContext } from '../platform/api/context.ts';
import type { Viewer } from '../platform/viewer.ts';
import { formatError } from './format-error.ts';
import { MAX_TOKENS, limitRules } from './operation-limits.ts';

const SMALL_BODY = 256 * 1024;
const BULK_BODY = 8 * 1024 * 1024;

declare module 'fastify' {
  interface FastifyRequest {
    viewer: Viewer | null;
  }
}

export interface HttpDoor {
  readonly fastify: FastifyInstance;
  readonly apollo: ApolloServer<RequestContext>;
}

/** /graphql for everybody, /graphql/bulk for large submissions, /healthz and /readyz. Not listening yet. */
export async function makeHttpDoor(app: App): Promise<HttpDoor> {
  const apollo = makeApollo(app);
  await apollo.start();
  const fastify = Fastify({ logger: false, bodyLimit: SMALL_BODY, forceCloseConnections: 'idle' });
  fastify.decorateRequest('viewer', null);
  const handler = fastifyApolloHandler(apollo, {
    context: (request) =>
      Promise.resolve(new RequestContext(app.work, request.viewer, () => Promise.resolve(true), app.resolvers)),
  });
  fastify.route({ method: ['GET', 'POST'], url: '/graphql', onRequest: readToken(app), handler });
  const running = new Set<string>();
  fastify.route({
    method: 'POST',
    url: '/graphql/bulk',
    bodyLimit: BULK_BODY,
    // In this order: a body of 8 MB is read for nobody who has not shown a key, and one at a time for who has.
    onRequest: [readToken(app), requireViewer, oneAtATime(running)],
    onResponse: (request, _reply, done) => {
      if (request.viewer) running.delete(request.viewer.clientId);
      done();
    },
    handler,
  });
  fastify.get('/healthz', () => ({ ok: true }));
  fastify.get('/readyz', async () => ({
    ok: await app.work.asSystem(async (tx) => (await tx.query('SELECT 1')).length === 1),
  }));
  return { fastify, apollo };
}

function makeApollo(app: App): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema: app.schema,
    introspection: true,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: [...limitRules],
    formatError: (formatted, error) => formatError(formatted, error, app.log),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      { requestDidStart: () => Promise.resolve({ willSendResponse: ({ contextValue }) => contextValue.endRead() }) },
    ],
  });
}

const refusal = (code: string, message: string) => ({ errors: [{ message, extensions: { code } }] });

/** A key that is sent must be good; none at all may ask what needs none. */
const readToken = (app: App) => async (request: FastifyRequest, reply: FastifyReply) => {
  const { authorization } = request.headers;
  request.viewer = await app.authenticator.viewerOf(authorization);
  if (authorization !== undefined && !request.viewer) {
    return reply.code(401).send(refusal('UNAUTHENTICATED', 'The key is unknown, expired or revoked.'));
  }
  return undefined;
};

const requireViewer = async (request: FastifyRequest, reply: FastifyReply) =>
  request.viewer ? undefined : reply.code(401).send(refusal('UNAUTHENTICATED', 'The bulk path needs a key.'));

const oneAtATime = (running: Set<string>) => async (request: FastifyRequest, reply: FastifyReply) => {
  const { viewer } = request;
  if (!viewer || !running.has(viewer.clientId)) {
    if (viewer) running.add(viewer.clientId);
    return undefined;
  }
  request.viewer = null;
  return reply
    .code(429)
    .header('retry-after', '1')
    .send(refusal('TOO_MANY', 'One bulk request at a time for each key.'));
};
