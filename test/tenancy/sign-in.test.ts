import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Browser } from '../support/browser.ts';
import { makeSigningKey } from '../support/issuer.ts';
import { LoginIssuer } from '../support/login-issuer.ts';
import { FORM, type Human, person } from '../support/people.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let issuer: LoginIssuer;
let world: World;
let vendor: Party;
let she: Human;
let origin: string;
beforeAll(async () => {
  issuer = await LoginIssuer.start();
  world = await createWorld({ login: issuer.settings() });
  issuer.knows(world.hub.url);
  origin = new URL(world.hub.url).origin;
  vendor = await world.organisation(['VENDOR']);
  she = await person(vendor, issuer, ['REPORTS_READ', 'EVENTS_READ']);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await issuer.stop();
});

const WHO = '{ viewer { organisation { name } permissions } }';
const isCallback = (next: URL): boolean => next.pathname === '/auth/callback';

/** As far as the address at which the provider sends her back, which is not opened. */
async function untilCallback(browser: Browser, visitor = she.visitor): Promise<URL> {
  issuer.visitor = visitor;
  await browser.goes(`${origin}/auth/sign-in`, { stop: isCallback });
  const last = browser.visited.at(-1);
  if (!last || !isCallback(last)) throw new Error('The provider did not send her back.');
  return last;
}

describe('of what a sign-in is made', () => {
  test('the provider is asked with state, nonce and an S256 challenge, each of its own every time', async () => {
    const asked = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const response = await new Browser().request(`${origin}/auth/sign-in`);
      asked.push(new URL(response.headers.get('location') ?? '').searchParams);
    }
    for (const name of ['state', 'nonce', 'code_challenge']) {
      const values = asked.map((each) => each.get(name));
      expect([name, new Set(values).size, values.every((value) => value?.length === 43)]).toEqual([name, 2, true]);
    }
    expect(asked[0]?.get('code_challenge_method')).toBe('S256');
    expect(asked[0]?.get('response_type')).toBe('code');
  });

  test('a code is worth nothing to who knows even the secret of the hub, but not the verifier', async () => {
    const callback = await untilCallback(new Browser());
    const { clientId, proof } = issuer.settings();
    const response = await fetch(`${issuer.url}/token`, {
      method: 'POST',
      headers: {
        ...FORM,
        authorization: `Basic ${Buffer.from(`${clientId}:${'secret' in proof ? proof.secret : ''}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: callback.searchParams.get('code') ?? '',
        redirect_uri: `${origin}/auth/callback`,
      }).toString(),
    });
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([400, 'invalid_grant']);
  });

  test('a hub that proves itself to the provider by a key signs people in as well', async () => {
    const byKey = await createWorld({ login: issuer.settingsByKey() });
    try {
      issuer.knows(byKey.hub.url);
      const party = await byKey.organisation(['CERT']);
      const human = await person(party, issuer, ['CASES_READ']);
      expect((await human.ask(WHO)).data.viewer.organisation.name).toBe(party.name);
    } finally {
      issuer.knows(world.hub.url);
      await byKey[Symbol.asyncDispose]();
    }
  });

  test('while the provider is away, who signs in is told to come again', async () => {
    const away = await createWorld({ login: issuer.settings({ issuer: 'http://127.0.0.1:9' }) });
    try {
      const response = await fetch(new URL('/auth/sign-in', away.hub.url), { redirect: 'manual' });
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    } finally {
      await away[Symbol.asyncDispose]();
    }
  });

  test('a hub where nobody signs in has no such addresses, and knows no such cookie', async () => {
    const plain = await createWorld();
    try {
      expect((await fetch(new URL('/auth/sign-in', plain.hub.url), { redirect: 'manual' })).status).toBe(404);
      const response = await fetch(plain.hub.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie: `tocsin-trial=${'a'.repeat(43)}` },
        body: JSON.stringify({ query: '{ __typename }' }),
      });
      expect(response.status).toBe(200);
    } finally {
      await plain[Symbol.asyncDispose]();
    }
  });
});

describe('an answer of the provider is refused', () => {
  const refused = async (browser: Browser, callback: URL): Promise<void> => {
    const response = await browser.request(callback);
    expect([response.status, browser.cookie(origin, 'tocsin-trial')]).toEqual([400, undefined]);
  };

  test('in a browser that did not ask: a stolen or a planted address signs nobody in', async () => {
    const callback = await untilCallback(new Browser());
    await refused(new Browser(), callback);
    const other = new Browser();
    await untilCallback(other);
    await refused(other, callback);
  });

  test('with the state changed, or without one', async () => {
    for (const change of [
      (url: URL) => url.searchParams.set('state', 'a'.repeat(43)),
      (url: URL) => url.searchParams.delete('state'),
    ]) {
      const browser = new Browser();
      const callback = await untilCallback(browser);
      change(callback);
      await refused(browser, callback);
    }
  });

  test('a second time, also by a browser that kept its cookie', async () => {
    const browser = new Browser();
    const callback = await untilCallback(browser);
    const attempt = browser.cookie(origin, 'tocsin-attempt-trial') ?? '';
    expect((await browser.request(callback)).status).toBe(303);
    expect(browser.cookie(origin, 'tocsin-attempt-trial')).toBeUndefined();
    const again = new Browser();
    await refused(again, callback);
    again.put(origin, 'tocsin-attempt-trial', attempt);
    await refused(again, callback);
  });

  test('when what was asked is exchanged behind the hub’s back', async () => {
    const browser = new Browser();
    const callback = await untilCallback(browser);
    const [random, wish = ''] = (browser.cookie(origin, 'tocsin-attempt-trial') ?? '').split('.');
    const asked = { ...JSON.parse(Buffer.from(wish, 'base64url').toString()), back: '//elsewhere.example' };
    const changed = `${random}.${Buffer.from(JSON.stringify(asked)).toString('base64url')}`;
    browser.put(origin, 'tocsin-attempt-trial', changed);
    await refused(browser, callback);
  });

  test('when another issuer answers, or none says who answers', async () => {
    for (const change of [
      (url: URL) => url.searchParams.set('iss', 'https://other.example'),
      (url: URL) => url.searchParams.delete('iss'),
      (url: URL) => url.searchParams.append('iss', issuer.url),
    ]) {
      const browser = new Browser();
      const callback = await untilCallback(browser);
      change(callback);
      await refused(browser, callback);
    }
  });

  test('when the code is one that another issuer gave', async () => {
    const other = await LoginIssuer.start();
    try {
      other.knows(world.hub.url);
      other.visitor = she.visitor;
      const browser = new Browser();
      const callback = await untilCallback(browser);
      const asked = browser.visited.find(({ pathname }) => pathname === '/auth');
      const theirs = new URL(`${other.url}/auth${asked?.search ?? ''}`);
      const thief = new Browser();
      await thief.goes(theirs, { stop: isCallback });
      callback.searchParams.set('code', thief.visited.at(-1)?.searchParams.get('code') ?? '');
      await refused(browser, callback);
    } finally {
      await other.stop();
    }
  });

  test('when the provider says no', async () => {
    const browser = new Browser();
    const callback = await untilCallback(browser);
    callback.searchParams.delete('code');
    callback.searchParams.set('error', 'access_denied');
    await refused(browser, callback);
  });

  test.each([
    ['has another nonce', { nonce: 'another' }, {}],
    ['has no nonce', { nonce: undefined }, {}],
    ['is for another client', { aud: 'another-hub' }, {}],
    ['is of another issuer', { iss: 'https://other.example' }, {}],
    ['has expired', { exp: 1 }, {}],
    ['is not signed', {}, { alg: 'none' }],
    ['is signed with a shared secret', {}, { alg: 'HS256' }],
    ['names a key that the issuer does not have', {}, { kid: 'another' }],
  ])('when the ID token %s', async (_name, change, header) => {
    const browser = new Browser();
    const callback = await untilCallback(browser);
    const nonce = browser.visited.find(({ pathname }) => pathname === '/auth')?.searchParams.get('nonce');
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer.url,
      sub: she.visitor.subject,
      aud: issuer.settings().clientId,
      nonce,
      iat: now,
      exp: now + 60,
    };
    const answer = () => ({
      ...{ access_token: 'unused', token_type: 'bearer' },
      id_token: issuer.idToken({ ...claims, ...change }, issuer.key, header),
    });
    await issuer.giving(answer, () => refused(browser, callback));
  });

  test('when the ID token is signed with a key of somebody else', async () => {
    const browser = new Browser();
    const callback = await untilCallback(browser);
    const nonce = browser.visited.find(({ pathname }) => pathname === '/auth')?.searchParams.get('nonce');
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer.url,
      sub: she.visitor.subject,
      aud: issuer.settings().clientId,
      nonce: nonce ?? '',
      iat: now,
      exp: now + 60,
    };
    const give = (id_token: string) => () => ({ access_token: 'unused', token_type: 'bearer', id_token });
    const forged = issuer.idToken(claims, { ...(await makeSigningKey('x')), id: issuer.key.id });
    await issuer.giving(give(forged), () => refused(browser, callback));
    // The same by the provider's own key is taken: what was refused above was refused for what was wrong in it.
    const other = new Browser();
    const good = await untilCallback(other);
    const fresh = other.visited.find(({ pathname }) => pathname === '/auth')?.searchParams.get('nonce') ?? '';
    await issuer.giving(give(issuer.idToken({ ...claims, nonce: fresh })), async () => {
      expect((await other.request(good)).status).toBe(303);
    });
  });
});

test('whom nobody has invited is not let in, whoever the provider says it is', async () => {
  const browser = new Browser();
  const response = await browser.request(await untilCallback(browser, { subject: 'a stranger' }));
  expect([response.status, browser.cookie(origin, 'tocsin-trial')]).toEqual([403, undefined]);
});
