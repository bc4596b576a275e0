import type { FastifyInstance, FastifyReply } from 'fastify';

import { PAGE, PAGE_SCRIPT, PAGE_STYLE } from './page.ts';

const UI = '/graphql/ui/';
/** What the page may load and whom it may ask: this hub, and nobody else. Monaco, its editor, writes styles as it goes. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  'font-src data:',
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';
type File = readonly [type: string, content: string];

/** Serves GraphiQL to browsers that open /graphql, with all that it is made of; before the hub listens. */
export function mountGraphiql(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', async (request, reply) => {
    const [path] = request.url.split('?', 1);
    if (request.method !== 'GET' || path !== '/graphql') return undefined;
    // Clients of the API ask for JSON, or say nothing; only who opens a page asks for HTML.
    if (!/\btext\/html\b/.test(request.headers.accept ?? '')) return undefined;
    return send(reply, ['text/html; charset=utf-8', PAGE]);
  });
  fastify.get<{ Params: { name: string } }>(`${UI}:name`, async (request, reply) => {
    const file = (await files()).get(request.params.name);
    return file ? send(reply, file) : reply.callNotFound();
  });
}

function send(reply: FastifyReply, [type, content]: File): FastifyReply {
  return reply.headers({ ...HEADERS, 'cache-control': 'no-cache', 'content-type': type }).send(content);
}

let loaded: ReadonlyMap<string, File> | undefined;

/** Nine megabytes of text: read when the first page is opened, and not by a hub whose users are programs. */
async function files(): Promise<ReadonlyMap<string, File>> {
  return (loaded ??= await load());
}

async function load(): Promise<ReadonlyMap<string, File>> {
  const parts = await import('@graphql-yoga/render-graphiql/graphiql');
  return new Map<string, File>([
    ['graphiql.js', [SCRIPT, parts.js]],
    ['graphiql.css', [STYLE, parts.css]],
    ['page.js', [SCRIPT, PAGE_SCRIPT]],
    ['page.css', [STYLE, PAGE_STYLE]],
    ['editorWorkerService.js', [SCRIPT, parts.editorWorkerService]],
    ['json.js', [SCRIPT, parts.jsonWorker]],
    ['graphql.js', [SCRIPT, parts.graphqlWorker]],
  ]);
}
