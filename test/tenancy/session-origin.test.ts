import { once } from 'node:events';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { LoginIssuer } from '../support/login-issuer.ts';
import { grants, person, type Human } from '../support/people.ts';
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
    // That she joined is an event too, and she may hear of it: it is numbered before she subscribes.
    await world.settled();
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
