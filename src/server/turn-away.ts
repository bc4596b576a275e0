import type { FastifyReply } from 'fastify';

import type { Counters } from '../platform/counters.ts';
import { refusal } from './format-error.ts';

declare module 'fastify' {
  interface FastifyInstance {
    counters: Counters;
  }
}

/** Answers a request that is turned away as a whole, and counts it. `retryAfter`: seconds, or null. */
export function turnAway(
  reply: FastifyReply,
  status: number,
  [code, message]: readonly [code: string, message: string],
  retryAfter: number | null = null,
): FastifyReply {
  reply.server.counters.refused(code);
  if (retryAfter !== null) void reply.header('retry-after', retryAfter);
  return reply.code(status).send(refusal(code, message, retryAfter));
}
