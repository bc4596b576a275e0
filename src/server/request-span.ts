import type { FastifyReply, FastifyRequest } from 'fastify';

import { isWithin } from '../platform/network.ts';
import { inSpan } from '../platform/spans.ts';
import type { TrustedProxies } from './peer.ts';

/** Asked all day long, by programs. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** A span of each request, by its route and not by its address. It goes on in the trace of a proxy that is trusted. */
export const tellRequest =
  (proxies: TrustedProxies) =>
  ({ raw, method, routeOptions: { url: route = '' } }: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (PROBES.has(route)) return done();
    const { traceparent } = raw.headers;
    const believed = typeof traceparent === 'string' && isWithin(raw.socket.remoteAddress ?? null, proxies);
    void inSpan(
      `${method} ${route}`.trim(),
      { 'http.request.method': method, 'http.route': route },
      async (span) => {
        const ended = new Promise<void>((resolve) => reply.raw.once('close', resolve));
        done();
        await ended;
        span.set({ 'http.response.status_code': reply.raw.statusCode });
      },
      { traceparent: believed ? traceparent : null },
    );
  };
