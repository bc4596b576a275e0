import type { IncomingHttpHeaders } from 'node:http';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Clock } from '../../platform/clock.ts';
import { Refusal } from '../../platform/errors.ts';
import { rowIdOf } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { Authenticator } from '../../tenancy/authenticator.service.ts';
import type { Sessions } from '../../tenancy/session.service.ts';
import { ATTEMPT_SECONDS, beginAttempt, ownPath, resumeAttempt, type Attempt, type AttemptWish } from './attempt.ts';
import { Cookie } from './cookies.ts';
import { SignInError, type LoginSettings } from './login.ts';
import { PAGE_HEADERS, choicePage, frontPage, refusalPage } from './pages.ts';
import type { LoginProvider } from './provider.ts';

const FRONT = '/auth';
const SIGN_IN = `${FRONT}/sign-in`;
const CALLBACK = `${FRONT}/callback`;

/** What of a node people's sign-in needs. */
export interface Reception {
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly log: Log;
}

interface Site {
  readonly origin: string;
  readonly session: Cookie;
  readonly attempt: Cookie;
}

/** People come in here: by their own provider, with a cookie for a key. */
export class SignInDoor {
  private site: Site | null = null;
  private provider: Promise<LoginProvider> | null = null;

  constructor(
    private readonly reception: Reception,
    private readonly settings: LoginSettings | (() => LoginSettings),
  ) {}

  /** Now that it is known where the hub listens; a hub behind a proxy is told its own name instead. */
  listensAt(listening: string): void {
    const origin = this.configured().origin ?? listening;
    const secure = origin.startsWith('https:');
    this.site = { origin, session: new Cookie('tocsin', secure), attempt: new Cookie('tocsin-attempt', secure) };
  }

  /** Before the hub listens. */
  mount(fastify: FastifyInstance): void {
    fastify.register((scope, _options, done) => {
      scope.addContentTypeParser(
        'application/x-www-form-urlencoded',
        { parseAs: 'string', bodyLimit: 4096 },
        (_r, body, parsed) => parsed(null, new URLSearchParams(body.toString())),
      );
      scope.get(FRONT, (request, reply) => this.showFront(request, reply));
      scope.get<{ Querystring: Record<string, unknown> }>(SIGN_IN, (request, reply) => {
        const query = new URL(request.url, this.at.origin).searchParams;
        return this.leave(reply, { ...this.wishOf(query), invitation: null }, query.has('strong'));
      });
      // An invitation is entered in a form of this hub and never a part of an address: no other site can have a browser
      // that is signed in at its provider join whom it likes.
      scope.post(SIGN_IN, { preHandler: this.onlyOwn }, (request, reply) => {
        const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
        return this.leave(reply, { ...this.wishOf(form), invitation: form.get('invitation')?.trim() ?? null }, false);
      });
      scope.get(CALLBACK, (request, reply) => this.comeBack(request, reply));
      scope.post(`${FRONT}/sign-out`, { preHandler: this.onlyOwn }, (request, reply) => this.signOut(request, reply));
      done();
    });
  }

  /** The session that a browser shows, or null. It counts for nothing unless the request `isOwn`. */
  sessionIn(headers: IncomingHttpHeaders): string | null {
    return this.at.session.read(headers.cookie);
  }

  /**
   * Whether the browser says that a page of this hub asks. Its word is `Origin`; where it sends none, with a GET to the
   * same origin, `Sec-Fetch-Site`. A cookie travels with requests that other sites make; neither of the two can they forge.
   */
  isOwn({ origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
    return origin === undefined ? site === 'same-origin' : origin === this.at.origin;
  }

  viewerOf(session: string, used: boolean): Promise<Viewer | null> {
    return this.reception.authenticator.viewerOfSession(session, used);
  }

  private get at(): Site {
    if (!this.site) throw new Error('Somebody signs in before the hub listens.');
    return this.site;
  }

  private configured(): LoginSettings {
    return typeof this.settings === 'function' ? this.settings() : this.settings;
  }

  /** Loaded by the first who signs in: most hubs begin with programs alone. */
  private asked(): Promise<LoginProvider> {
    return (this.provider ??= import('./provider.ts').then(
      (module) => new module.LoginProvider(this.configured(), this.reception.log),
    ));
  }

  private wishOf(given: URLSearchParams): Omit<AttemptWish, 'invitation'> {
    return {
      organisation: rowIdOf('Organisation', given.get('organisation')),
      back: ownPath(given.get('back'), FRONT),
      begun: this.reception.clock.now().getTime(),
    };
  }

  private async leave(reply: FastifyReply, wish: AttemptWish, strong: boolean): Promise<FastifyReply> {
    const attempt = beginAttempt(wish);
    const provider = await this.asked();
    const address = await provider.addressFor(attempt, `${this.at.origin}${CALLBACK}`, strong);
    return reply
      .headers(PAGE_HEADERS)
      .header('set-cookie', this.at.attempt.set(attempt.cookie, ATTEMPT_SECONDS))
      .redirect(address.href, 303);
  }

  private async comeBack(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const attempt = resumeAttempt(this.at.attempt.read(request.headers.cookie), this.reception.clock.now());
    // Whatever comes of it: an attempt is made once.
    reply.headers(PAGE_HEADERS).header('set-cookie', this.at.attempt.clear());
    if (!attempt) return reply.code(400).send(refusalPage('This sign-in was not begun here, or took too long.'));
    try {
      return await this.admit(request, reply, attempt);
    } catch (error) {
      if (error instanceof Refusal) return reply.code(403).send(refusalPage(error.message));
      if (!(error instanceof SignInError)) throw error;
      this.reception.log.info(
        { error: error.cause instanceof Error ? error.cause.message : error.message },
        'a sign-in was refused',
      );
      return reply.code(400).send(refusalPage('Your provider did not sign you in, or this answer was used already.'));
    }
  }

  private async admit(request: FastifyRequest, reply: FastifyReply, attempt: Attempt): Promise<FastifyReply> {
    const provider = await this.asked();
    const person = await provider.personOf(attempt, new URL(request.url, this.at.origin));
    const { invitation, organisation: organisationId, back } = attempt.wish;
    const before = this.sessionIn(request.headers);
    const opened = await this.reception.sessions.signIn(person, { invitation, organisationId }, before);
    if ('choice' in opened) return reply.send(choicePage(opened.choice));
    const seconds = Math.floor((opened.endsAt.getTime() - this.reception.clock.now().getTime()) / 1000);
    return reply.header('set-cookie', this.at.session.set(opened.session, seconds)).redirect(back, 303);
  }

  private async signOut(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = this.sessionIn(request.headers);
    if (session !== null) await this.reception.sessions.end(session);
    return reply.headers(PAGE_HEADERS).header('set-cookie', this.at.session.clear()).redirect(FRONT, 303);
  }

  private async showFront(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = this.sessionIn(request.headers);
    const viewer = session === null ? null : await this.viewerOf(session, true);
    return reply.headers(PAGE_HEADERS).send(frontPage(viewer?.organisationName ?? null));
  }

  private readonly onlyOwn = async (request: FastifyRequest, reply: FastifyReply) =>
    this.isOwn(request.headers)
      ? undefined
      : reply.code(403).headers(PAGE_HEADERS).send(refusalPage('This form is for pages of this hub alone.'));
}
