import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { calculateJwkThumbprint } from 'jose';
import {
  Provider,
  errors,
  type Adapter,
  type AdapterPayload,
  type ClientMetadata,
  type Configuration,
  type KoaContextWithOIDC,
} from 'oidc-provider';

import { PERMISSIONS } from '../../platform/viewer.ts';
import { SKEW_SECONDS } from '../../tenancy/access-token.ts';
import { DEMO_SLUGS } from '../demo-file.ts';
import { keyClientOf } from './demo.ts';
import { ASKING, askWho } from './people.ts';
import type { OidcSecrets, PrivateKey } from './secrets.ts';

const ALG = 'ES256';
const TOKEN_SECONDS = 600;
/** How long an assertion may be good for (RFC 7523 3, 4: "unreasonably far in the future"). */
const ASSERTION_SECONDS = 60;
const TTL = {
  ...{ ClientCredentials: TOKEN_SECONDS, AccessToken: TOKEN_SECONDS, IdToken: TOKEN_SECONDS },
  ...{ AuthorizationCode: 60, Interaction: 600, Grant: 600, Session: 600 },
};
const AS_JWT = { accessTokenTTL: TOKEN_SECONDS, accessTokenFormat: 'jwt', jwt: { sign: { alg: ALG } } } as const;
const MOST_KEPT = 10_000;

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What the hub itself is to its own issuer, where people sign in. */
export interface HubClient {
  readonly clientId: string;
  readonly secret: string;
  readonly callback: string;
}

/**
 * The OpenID provider of a trial: client credentials for the clients of the demo, as JWT access tokens for the hub; and
 * people, whom it takes for whom they say they are when they know the trial's password.
 */
export async function makeIssuer(
  url: string,
  audience: string,
  secrets: OidcSecrets,
  hub: HubClient,
): Promise<Handler> {
  const kept = new Map<string, AdapterPayload>();
  const provider = new Provider(url, {
    adapter: (name) => new Kept(name, kept),
    clients: [...clientsOf(secrets), webClient(hub)],
    clientAuthMethods: ['client_secret_basic', 'private_key_jwt'],
    assertJwtClientAuthClaimsAndHeader: (_context, claims) => refuseBroad(claims),
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    jwks: { keys: [await withId(secrets.signingKey)] },
    ttl: TTL,
    ...forPeople(url),
    features: featuresOf(hub, audience),
  });
  const answer = provider.callback();
  return (request, response) =>
    request.url?.startsWith(ASKING) ? askWho(provider, secrets.password, request, response) : answer(request, response);
}

const featuresOf = (hub: HubClient, audience: string): Configuration['features'] => ({
  clientCredentials: { enabled: true },
  devInteractions: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  rpInitiatedLogout: { enabled: false },
  userinfo: { enabled: false },
  resourceIndicators: {
    enabled: true,
    // What the hub itself is given opens nothing here.
    defaultResource: (_, client) => (client.clientId === hub.clientId ? [] : audience),
    getResourceServerInfo: ({ oidc }, resource) => {
      if (resource !== audience) throw new errors.InvalidTarget(`The one resource here is ${audience}.`);
      refuseUnknown(oidc.params?.['scope']);
      return { scope: PERMISSIONS.join(' '), audience, ...AS_JWT };
    },
  },
});

/**
 * The provider alone takes an assertion that lasts for years, and one that others can use here: what somebody finds in a
 * log shall be good for nothing by then, and what was made for another server too.
 */
function refuseBroad({ aud, exp }: Record<string, unknown>): void {
  if (Array.isArray(aud)) throw new errors.InvalidClientAuth('an assertion is for one audience');
  if (typeof exp === 'number' && exp <= Date.now() / 1000 + ASSERTION_SECONDS + SKEW_SECONDS) return;
  throw new errors.InvalidClientAuth(`an assertion ends within ${ASSERTION_SECONDS} seconds`);
}

const forPeople = (url: string): Configuration => ({
  responseTypes: ['code'],
  scopes: ['openid'],
  claims: { openid: ['sub', 'amr'], amr: null },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  interactions: { url: (_, { uid }) => `${url}${ASKING}${uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  loadExistingGrant: grantOfHub,
});

/** Nobody is asked for consent: the hub and its issuer are one. */
async function grantOfHub({ oidc }: KoaContextWithOIDC) {
  const { client, session } = oidc;
  if (!client || session?.accountId === undefined) return undefined;
  const grant = new oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid');
  await grant.save();
  return grant;
}

const webClient = ({ clientId, secret, callback }: HubClient): ClientMetadata => ({
  client_id: clientId,
  client_secret: secret,
  redirect_uris: [callback],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  id_token_signed_response_alg: ALG,
});

/** The provider leaves out what it does not know, and a slip of the pen would be a token for everything. */
function refuseUnknown(scope: unknown): void {
  const known: readonly string[] = PERMISSIONS;
  const unknown = typeof scope === 'string' ? scope.split(' ').filter((word) => !known.includes(word)) : [];
  if (unknown.length > 0) throw new errors.InvalidScope('There is no such permission.', unknown.join(' '));
}

/** Each organisation twice: by a secret, and by a key (RFC 7523). */
function clientsOf({ clients }: OidcSecrets): ClientMetadata[] {
  const machine = {
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: ALG,
  } satisfies Partial<ClientMetadata>;
  return DEMO_SLUGS.flatMap((slug): ClientMetadata[] => {
    const { secret, key } = clients[slug];
    const { kty, crv, x, y } = key;
    return [
      { ...machine, client_id: slug, client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' },
      {
        ...machine,
        client_id: keyClientOf(slug),
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: ALG,
        jwks: { keys: [{ kty, crv, x, y, use: 'sig', alg: ALG }] },
      },
    ];
  });
}

const withId = async (key: PrivateKey) => ({ ...key, use: 'sig', alg: ALG, kid: await calculateJwkThumbprint(key) });

/**
 * What the provider keeps: which assertions were used already, and who is on her way through it. In memory, since a token
 * outlives no restart that matters; bounded, since the oldest has expired long before.
 */
class Kept implements Adapter {
  constructor(
    private readonly name: string,
    private readonly all: Map<string, AdapterPayload>,
  ) {}

  upsert(id: string, payload: AdapterPayload): Promise<void> {
    const [oldest] = this.all.keys();
    if (this.all.size >= MOST_KEPT && oldest !== undefined) this.all.delete(oldest);
    this.all.set(this.keyOf(id), payload);
    return Promise.resolve();
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(this.all.get(this.keyOf(id)));
  }

  destroy(id: string): Promise<void> {
    this.all.delete(this.keyOf(id));
    return Promise.resolve();
  }

  findByUserCode = (): Promise<undefined> => Promise.resolve(undefined);

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const found = [...this.all].find(([key, payload]) => key.startsWith(`${this.name}:`) && payload.uid === uid);
    return Promise.resolve(found?.[1]);
  }

  /** A code that is shown twice takes back what it was exchanged for (RFC 6749 4.1.2). */
  revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, payload] of this.all) if (payload.grantId === grantId) this.all.delete(key);
    return Promise.resolve();
  }

  async consume(id: string): Promise<void> {
    const kept = await this.find(id);
    if (kept) kept.consumed = Math.floor(Date.now() / 1000);
  }

  private keyOf(id: string): string {
    return `${this.name}:${id}`;
  }
}
