import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { FastifyInstance } from 'fastify';

import type { LoginSettings } from '../sign-in/login.ts';
import type { Handler } from './issuer.ts';
import type { OidcSecrets } from './secrets.ts';

const PREFIX = '/oidc';
const HUB = 'tocsin-hub';

/** Which part of the address is the mount; oidc-provider takes it off what it says of itself. */
interface Mounted extends IncomingMessage {
  originalUrl?: string;
}

/**
 * The issuer of a trial under /oidc of the hub itself. Loaded when somebody asks it for the first time: most trials are
 * used by keys, and need neither its memory nor its start.
 */
export class TrialIssuer {
  private url: string | null = null;
  private loaded: Promise<Handler> | null = null;
  /** Hub and issuer are one process: what the one proves itself by to the other lives as long as it. */
  private readonly secret = randomBytes(32).toString('base64url');

  constructor(
    readonly audience: string,
    private readonly secrets: OidcSecrets,
  ) {}

  /** Before the hub listens. */
  mount(fastify: FastifyInstance): void {
    fastify.register((scope, _options, done) => {
      // The provider reads bodies itself.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _body, parsed) => parsed(null));
      scope.all(`${PREFIX}/*`, async (request, reply) => {
        const handle = await this.load();
        const raw: Mounted = request.raw;
        raw.originalUrl = request.url;
        raw.url = request.url.slice(PREFIX.length);
        reply.hijack();
        await handle(raw, reply.raw);
      });
      done();
    });
  }

  /** The issuer's name, now that it is known where the hub listens, e.g. `http://127.0.0.1:4000`. */
  listensAt(origin: string): string {
    return (this.url = `${origin}${PREFIX}`);
  }

  /** The hub as a client of its own issuer: people sign in here. */
  login(): LoginSettings {
    const proof = { secret: this.secret };
    return { issuer: this.address, clientId: HUB, proof, secondFactorAcr: [], origin: null };
  }

  private get address(): string {
    if (this.url === null) throw new Error('The issuer is asked before the hub listens.');
    return this.url;
  }

  private load(): Promise<Handler> {
    return (this.loaded ??= import('./issuer.ts').then(({ makeIssuer }) => {
      const callback = new URL('/auth/callback', this.address).href;
      const hub = { clientId: HUB, secret: this.secret, callback };
      return makeIssuer(this.address, this.audience, this.secrets, hub);
    }));
  }
}
