import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { sha256 } from '../../src/platform/ids.ts';
import { ask } from '../support/api.ts';
import { Browser } from '../support/browser.ts';
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

test('a cookie lasts as long as its session, by the clock of the hub', async () => {
  const before = ahead;
  ahead = 5 * 60 * MINUTE;
  const browser = new Browser();
  const lines = (await browser.request(await untilCallback(browser))).headers.getSetCookie();
  expect(lines).toContainEqual(expect.stringMatching(/^tocsin-trial=.* Max-Age=43\d{3};/));
  ahead = before;
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
