import { once } from 'node:events';

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { sha256 } from '../../src/platform/ids.ts';
import { ask } from '../support/api.ts';
import { Browser } from '../support/browser.ts';
import { makeSigningKey } from '../support/issuer.ts';
import { LoginIssuer, STRONG } from '../support/login-issuer.ts';
import { FORM, Human, grants, invites, person } from '../support/people.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };
const MINUTE = 60_000;

let issuer: LoginIssuer;
let world: World;
let vendor: Party;
let she: Human;
let origin: string;
beforeAll(async () => {
  issuer = await LoginIssuer.start();
  world = await createWorld({ clock, login: issuer.settings() });
  issuer.knows(world.hub.url);
  origin = new URL(world.hub.url).origin;
  vendor = await world.organisation(['VENDOR']);
  she = await person(vendor, issuer, ['REPORTS_READ', 'EVENTS_READ']);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await issuer.stop();
});
afterEach(() => void (ahead = 0));

const WHO = '{ viewer { organisation { name } permissions } }';
const isCallback = (next: URL): boolean => next.pathname === '/auth/callback';

/** Whose the session in this browser is, as a page of the hub would learn it. */
async function whoIs(browser: Browser): Promise<string | null> {
  const { data } = await new Human(world, issuer, she.visitor, '').as(browser).ask(WHO);
  return data?.viewer?.organisation.name ?? null;
}

/** As far as the address at which the provider sends her back, which is not opened. */
async function untilCallback(browser: Browser, visitor = she.visitor): Promise<URL> {
  issuer.visitor = visitor;
  await browser.goes(`${origin}/auth/sign-in`, { stop: isCallback });
  const last = browser.visited.at(-1);
  if (!last || !isCallback(last)) throw new Error('The provider did not send her back.');
  return last;
}

test('a person signs in at her provider, and the session is her', async () => {
  const { data } = await she.ask(WHO);
  expect(data.viewer).toEqual({ organisation: { name: vendor.name }, permissions: ['REPORTS_READ', 'EVENTS_READ'] });
});

test('a session is 256 random bits, of which the hub keeps a hash', async () => {
  const session = she.session ?? '';
  expect(Buffer.from(session, 'base64url')).toHaveLength(32);
  const [row] = await world.database.admin<{ hash: Buffer }>('SELECT hash FROM session WHERE hash = $1', [
    sha256(session),
  ]);
  expect(row).toBeDefined();
  const found = await world.database.admin('SELECT FROM session s WHERE strpos(s::text, $1) > 0', [session]);
  expect(found).toEqual([]);
});

test('a hub with a name of its own gives cookies that no neighbour can set, and no script can read', async () => {
  const secure = await createWorld({ login: issuer.settings({ origin: 'https://hub.example' }) });
  try {
    const response = await new Browser().request(new URL('/auth/sign-in', secure.hub.url));
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-tocsin-attempt=[\w.-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/),
    ]);
    const address = new URL(response.headers.get('location') ?? '');
    expect(address.searchParams.get('redirect_uri')).toBe('https://hub.example/auth/callback');
  } finally {
    await secure[Symbol.asyncDispose]();
  }
});

test('the trial’s session cookie is for this hub alone, as far as plain HTTP lets it be', async () => {
  const browser = new Browser();
  const callback = await untilCallback(browser);
  const lines = (await browser.request(callback)).headers.getSetCookie();
  expect(lines).toContainEqual(
    expect.stringMatching(/^tocsin-trial=[\w-]{43}; Path=\/; Max-Age=43\d{3}; HttpOnly; SameSite=Lax$/),
  );
});

test('a session that is not used for half an hour has ended; one that is lasts half a day at most', async () => {
  const one = await person(vendor, issuer, ['REPORTS_READ']);
  ahead = 29 * MINUTE;
  expect((await one.ask(WHO)).data?.viewer.organisation.name).toBe(vendor.name);
  ahead = 58 * MINUTE;
  expect((await one.ask(WHO)).data?.viewer.organisation.name).toBe(vendor.name);
  ahead = 89 * MINUTE;
  expect((await one.ask(WHO)).errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  ahead = 0;
  const busy = await person(vendor, issuer, ['REPORTS_READ']);
  for (ahead = 0; ahead < 12 * 60 * MINUTE - 1000; ahead += 20 * MINUTE) {
    expect((await busy.ask(WHO)).errors).toEqual([]);
  }
  ahead = 12 * 60 * MINUTE + 1000;
  expect((await busy.ask(WHO)).errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

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
      id_token: issuer.idToken({ ...claims, ...change } as never, issuer.key, header),
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

test('a session that somebody else has planted is not adopted, and ends when she signs in over it', async () => {
  const victim = new Browser();
  victim.put(origin, 'tocsin-trial', 'f'.repeat(43));
  await victim.request(await untilCallback(victim));
  expect(victim.cookie(origin, 'tocsin-trial')).not.toBe('f'.repeat(43));
  const before = victim.cookie(origin, 'tocsin-trial') ?? '';
  await victim.request(await untilCallback(victim));
  const kept = new Browser();
  kept.put(origin, 'tocsin-trial', before);
  expect([await whoIs(victim), await whoIs(kept)]).toEqual([vendor.name, null]);
});

test.each([
  ['/cases?state=NEW', '/cases?state=NEW'],
  ['//elsewhere.example/', '/auth'],
  ['https://elsewhere.example/', '/auth'],
  ['/\\elsewhere.example', '/auth'],
  ['/\t/elsewhere.example', '/auth'],
  ['/a\r\nset-cookie: x=y', '/auth'],
  ['javascript:alert(1)', '/auth'],
  ['\\\\elsewhere.example', '/auth'],
  ['elsewhere.example', '/auth'],
  ['/./\\elsewhere.example', '/auth'],
])('afterwards one goes to a path of the hub and nowhere else: %j', async (back, expected) => {
  const browser = new Browser();
  issuer.visitor = she.visitor;
  await browser.goes(`${origin}/auth/sign-in?${new URLSearchParams({ back }).toString()}`, { stop: isCallback });
  const response = await browser.request(browser.visited.at(-1) ?? '');
  expect([response.status, response.headers.get('location')]).toEqual([303, expected]);
});

describe('a session is for pages of this hub alone:', () => {
  const post = (headers: Record<string, string>, body = JSON.stringify({ query: WHO })) =>
    she.browser.request(world.hub.url, { method: 'POST', headers, body });
  const JSON_BODY = { 'content-type': 'application/json' };

  test.each([
    ['another site', { origin: 'https://elsewhere.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['the same host on another port', { origin: 'http://127.0.0.1:1' }],
    ['the same host by another scheme', { origin: 'https://127.0.0.1' }],
    ['nobody says who', {}],
    ['another site, by the browser’s word alone', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour under the same domain', { 'sec-fetch-site': 'same-site' }],
  ])('a POST from %s is refused', async (_name, headers) => {
    const response = await post({ ...JSON_BODY, ...headers });
    expect([
      response.status,
      ((await response.json()) as { errors: { extensions: object }[] }).errors[0]?.extensions,
    ]).toEqual([403, { code: 'FORBIDDEN' }]);
  });

  test('what a form can send is refused even with the right origin', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=a']) {
      const response = await post({ 'content-type': type, origin });
      expect([type, response.status >= 400 && response.status < 500]).toEqual([type, true]);
    }
    const get = new URL(world.hub.url);
    get.searchParams.set('query', WHO);
    expect((await she.browser.request(get, { headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(400);
    const asked = { 'sec-fetch-site': 'same-origin', 'apollo-require-preflight': '1' };
    expect((await she.browser.request(get, { headers: asked })).status).toBe(200);
  });

  test('other doors look at it as well', async () => {
    const outcomes = new URL('/outcomes', world.hub.url);
    expect((await she.browser.request(outcomes, { headers: { origin: 'https://elsewhere.example' } })).status).toBe(
      403,
    );
    expect((await she.browser.request(outcomes, { headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(200);
    const bulk = new URL('/graphql/bulk', world.hub.url);
    const sent = { method: 'POST', headers: { ...JSON_BODY, origin: 'https://elsewhere.example' }, body: '{}' };
    expect((await she.browser.request(bulk, sent)).status).toBe(403);
  });

  test('a key that is shown beside it counts, and not the session', async () => {
    const cert = await world.cert();
    const { data } = await she.ask(WHO, {}, { authorization: `Bearer ${cert.key}` });
    expect(data.viewer.organisation.name).toBe(cert.name);
    expect((await she.ask(WHO, {}, { authorization: `Bearer ${she.session}` })).status).toBe(401);
  });

  test('a cookie that is there twice counts as none', async () => {
    const twice = `tocsin-trial=${she.session}; tocsin-trial=${'a'.repeat(43)}`;
    const response = await fetch(world.hub.url, {
      method: 'POST',
      headers: { ...JSON_BODY, origin, cookie: twice },
      body: JSON.stringify({ query: WHO }),
    });
    expect(((await response.json()) as { errors: { extensions: object }[] }).errors[0]?.extensions).toEqual({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('a socket with a session', () => {
  const open = (from: string | undefined, cookie = she.browser.cookiesFor(origin)): WebSocket =>
    new WebSocket(world.hub.wsUrl, 'graphql-transport-ws', {
      headers: { cookie },
      ...(from !== undefined && { origin: from }),
    });

  test.each([['https://elsewhere.example'], ['null'], [undefined]])('is not opened for a page of %s', async (from) => {
    const socket = open(from);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('403');
  });

  test('is opened for a page of the hub, and closed when she is removed', async () => {
    const one = await person(vendor, issuer, ['EVENTS_READ']);
    const socket = open(origin, one.browser.cookiesFor(origin));
    const messages: { type: string; payload?: { data?: object } }[] = [];
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as never));
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: 'subscription { events { head } }' } }));
    const closed = once(socket, 'close') as Promise<[number]>;
    await vendor.ask('mutation ($id: ID!) { removeMember(member: $id) { errors { code } } }', { id: one.member });
    // The removal is itself an event of the feed: the page that would carry it asks for the session anew.
    expect((await closed)[0]).toBe(4403);
    expect(messages.map(({ type }) => type)).not.toContain('next');
  });

  test('is closed when what she may do becomes less', async () => {
    const one = await person(vendor, issuer, ['EVENTS_READ', 'REPORTS_READ']);
    const socket = open(origin, one.browser.cookiesFor(origin));
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    await grants(vendor, one.member, ['REPORTS_READ']);
    const closed = once(socket, 'close') as Promise<[number]>;
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: '{ viewer { permissions } }' } }));
    expect((await closed)[0]).toBe(4403);
  });
});

describe('signing out', () => {
  test('ends the session for whoever has a copy of it', async () => {
    const one = await person(vendor, issuer, ['REPORTS_READ']);
    const copy = new Browser();
    copy.put(origin, 'tocsin-trial', one.session ?? '');
    expect(await whoIs(copy)).toBe(vendor.name);
    const sent = { method: 'POST', headers: { ...FORM, origin }, body: '' };
    const response = await one.browser.request(`${origin}/auth/sign-out`, sent);
    expect([response.status, one.session]).toEqual([303, undefined]);
    expect(await whoIs(copy)).toBeNull();
  });

  test('is not for other sites to do', async () => {
    for (const headers of [{ origin: 'https://elsewhere.example' }, {}]) {
      const sent = { method: 'POST', headers: { ...FORM, ...headers }, body: '' };
      expect((await she.browser.request(`${origin}/auth/sign-out`, sent)).status).toBe(403);
    }
    expect((await she.browser.request(`${origin}/auth/sign-out`)).status).toBe(404);
    expect(await whoIs(she.browser)).toBe(vendor.name);
  });
});

test('who works for several organisations acts for one at a time, the one that she names', async () => {
  const cert = await world.cert();
  const { member, invitation } = await invites(cert);
  const other = new Human(world, issuer, she.visitor, member);
  await other.joins(invitation);
  await grants(cert, member, ['CASES_READ']);
  expect(await whoIs(other.browser)).toBe(cert.name);
  const undecided = new Human(world, issuer, she.visitor, member);
  const page = await (await undecided.signsIn()).text();
  expect([undecided.session, page.includes(cert.name), page.includes(vendor.name)]).toEqual([undefined, true, true]);
  await undecided.signsIn(`?organisation=${vendor.id}`);
  expect((await undecided.ask(WHO)).data.viewer.organisation.name).toBe(vendor.name);
  const stranger = await world.cert();
  expect((await new Human(world, issuer, she.visitor, member).signsIn(`?organisation=${stranger.id}`)).status).toBe(
    403,
  );
  await cert.ask('mutation ($id: ID!) { removeMember(member: $id) { errors { code } } }', { id: member });
});

test('a provider is asked for a second factor by name where one is needed', async () => {
  const plain = await new Browser().request(`${origin}/auth/sign-in`);
  expect(new URL(plain.headers.get('location') ?? '').searchParams.get('acr_values')).toBeNull();
  const strong = await new Browser().request(`${origin}/auth/sign-in?strong`);
  expect(new URL(strong.headers.get('location') ?? '').searchParams.get('acr_values')).toBe(STRONG);
});

test('every session of a suspended organisation is refused, and of no other', async () => {
  const doomed = await world.organisation(['VENDOR']);
  const one = await person(doomed, issuer, ['REPORTS_READ']);
  expect(await whoIs(one.browser)).toBe(doomed.name);
  await world.operator.ask('mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code } } }', {
    id: doomed.id,
  });
  expect([await whoIs(one.browser), await whoIs(she.browser)]).toEqual([null, vendor.name]);
  expect((await ask(world.hub.url, null, WHO)).errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
});
