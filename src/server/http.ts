import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import type { App } from '../app/create-app.ts';
import type { RequestContext } from '../platform/api/context.ts';
import type { Looking } from '../platform/database/replica/looking.ts';
import { Denial } from '../platform/errors.ts';
import { inRequest, requestIdFrom } from '../platform/request-id.ts';
import { areSpansRecorded } from '../platform/spans.ts';
import type { Admission, Admitted } from './admission.ts';
import { makeApollo } from './apollo.ts';
import { BulkSlots } from './bulk-slots.ts';
import { readCredential, readPeer, requireViewer } from './credential.ts';
import { formatError, maskError } from './format-error.ts';
import { mountGraphiql } from './graphiql/door.ts';
import type { Readiness } from './health.ts';
import type { TrustedProxies } from './peer.ts';
import type { Asker } from './limits/meter.ts';
import type { Load } from './load.ts';
import { addLogRoutes } from './log-routes.ts';
import type { TrialIssuer } from './oidc/door.ts';
import { inOperation } from './operation-span.ts';
import { mountOutcomes } from './outcomes-route.ts';
import type { Asked } from './prepare-operation.ts';
import { tellRequest } from './request-span.ts';
import type { SignInDoor } from './sign-in/door.ts';
import { turnAway } from './turn-away.ts';

const GRAPHQL_RESPONSE = 'application/graphql-response+json';
const BULK_PATH = '/graphql/bulk';
const STILL = () => Promise.resolve(true);
const NOBODY = () => Promise.resolve(null);
const SMALL_BODY = 256 * 1024;
const BULK_BODY = 8 * 1024 * 1024;
/** For a whole request to arrive; Fastify's default is for ever. */
const REQUEST_WITHIN_MS = 120_000;
/** A file of everything is read page by page, as slowly as the client takes it; a page may ask somebody's provider. */
const POINTS = { file: 1_000, page: 10, tile: 1 } as const;
/** Where a denial does not say when to come again. */
const COME_AGAIN_S = 5;

declare module 'fastify' {
  interface FastifyRequest {
    admitted: Admitted | null;
    /** How it looks, as of its last try. */
    looking: Looking | null;
  }
}

export interface HttpDoor {
  readonly fastify: FastifyInstance;
  readonly apollo: ApolloServer<RequestContext>;
}

/** Whether it can serve, and what not every hub serves. */
export interface HttpDoorOptions {
  readonly readiness: Readiness;
  /** GraphiQL for browsers that open /graphql. */
  readonly graphiql?: boolean;
  /** An issuer of access tokens of its own, under /oidc. */
  readonly issuer?: TrialIssuer | null;
  /** Where people sign in, and what their sessions open. */
  readonly signIn?: SignInDoor | null;
  /** Whose word is taken for where a request comes from. */
  readonly proxies?: TrustedProxies;
}

/** /graphql for everybody, /graphql/bulk for large submissions, /healthz and /readyz. Not listening yet. */
export async function makeHttpDoor(
  app: App,
  admission: Admission,
  { readiness, graphiql = false, issuer = null, signIn = null, proxies = [] }: HttpDoorOptions,
): Promise<HttpDoor> {
  const apollo = makeApollo(app, admission.operations);
  await apollo.start();
  const fastify = makeFastify(app);
  const handler = answerWith(apollo, admission);
  if (graphiql) mountGraphiql(fastify);
  if (areSpansRecorded()) fastify.addHook('onRequest', tellRequest(proxies));
  fastify.addHook('onRequest', readPeer(proxies));
  mountPaidFor(fastify, pay(admission, POINTS.page), (scope) => {
    issuer?.mount(scope);
    signIn?.mount(scope);
  });
  mountPaidFor(fastify, pay(admission, POINTS.tile), (scope) => addLogRoutes(scope, app.work));
  const { load, meter } = admission;
  const readToken = readCredential({ app, signIn, meter });
  const preHandler = admit(app, admission);
  const onRequest = [unlessOverloaded(load), counted(load, readToken)];
  fastify.route({ method: ['GET', 'POST'], url: '/graphql', onRequest, preHandler, handler });
  const slots = new BulkSlots();
  fastify.route({
    method: 'POST',
    url: BULK_PATH,
    bodyLimit: BULK_BODY,
    // In this order: a body of 8 MB is read for nobody who has not shown a key, and one at a time for who has.
    onRequest: [...onRequest, requireViewer, slots.take],
    preHandler,
    handler: (request, reply) => slots.during(request, () => handler(request, reply)),
  });
  mountOutcomes(app, fastify, [readToken, requireViewer, pay(admission, POINTS.file)]);
  mountHealth(readiness, fastify);
  return { fastify, apollo };
}

/** Answers what was admitted; once more, on the primary, where the replica has let go of what was looked at. */
function answerWith(apollo: ApolloServer<RequestContext>, admission: Admission) {
  const answer = fastifyApolloHandler(apollo, {
    context: (request) => {
      const { admitted, viewer, routeOptions, looking } = request;
      const caller = { viewer, stillHolds: STILL, bulk: routeOptions.url === BULK_PATH, again: looking !== null };
      const context = admission.contextFor(admitted, caller);
      request.looking = context.looking;
      return Promise.resolve(context);
    },
  });
  return (request: FastifyRequest, reply: FastifyReply) =>
    admission.load.during(() =>
      inOperation(request.admitted, async () => {
        const first = await answer.call(request.server, request, reply);
        return request.looking?.lost === true ? answer.call(request.server, request, reply) : first;
      }),
    );
}

function noSchemas(): never {
  throw new Error('Routes have no JSON schemas here.');
}

function makeFastify(app: App): FastifyInstance {
  const fastify = Fastify({
    logger: false,
    bodyLimit: SMALL_BODY,
    requestTimeout: REQUEST_WITHIN_MS,
    forceCloseConnections: 'idle',
    genReqId: ({ headers }) => requestIdFrom(headers['x-request-id']),
    // No route has a JSON schema; loading what compiles them takes as long as connecting to the database.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  });
  fastify.decorate('counters', app.counters);
  fastify.decorateRequest('viewer', null);
  fastify.decorateRequest('address', '');
  fastify.decorateRequest('peer', null);
  fastify.decorateRequest('viewerNow', NOBODY);
  fastify.decorateRequest('admitted', null);
  fastify.decorateRequest('looking', null);
  fastify.addHook('onRequest', ({ id }, { raw }, done) => {
    // On what is written to the connection itself: some answers go around Fastify.
    raw.setHeader('x-request-id', id);
    inRequest(id, done);
  });
  fastify.setErrorHandler<FastifyError>((error, { id }, reply) => inRequest(id, () => answerError(app, error, reply)));
  return fastify;
}

const askerOf = ({ viewer, address }: FastifyRequest): Asker => ({ clientId: viewer?.clientId ?? null, address });

/** What is no operation has a price too: of the client where one is known, else of the address. */
const pay =
  (admission: Admission, points: number) =>
  (request: FastifyRequest): Promise<void> => {
    admission.meter.pay(askerOf(request), points);
    return Promise.resolve();
  };

function mountPaidFor(fastify: FastifyInstance, hook: ReturnType<typeof pay>, mount: (scope: FastifyInstance) => void) {
  fastify.register((scope, _options, done) => {
    scope.addHook('onRequest', hook);
    mount(scope);
    done();
  });
}

/** Whether the process lives, and whether it can serve. */
function mountHealth(readiness: Readiness, fastify: FastifyInstance): void {
  fastify.get('/healthz', () => ({ ok: true }));
  fastify.get('/readyz', async (_request, reply) => {
    const health = await readiness.read();
    return reply.code(health.ok ? 200 : 503).send(health);
  });
}

/** What failed before or around GraphQL, in GraphQL's shape; what of it is ours, behind a reference. */
function answerError(app: App, error: FastifyError, reply: FastifyReply): FastifyReply {
  if (error instanceof Denial) {
    const { code, message, retryAfter } = error;
    const status = code === 'RATE_LIMITED' ? 429 : 503;
    return turnAway(reply, status, [code, message], retryAfter ?? COME_AGAIN_S);
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) return answerFault(maskError(error, app), reply);
  return turnAway(reply, status, [status === 413 ? 'OPERATION_TOO_LARGE' : 'BAD_REQUEST', error.message]);
}

function answerFault(masked: ReturnType<typeof maskError>, reply: FastifyReply): FastifyReply {
  const { retryAfter } = masked.extensions;
  if (retryAfter !== undefined) void reply.header('retry-after', retryAfter);
  return reply.code(retryAfter === undefined ? 500 : 503).send({ errors: [masked] });
}

/** Before it is asked who this is, which takes a connection too, and before its body is read. */
const unlessOverloaded = (load: Load) => (): Promise<void> => {
  load.check();
  return Promise.resolve();
};

/** A hook whose work counts as the node's. */
const counted =
  (load: Load, hook: ReturnType<typeof readCredential>): typeof hook =>
  (request, reply) =>
    load.during(() => hook(request, reply)) as ReturnType<typeof hook>;

/** Refuses an operation that is too large, wrong or too much before anything is made ready for it. */
const admit = (app: App, admission: Admission) => async (request: FastifyRequest, reply: FastifyReply) => {
  const asked = askedBy(request);
  const admitted = asked && admission.admit(asked, askerOf(request), true);
  if (!admitted) return undefined;
  if ('document' in admitted) {
    request.admitted = admitted;
    if (asked.documentId != null) putQuery(request, admitted.query);
    return undefined;
  }
  const { errors, status, retryAfter } = admitted;
  const accepts = request.headers.accept?.includes(GRAPHQL_RESPONSE) ? GRAPHQL_RESPONSE : 'application/json';
  void reply.type(`${accepts}; charset=utf-8`);
  if (retryAfter !== null) void reply.header('retry-after', retryAfter);
  const formatted = errors.map((error) => formatError(error.toJSON(), error, app));
  return reply.code(status).send({ errors: formatted });
};

/** Read as Apollo reads it; null where it will say itself what is wrong. */
function askedBy({ method, url, body }: FastifyRequest): Asked | null {
  if (method !== 'GET') return typeof body === 'object' && body !== null && !Array.isArray(body) ? body : null;
  const sent = Object.fromEntries(new URL(url, 'http://hub').searchParams);
  try {
    return {
      ...sent,
      variables: sent['variables'] === undefined ? undefined : (JSON.parse(sent['variables']) as unknown),
    };
  } catch {
    return null;
  }
}

/** Apollo knows no documents by their id: it gets the text. */
function putQuery(request: FastifyRequest, query: string): void {
  if (request.method !== 'GET') {
    request.body = { ...(request.body as object), query };
    return;
  }
  const url = new URL(request.url, 'http://hub');
  url.searchParams.set('query', query);
  request.raw.url = url.pathname + url.search;
}
