import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { decodeJwt, exportJWK, type JWK, type JWTPayload } from 'jose';
import { Provider } from 'oidc-provider';

export const AUDIENCE = 'https://hub.example/graphql';
const SCOPE = 'events:read reports:submit openid';
const ALG = 'ES256';

export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JWK;
}

export async function makeSigningKey(id: string): Promise<SigningKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { id, privateKey, publicKey, jwk: { ...(await exportJWK(privateKey)), kid: id, alg: ALG, use: 'sig' } };
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** An OpenID provider on this machine: oidc-provider as it comes, whose keys a test holds too. */
export class TestIssuer {
  /** How often its key set was asked for. */
  reads = 0;
  /** Instead of the provider, where a test wants it to misbehave. */
  instead: Answer | null = null;

  private constructor(
    readonly url: string,
    private readonly server: Server,
    private provider: Provider,
    public key: SigningKey,
  ) {}

  static async start(...clients: string[]): Promise<TestIssuer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const key = await makeSigningKey('first');
    const issuer = new TestIssuer(url, server, providerOf(url, key, clients), key);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (request.url === '/jwks') issuer.reads += 1;
      void (issuer.instead ?? issuer.provider.callback())(request, response);
    });
    return issuer;
  }

  /** A token as the provider gives it: client credentials, by the client's secret. */
  async token(client: string, scope?: string): Promise<string> {
    const response = await fetch(`${this.url}/token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${client}:${secretOf(client)}`).toString('base64')}`,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) }).toString(),
    });
    const body = (await response.json()) as { access_token?: string };
    if (body.access_token === undefined) throw new Error(JSON.stringify(body));
    return body.access_token;
  }

  /** What a token of the client says, to be signed again with something changed. */
  async claims(client: string): Promise<JWTPayload> {
    return decodeJwt(await this.token(client));
  }

  /** With the provider's own key, unless another is given; by hand, since a library refuses much of what is tried here. */
  sign(payload: JWTPayload, header: object = {}, key = this.key): string {
    return this.signText(JSON.stringify(payload), header, key);
  }

  /** The same over a payload to the letter. */
  signText(payload: string, header: object = {}, key = this.key): string {
    const part = (text: string): string => Buffer.from(text).toString('base64url');
    const text = `${part(JSON.stringify({ alg: ALG, typ: 'at+jwt', kid: key.id, ...header }))}.${part(payload)}`;
    const signature = sign('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  }

  /** Signs with another key from now on, and no longer knows the one before. */
  async replaceKey(id: string, ...clients: string[]): Promise<void> {
    this.key = await makeSigningKey(id);
    this.provider = providerOf(this.url, this.key, clients);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** On the same address again. */
  async startAgain(): Promise<void> {
    this.server.listen(Number(new URL(this.url).port), '127.0.0.1');
    await once(this.server, 'listening');
  }
}

const secretOf = (client: string): string => `the secret of ${client}, long enough`.replaceAll(/[ ,]/g, '-');

function providerOf(url: string, key: SigningKey, clients: readonly string[]): Provider {
  return new Provider(url, {
    adapter: () => new Forgetful(),
    clients: clients.map((client) => ({
      client_id: client,
      client_secret: secretOf(client),
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: ALG,
    })),
    cookies: { keys: ['for nobody but tests'] },
    jwks: { keys: [key.jwk] },
    ttl: { ClientCredentials: 600 },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({
          scope: SCOPE,
          audience: AUDIENCE,
          accessTokenTTL: 600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: ALG } },
        }),
      },
    },
  });
}

/** Nothing of what is asked here is kept by the provider. */
class Forgetful {
  upsert = (): Promise<void> => Promise.resolve();
  find = (): Promise<undefined> => Promise.resolve(undefined);
  findByUserCode = (): Promise<undefined> => Promise.resolve(undefined);
  findByUid = (): Promise<undefined> => Promise.resolve(undefined);
  consume = (): Promise<void> => Promise.resolve();
  destroy = (): Promise<void> => Promise.resolve();
  revokeByGrantId = (): Promise<void> => Promise.resolve();
}
