import type { FastifyInstance, FastifyReply } from 'fastify';

import { PublishedLog } from '../ledger/published.ts';
import type { Work } from '../platform/database/work.ts';
import { TILE_WIDTH } from '../verifier/tiles.ts';

const TEXT = 'text/plain; charset=utf-8';
const BYTES = 'application/octet-stream';
/** A full tile is what it is for ever. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const FOR_NOW = 'public, max-age=1';

/** `x001/x234/067`, and `.p/17` behind it for the first 17 hashes of a tile. */
const PLACE = /^(?:(0|[1-9]\d?)|entries)\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** The public side of the log, by C2SP tlog-tiles, without a key: whoever mirrors it needs nothing but these paths. */
export function addLogRoutes(fastify: FastifyInstance, work: Work): void {
  const log = new PublishedLog(work);
  fastify.get('/checkpoint', async (_request, reply) => sendText(reply, await log.checkpoint()));
  fastify.get('/keys', async (_request, reply) => sendText(reply, await log.keysNote()));
  fastify.get('/.well-known/jwks.json', async (_request, reply) => {
    const { receipt } = await log.keys();
    const keys = receipt.map(({ id, publicKey }) => ({
      ...{ kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'Ed25519', kid: id },
      x: publicKey.toString('base64url'),
    }));
    return reply.header('cache-control', FOR_NOW).send({ keys });
  });
  fastify.get<{ Params: { '*': string } }>('/tile/*', async (request, reply) => {
    const [, level, place = '', width] = PLACE.exec(request.params['*']) ?? [];
    const idx = Number(place.replaceAll(/[x/]/g, ''));
    const wide = width === undefined ? TILE_WIDTH : Number(width);
    // One way to write each: a leading zero too many, or a partial tile that is full, is another address.
    if (place === '' || wide > TILE_WIDTH || (width !== undefined && wide === TILE_WIDTH) || /^x000/.test(place)) {
      return notThere(reply);
    }
    const bytes = level === undefined ? await log.entries(idx, wide) : await log.tile(Number(level), idx, wide);
    if (!bytes) return notThere(reply);
    return reply
      .header('cache-control', wide === TILE_WIDTH ? FOR_EVER : FOR_NOW)
      .type(BYTES)
      .send(bytes);
  });
}

function sendText(reply: FastifyReply, text: string | null): FastifyReply {
  return text === null ? notThere(reply) : reply.header('cache-control', FOR_NOW).type(TEXT).send(text);
}

function notThere(reply: FastifyReply): FastifyReply {
  return reply
    .code(404)
    .header('cache-control', 'no-store')
    .type(TEXT)
    .send('There is no such part of the log, or not yet.\n');
}
