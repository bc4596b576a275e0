import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  type KeyObject,
} from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { silentLog } from '../../src/platform/log.ts';
import type { DemoOAuth } from '../../src/server/demo-file.ts';
import type { LocalHub } from '../../src/server/folder-hub.ts';
import { startLocalHub } from '../../src/server/local-hub.ts';
import { ask } from '../support/api.ts';
import { Browser } from '../support/browser.ts';

const place = mkdtempSync(path.join(tmpdir(), 'tocsin-oidc-'));
const folder = path.join(place, 'trial');
afterAll(() => rmSync(place, { recursive: true }));

const start = (mode: 'TRIAL' | 'PRODUCTION' = 'TRIAL', at = folder): Promise<LocalHub> =>
  startLocalHub({ folder: at, mode, log: silentLog, port: 0 });

const WHO = '{ viewer { organisation { name } permissions } }';

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

async function fetchToken(url: string, fields: Record<string, string>, authorization?: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...FORM, ...(authorization !== undefined && { authorization }) },
    body: form({ grant_type: 'client_credentials', ...fields }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

/** RFC 7523 2.2, signed with what demo.json gives, unless by something else. */
function assertion(
  oauth: DemoOAuth,
  claims: object = {},
  header: object = {},
  signer: (text: string) => Buffer = signerOf(oauth),
): Record<string, string> {
  const { keyClientId } = oauth.clients.cert;
  const now = Math.floor(Date.now() / 1000);
  const own = {
    ...{ iss: keyClientId, sub: keyClientId, aud: oauth.issuer },
    ...{ jti: randomUUID(), iat: now, exp: now + 60, ...claims },
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'ES256', ...header })}.${part(own)}`;
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: `${text}.${signer(text).toString('base64url')}`,
  };
}

const signerOf =
  ({ clients }: DemoOAuth, slug: keyof DemoOAuth['clients'] = 'cert') =>
  (text: string): Buffer => {
    const key = createPrivateKey({ key: clients[slug].privateKey, format: 'jwk' });
    return sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  };

const publicKeyOf = ({ clients }: DemoOAuth): KeyObject =>
  createPublicKey(createPrivateKey({ key: clients.cert.privateKey, format: 'jwk' }));

const hmac = (secret: string | Buffer) => (text: string) => createHmac('sha256', secret).update(text).digest();
const seconds = (): number => Math.floor(Date.now() / 1000);

/** What is tried with assertions; each is refused by the trial's issuer. */
const ASSERTIONS: readonly (readonly [string, (oauth: DemoOAuth) => Record<string, string>])[] = [
  ['for another server', (oauth) => assertion(oauth, { aud: 'https://other.example' })],
  [
    'for several, this issuer among them',
    (oauth) => assertion(oauth, { aud: ['https://other.example', oauth.issuer] }),
  ],
  ['for the hub itself', (oauth) => assertion(oauth, { aud: oauth.resource })],
  ['for nobody', (oauth) => assertion(oauth, { aud: undefined })],
  ['that has ended', (oauth) => assertion(oauth, { exp: seconds() - 120 })],
  ['that lasts for ten minutes', (oauth) => assertion(oauth, { exp: seconds() + 600 })],
  ['that never ends', (oauth) => assertion(oauth, { exp: undefined })],
  ['that is for later', (oauth) => assertion(oauth, { nbf: seconds() + 600 })],
  ['without an id of its own', (oauth) => assertion(oauth, { jti: undefined })],
  ['of another client', ({ clients, ...oauth }) => as(clients.vendor.keyClientId, { clients, ...oauth })],
  ['by one client about another', (oauth) => assertion(oauth, { sub: oauth.clients.vendor.keyClientId })],
  ['by a client that has a secret instead', (oauth) => as(oauth.clients.cert.clientId, oauth)],
  ['signed by another organisation', (oauth) => assertion(oauth, {}, {}, signerOf(oauth, 'vendor'))],
  ['signed with nothing', (oauth) => assertion(oauth, {}, { alg: 'none' }, () => Buffer.alloc(0))],
  [
    'signed with the public key as a secret',
    (oauth) => assertion(oauth, {}, { alg: 'HS256' }, hmac(publicKeyOf(oauth).export({ type: 'spki', format: 'pem' }))),
  ],
  ['that says RS256 over a signature of ES256', (oauth) => assertion(oauth, {}, { alg: 'RS256' })],
  ['whose signature is zeros', (oauth) => assertion(oauth, {}, {}, () => Buffer.alloc(64))],
  [
    'that brings a key of its own',
    (oauth) => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const signer = (text: string) =>
        sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return assertion(oauth, {}, { jwk: publicKey.export({ format: 'jwk' }) }, signer);
    },
  ],
  ['of another type', (oauth) => ({ ...assertion(oauth), client_assertion_type: 'urn:example:other' })],
];

const as = (client: string, oauth: DemoOAuth) => assertion(oauth, { iss: client, sub: client });

describe('a trial', { timeout: 60_000 }, () => {
  let local: LocalHub;
  let oauth: DemoOAuth;
  const printed: string[] = [];
  beforeAll(async () => {
    for (const method of ['info', 'warn', 'log'] as const) {
      vi.spyOn(console, method).mockImplementation((...words) => void printed.push(words.join(' ')));
    }
    local = await start();
    oauth = told(local);
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await local.stop();
  });

  const told = ({ demo }: LocalHub): DemoOAuth => {
    if (!demo?.oauth) throw new Error('demo.json does not say how to get tokens.');
    return demo.oauth;
  };
  const tokenOf = async (slug: keyof DemoOAuth['clients'], fields: Record<string, string> = {}, of = oauth) => {
    const { clientId, clientSecret } = of.clients[slug];
    return (await fetchToken(of.tokenUrl, fields, basic(clientId, clientSecret))).body['access_token'] ?? '';
  };

  test('describes its issuer where OpenID clients look for it', async () => {
    const response = await fetch(`${oauth.issuer}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      issuer: oauth.issuer,
      token_endpoint: oauth.tokenUrl,
      jwks_uri: `${oauth.issuer}/jwks`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
    });
    const keys = (await (await fetch(`${oauth.issuer}/jwks`)).json()) as { keys: Record<string, string>[] };
    expect(keys.keys.map(({ kty, alg, d }) => ({ kty, alg, d }))).toEqual([{ kty: 'EC', alg: 'ES256', d: undefined }]);
  });

  test('gives each demo organisation tokens that are it', async () => {
    for (const [slug, { name, roles }] of Object.entries(local.demo?.organisations ?? {})) {
      const { data } = await ask(local.hub.url, await tokenOf(slug as 'vendor'), WHO);
      expect(data.viewer.organisation.name).toBe(name);
      expect(data.viewer.permissions.includes('HUB_OPERATE')).toBe(roles.includes('OPERATOR'));
    }
  });

  test('gives a narrow token to who asks for one, and none for another resource', async () => {
    const narrow = await tokenOf('vendor', { scope: 'events:read', resource: oauth.resource });
    expect((await ask(local.hub.url, narrow, WHO)).data.viewer.permissions).toEqual(['EVENTS_READ']);
    const { clientId, clientSecret } = oauth.clients.vendor;
    const credential = basic(clientId, clientSecret);
    const other = await fetchToken(oauth.tokenUrl, { resource: 'https://other.example' }, credential);
    expect(other).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
    const wide = await fetchToken(oauth.tokenUrl, { scope: 'everything' }, credential);
    expect(wide).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  });

  test('takes a client by its private key, each assertion once, and no other', async () => {
    const shown = assertion(oauth);
    const { body } = await fetchToken(oauth.tokenUrl, shown);
    expect((await ask(local.hub.url, body['access_token'] ?? '', WHO)).data.viewer.organisation.name).toContain(
      'CERT Northmark',
    );
    expect((await fetchToken(oauth.tokenUrl, shown)).body['error']).toBe('invalid_client');
  });

  test.each(ASSERTIONS)('gives nothing for an assertion %s', async (_name, make) => {
    const { status, body } = await fetchToken(oauth.tokenUrl, make(oauth));
    expect(body['error']).toMatch(/^invalid_(client|request)$/);
    expect([status, body['access_token']]).toEqual([body['error'] === 'invalid_client' ? 401 : 400, undefined]);
  });

  test.each([
    ['a wrong secret', basic('vendor', 'guessed')],
    ['no secret', basic('vendor', '')],
    ['an unknown client', basic('nobody', 'guessed')],
    ['nothing', undefined],
  ])('gives nothing for %s', async (_name, authorization) => {
    const { body } = await fetchToken(oauth.tokenUrl, {}, authorization);
    expect(body['access_token']).toBeUndefined();
    expect(body['error']).toMatch(/^invalid_(client|request)$/);
  });

  test('lets in people under any name, who know the password in its folder and were invited', async () => {
    const key = local.demo?.organisations.cert.apiKey ?? '';
    const { data } = await ask(
      local.hub.url,
      key,
      'mutation { inviteMember(input: { name: "Ada", email: "ada@cert.example" }) { invitation } }',
    );
    const browser = new Browser();
    const { origin, href } = new URL(local.demo?.people?.signInUrl ?? '');
    expect(await (await browser.request(href)).text()).toContain('Sign in');
    const sends = (body: Record<string, string>) => ({
      method: 'POST',
      headers: { ...FORM, origin },
      body: form(body),
    });
    const page = await browser.goes(`${origin}/auth/sign-in`, {
      init: sends({ invitation: data.inviteMember.invitation }),
    });
    expect([page.status, browser.visited.at(-1)?.pathname]).toEqual([
      200,
      expect.stringMatching(/^\/oidc\/interaction\//),
    ]);
    const question = browser.visited.at(-1) ?? '';
    const wrong = await browser.request(question, sends({ name: 'ada', password: 'guessed' }));
    expect(wrong.status).toBe(403);
    const password = local.demo?.people?.password ?? '';
    const done = await browser.goes(question, { init: sends({ name: 'ada', password }) });
    expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('CERT Northmark')]);
    const who = await browser.request(local.hub.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ query: WHO }),
    });
    expect(await who.json()).toMatchObject({ data: { viewer: { permissions: [] } } });
  });

  test('says in each feed that tokens were linked, prints nothing, and keeps its keys from others', async () => {
    await vi.waitFor(async () => {
      const key = local.demo?.organisations.host.apiKey ?? '';
      const { data } = await ask(local.hub.url, key, '{ events(first: 100, after: "1.0") { events { kind } } }');
      const kinds = data.events.events.map(({ kind }: { kind: string }) => kind);
      expect(kinds.filter((kind: string) => kind === 'CLIENT_LINKED')).toHaveLength(2);
    });
    expect(printed).toEqual([]);
    expect(statSync(path.join(folder, 'oidc.json')).mode & 0o777).toBe(0o600);
  });

  test('keeps keys and clients over a restart, on whichever port; and makes them anew when they are lost', async () => {
    const before = oauth;
    await local.stop();
    local = await start();
    oauth = told(local);
    expect(oauth.clients).toEqual(before.clients);
    expect((await ask(local.hub.url, await tokenOf('vendor'), WHO)).status).toBe(200);
    await local.stop();
    writeFileSync(path.join(folder, 'oidc.json'), 'torn');
    local = await start();
    oauth = told(local);
    expect(oauth.clients.vendor.clientSecret).not.toBe(before.clients.vendor.clientSecret);
    expect((await ask(local.hub.url, await tokenOf('vendor'), WHO)).status).toBe(200);
  });
});

test(
  'a production hub has no issuer of its own, no page for browsers, and believes nobody',
  { timeout: 60_000 },
  async () => {
    const at = path.join(place, 'production');
    const local = await start('PRODUCTION', at);
    try {
      for (const file of ['.well-known/openid-configuration', 'jwks', 'token']) {
        expect(
          (await fetch(new URL(`/oidc/${file}`, local.hub.url), { method: file === 'token' ? 'POST' : 'GET' })).status,
        ).toBe(404);
      }
      const page = await fetch(local.hub.url, { headers: { accept: 'text/html' } });
      expect([page.status, (await page.text()).includes('<html')]).toEqual([400, false]);
      expect([local.demo, existsSync(path.join(at, 'oidc.json')), existsSync(path.join(at, 'demo.json'))]).toEqual([
        null,
        false,
        false,
      ]);
      expect((await fetch(new URL('/auth/sign-in', local.hub.url), { redirect: 'manual' })).status).toBe(404);
      const token = `${'e'.repeat(20)}.${'e'.repeat(20)}.${'e'.repeat(86)}`;
      expect((await ask(local.hub.url, token, WHO)).status).toBe(401);
    } finally {
      await local.stop();
    }
  },
);
