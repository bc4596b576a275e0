import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const GUARDED =
  'A GET that any page could have a browser send is refused: it needs a header that only a program sets (CSRF prevention). A session is a cookie, so this is not to be had for convenience.';
const NOT_WELL_FORMED =
  'What could not be run answers 400 whatever type was accepted: clients, proxies and monitoring see a failure as one. The 200 is there for clients of a time before application/graphql-response+json.';

/** What the hub does otherwise than the specification would like, and why. */
const MISSES: Readonly<Record<string, { readonly level: 'SHOULD' | 'MAY'; readonly reason: string }>> = {
  '5A70': { level: 'MAY', reason: GUARDED },
  D6D5: { level: 'MAY', reason: GUARDED },
  '6A70': { level: 'MAY', reason: GUARDED },
  '572B': { level: 'SHOULD', reason: NOT_WELL_FORMED },
  FDE2: { level: 'SHOULD', reason: NOT_WELL_FORMED },
  '7B9B': { level: 'SHOULD', reason: NOT_WELL_FORMED },
};

// The address is known only once the world is there; ids, names and their order do not depend on it.
const audits = serverAudits({ url: 'http://127.0.0.1' });
const auditOf = (id: string) => serverAudits({ url: world.hub.url }).find((audit) => audit.id === id);

describe('the audits of GraphQL over HTTP', () => {
  test('are sixty-one, thirteen of them MUST, and no miss is of what a server must', () => {
    expect(audits.length).toBe(61);
    expect(audits.filter(({ name }) => name.startsWith('MUST')).length).toBe(13);
    for (const [id, { level }] of Object.entries(MISSES)) {
      expect([id, audits.find((audit) => audit.id === id)?.name]).toEqual([id, expect.stringMatching(`^${level} `)]);
    }
  });

  test.each(audits.map(({ id, name }) => [id, name]))('%s: a server %s', async (id) => {
    const { status } = (await auditOf(id)?.fn()) ?? {};
    if (id in MISSES) expect(status).toBe(MISSES[id]?.level === 'MAY' ? 'notice' : 'warn');
    else expect(status).toBe('ok');
  });
});

test('a refusal has the type that was accepted', async () => {
  for (const type of ['application/graphql-response+json', 'application/json']) {
    const response = await fetch(world.hub.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: type },
      body: JSON.stringify({ query: '{ nothing }' }),
    });
    expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
  }
});
