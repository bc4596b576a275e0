import type { FastifyReply, FastifyRequest } from 'fastify';

import type { App } from '../app/create-app.ts';
import type { Viewer } from '../platform/viewer.ts';
import { addressOf } from './limits/address.ts';
import type { Meter } from './limits/meter.ts';
import { peerOf, type TrustedProxies } from './peer.ts';
import type { SignInDoor } from './sign-in/door.ts';
import { turnAway } from './turn-away.ts';

declare module 'fastify' {
  interface FastifyRequest {
    viewer: Viewer | null;
    /** As limits count it. */
    address: string;
    /** As clients say from where they open: an address to the letter. Null: nobody can say. */
    peer: string | null;
    /** Who asks, asked again: the credential may have ended meanwhile. */
    viewerNow: () => Promise<Viewer | null>;
  }
}

/** How it is found out who asks. */
export interface Reading {
  readonly app: App;
  readonly signIn: SignInDoor | null;
  readonly meter: Meter;
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

/** Finds out where a request comes from, before anything else is asked of it. */
export const readPeer =
  (proxies: TrustedProxies) =>
  (request: FastifyRequest): Promise<void> => {
    request.peer = peerOf(request.raw, proxies);
    request.address = addressOf(request.peer);
    return Promise.resolve();
  };

/**
 * A key or token that is sent must be good; none at all may ask what needs none. A session comes after both, and opens
 * nothing unless a page of this hub asks: Apollo's CSRF prevention is the other half of that.
 */
export function readCredential({ app, signIn, meter }: Reading): Hook {
  return async (request, reply) => {
    const { authorization } = request.headers;
    const session = authorization === undefined ? signIn?.sessionIn(request.headers) : null;
    if (signIn && session != null) {
      if (!signIn.isOwn(request.headers)) {
        return turnAway(reply, 403, ['FORBIDDEN', 'A session is for pages of this hub: the Origin is another.']);
      }
      request.viewerNow = () => signIn.viewerOf(session, false);
      request.viewer = await signIn.viewerOf(session, true);
      return undefined;
    }
    request.viewerNow = () => app.authenticator.viewerOf(authorization, request.peer);
    request.viewer = await request.viewerNow();
    if (authorization !== undefined && !request.viewer) {
      // Fined only now: whoever shows a good key is heard, however many bad ones come from where it is.
      meter.fine({ clientId: null, address: request.address });
      // RFC 6750 3.1: the word by which a client knows that it must fetch a new token.
      reply.header('www-authenticate', 'Bearer error="invalid_token"');
      return turnAway(reply, 401, ['UNAUTHENTICATED', 'The key is unknown, expired or revoked.']);
    }
    return undefined;
  };
}

export const requireViewer: Hook = async (request, reply) =>
  request.viewer ? undefined : turnAway(reply, 401, ['UNAUTHENTICATED', 'This path needs a key.']);
