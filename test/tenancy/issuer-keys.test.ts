import { exportJWK } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { Denial } from '../../src/platform/errors.ts';
import { AccessTokens, TokenError } from '../../src/tenancy/access-token.service.ts';
import { isTrustworthyAddress, mayKeepKeysAt } from '../../src/tenancy/issuer.ts';
import { Told } from '../ledger/ledger-world.ts';
import { ask } from '../support/api.ts';
import { AUDIENCE, TestIssuer } from '../support/issuer.ts';
import { createWorld } from '../support/world.ts';

const MINUTE = 60_000;

let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };
const told = new Told();
let issuer: TestIssuer;
let tokens: AccessTokens;

beforeEach(async () => {
  ahead = 0;
  issuer = await TestIssuer.start('machine');
  tokens = new AccessTokens({ issuers: [issuer.url], audience: AUDIENCE }, clock, told);
});
afterEach(() => issuer.stop());

/** A token that is good at the hub's own time, whatever that is by now. */
const good = (header: object = {}): string => {
  const now = Math.floor(clock.now().getTime() / 1000);
  const claims = { iss: issuer.url, aud: AUDIENCE, sub: 'machine', client_id: 'machine', jti: 'x' };
  return issuer.sign({ ...claims, iat: now, exp: now + 600 }, header);
};
const reading = (token = good()) => tokens.read(token).then(({ clientId }) => clientId);

test('keys that are known go on while the issuer is down, for a day', async () => {
  expect(await reading()).toBe('machine');
  await issuer.stop();
  for (const later of [15 * MINUTE, 60 * MINUTE, 23 * 60 * MINUTE]) {
    ahead = later;
    expect(await reading()).toBe('machine');
  }
  ahead = 24 * 60 * MINUTE;
  await expect(reading()).rejects.toThrow(Denial);
  await issuer.startAgain();
  ahead += MINUTE;
  expect(await reading()).toBe('machine');
});

test('an issuer that never answered is no reason to call its tokens bad: the hub says to come back', async () => {
  await issuer.stop();
  const world = await createWorld({ clock, oauth: { issuers: [issuer.url], audience: AUDIENCE } });
  try {
    const body = JSON.stringify({ query: '{ viewer { permissions } }' });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${good()}` };
    const response = await fetch(world.hub.url, { method: 'POST', headers, body });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_OVERLOADED' } }] });
    expect(
      (await ask(world.hub.url, (await world.organisation(['VENDOR'])).key, '{ viewer { permissions } }')).status,
    ).toBe(200);
  } finally {
    await world[Symbol.asyncDispose]();
    await issuer.startAgain();
  }
});

test('a thousand key ids that nobody has make the issuer be asked no more than once in half a minute', async () => {
  const strange = (n: number) => good({ kid: `made up ${n}` });
  await reading();
  for (let n = 0; n < 1000; n += 1) await expect(reading(strange(n))).rejects.toThrow(TokenError);
  expect(issuer.reads).toBe(1);
  ahead = MINUTE;
  for (let n = 0; n < 1000; n += 1) await expect(reading(strange(n))).rejects.toThrow(TokenError);
  expect(issuer.reads).toBe(2);
  expect(await reading()).toBe('machine');
});

test('many who come at once make it be asked once', async () => {
  expect(new Set(await Promise.all(Array.from({ length: 30 }, () => reading())))).toEqual(new Set(['machine']));
  expect(issuer.reads).toBe(1);
});

test('a new key is taken as soon as it may be asked for, and one that is gone is not believed on', async () => {
  expect(await reading()).toBe('machine');
  const old = issuer.key;
  await issuer.replaceKey('second', 'machine');
  await expect(reading()).rejects.toThrow(TokenError);
  ahead = MINUTE;
  expect(await reading()).toBe('machine');
  await expect(reading(good({ kid: old.id }))).rejects.toThrow(TokenError);
});

test.each([
  [
    'speaks for another',
    /calls itself https:/,
    (url: string) => ({ issuer: 'https://elsewhere.example', jwks_uri: `${url}/jwks` }),
  ],
  [
    'keeps its keys where anybody can change them on the way',
    /not kept safely/,
    (url: string) => ({ issuer: url, jwks_uri: 'http://keys.example/' }),
  ],
  ['keeps them in a file', /not kept safely/, (url: string) => ({ issuer: url, jwks_uri: 'file:///etc/passwd' })],
  ['does not say where they are', /jwks_uri/, (url: string) => ({ issuer: url })],
  [
    'says far too much',
    /says too much/,
    (url: string) => ({ issuer: url, jwks_uri: `${url}/jwks`, more: 'x'.repeat(300_000) }),
  ],
])('an issuer that %s is not believed, and the log says so', async (_name, reason, metadata) => {
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(issuer.key.publicKey)), kid: 'first' }] });
  issuer.instead = ({ url }, response) => response.end(url === '/jwks' ? keys : JSON.stringify(metadata(issuer.url)));
  const logged: object[] = [];
  const log = { ...told, warn: (fields: object) => void logged.push(fields) };
  const wary = new AccessTokens({ issuers: [issuer.url], audience: AUDIENCE }, clock, log);
  await expect(wary.read(good())).rejects.toThrow(Denial);
  expect(logged).toMatchObject([{ issuer: issuer.url, error: expect.stringMatching(reason) }]);
});

test('an issuer is not followed elsewhere, even if all is well there', async () => {
  const metadata = JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` });
  const keys = JSON.stringify({
    keys: [await exportJWK(issuer.key.publicKey).then((jwk) => ({ ...jwk, kid: 'first' }))],
  });
  let moved = false;
  issuer.instead = ({ url }, response) => {
    if (url === '/jwks') return response.end(keys);
    if (url === '/moved' || !moved) return response.end(metadata);
    return response.writeHead(302, { location: '/moved' }).end();
  };
  expect(await reading()).toBe('machine');
  moved = true;
  const other = new AccessTokens({ issuers: [issuer.url], audience: AUDIENCE }, clock, told);
  await expect(other.read(good())).rejects.toThrow(Denial);
});

test.each([
  ['https://login.example/realms/certs', true],
  ['http://127.0.0.1:8080', true],
  ['http://[::1]:8080/oidc', true],
  ['http://localhost/oidc', true],
  ['http://login.example', false],
  ['http://127.0.0.1.login.example', false],
  ['https://user:password@login.example', false],
  ['ftp://login.example', false],
  ['login.example', false],
])('whether an issuer may be asked at %s', (address, trustworthy) => {
  expect(isTrustworthyAddress(address)).toBe(trustworthy);
});

test('an issuer elsewhere does not send the hub to its own machine', () => {
  expect(mayKeepKeysAt('https://login.example', 'https://127.0.0.1/admin')).toBe(false);
  expect(mayKeepKeysAt('https://login.example', 'https://keys.example/set')).toBe(true);
  expect(mayKeepKeysAt('http://127.0.0.1:1', 'http://127.0.0.1:2/set')).toBe(true);
});
