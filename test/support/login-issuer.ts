import { sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { exportJWK, exportPKCS8, generateKeyPair, type JWK, type JWTPayload } from 'jose';
import { Provider } from 'oidc-provider';

import type { LoginSettings } from '../../src/server/sign-in/login.ts';
import { makeSigningKey, type SigningKey } from './issuer.ts';

const CLIENT = 'the-hub';
const SECRET = 'the-secret-of-the-hub-that-is-long-enough';
export const STRONG = 'urn:example:two-factors';

/** Who sits at the browser, as the provider finds out. */
export interface Visitor {
  readonly subject: string;
  readonly acr?: string;
  readonly amr?: readonly string[];
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The OpenID provider of people: oidc-provider as it comes, which takes for signed in whomever a test says. */
export class LoginIssuer {
  visitor: Visitor = { subject: 'nobody' };
  /** Instead of the provider, where a test wants it to misbehave. */
  instead: Answer | null = null;
  private provider: Provider | null = null;

  private constructor(
    readonly url: string,
    private readonly server: Server,
    readonly key: SigningKey,
    private readonly clientKey: { readonly pem: string; readonly jwk: JWK },
  ) {}

  static async start(): Promise<LoginIssuer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const issuer = new LoginIssuer(url, server, await makeSigningKey('of people'), await makeClientKey());
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void issuer.answer(request, response));
    return issuer;
  }

  settings(change: Partial<LoginSettings> = {}): LoginSettings {
    return {
      ...{ issuer: this.url, clientId: CLIENT, proof: { secret: SECRET } },
      ...{ secondFactorAcr: [STRONG], origin: null, ...change },
    };
  }

  /** The hub as a client that proves itself by a key (RFC 7523). */
  settingsByKey(): LoginSettings {
    return this.settings({ clientId: 'the-hub-by-key', proof: { key: this.clientKey.pem } });
  }

  /** An ID token with something wrong in it: of the provider's own key, unless another is given. */
  idToken(payload: JWTPayload, { privateKey, id } = this.key, header: object = {}): string {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'ES256', kid: id, ...header })}.${part(payload)}`;
    return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  /** Answers at the token endpoint instead of the provider. */
  async giving(answer: (form: URLSearchParams) => object, act: () => Promise<void>): Promise<void> {
    this.instead = async (request, response) => {
      if (request.url !== '/token') return this.provider?.callback()(request, response);
      const body = (await request.toArray()).map(String).join('');
      response.setHeader('content-type', 'application/json');
      return response.end(JSON.stringify(answer(new URLSearchParams(body))));
    };
    await act().finally(() => (this.instead = null));
  }

  /** Once the hub listens: where it may send people back to. */
  knows(hubUrl: string): void {
    const callback = new URL('/auth/callback', hubUrl).href;
    const web = { redirect_uris: [callback], grant_types: ['authorization_code'], response_types: ['code' as const] };
    const signing = { id_token_signed_response_alg: 'ES256' as const };
    const provider = new Provider(this.url, {
      clients: [
        { ...web, ...signing, client_id: CLIENT, client_secret: SECRET },
        {
          ...{ ...web, ...signing, client_id: 'the-hub-by-key', token_endpoint_auth_method: 'private_key_jwt' },
          ...{ token_endpoint_auth_signing_alg: 'ES256', jwks: { keys: [this.clientKey.jwk] } },
        },
      ],
      clientAuthMethods: ['client_secret_basic', 'private_key_jwt'],
      claims: { openid: ['sub', 'acr', 'amr'], acr: null, amr: null },
      acrValues: [STRONG],
      conformIdTokenClaims: false,
      cookies: { keys: ['for nobody but tests'] },
      jwks: { keys: [this.key.jwk] },
      ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
      pkce: { required: () => true },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      loadExistingGrant: async ({ oidc }) => {
        const { client, session } = oidc;
        if (!client || !session?.accountId) return undefined;
        const grant = new oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
        grant.addOIDCScope('openid');
        await grant.save();
        return grant;
      },
      features: { devInteractions: { enabled: false } },
    });
    this.provider = provider;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { provider } = this;
    if (!provider) return;
    if (request.url?.startsWith('/interaction/')) {
      const { subject, acr, amr } = this.visitor;
      const login = { accountId: subject, remember: false, ...(acr && { acr }), ...(amr && { amr: [...amr] }) };
      return provider.interactionFinished(request, response, { login });
    }
    await (this.instead ?? provider.callback())(request, response);
  }
}

async function makeClientKey() {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const { kty, crv, x, y } = await exportJWK(privateKey);
  return { pem: await exportPKCS8(privateKey), jwk: { kty, crv, x, y, use: 'sig', alg: 'ES256' } as JWK };
}
