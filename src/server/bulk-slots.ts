import type { FastifyReply, FastifyRequest } from 'fastify';

import { turnAway } from './turn-away.ts';

/** One bulk request at a time for each key, from its first byte to the end of its work. */
export class BulkSlots {
  private readonly taken = new Map<string, FastifyRequest>();
  private readonly working = new WeakSet<FastifyRequest>();

  readonly take = async (request: FastifyRequest, reply: FastifyReply) => {
    const key = request.viewer?.clientId ?? '';
    if (this.taken.has(key)) {
      reply.header('retry-after', '1');
      return turnAway(reply, 429, ['TOO_MANY', 'One bulk request at a time for each key.']);
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
