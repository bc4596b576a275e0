import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { tick } from '../../src/app/tick.ts';
import { createWorld, type Party, type World, type WrittenAsset } from '../support/world.ts';
import { partiesOf } from './asking.ts';

let world: World;
let now = new Date();
beforeAll(async () => void (world = await createWorld({ clock: { now: () => now } })));
afterAll(() => world[Symbol.asyncDispose]());

const DECIDE = `mutation ($input: DecideClaimsInput!) { done: decideAssetClaims(input: $input) {
  results { claim { state } error { code } } errors { code } } }`;
const RELEASE = `mutation ($input: ReleaseAssetsInput!) { done: releaseAssets(input: $input) {
  results { claim { state } error { code } } errors { code } } }`;

interface Payload {
  results: { claim: { state: string } | null; error: { code: string } | null }[] | null;
  errors: { code: string }[];
}

const read = ({ results, errors }: Payload): string[] =>
  results?.map(({ claim, error }) => error?.code ?? claim?.state ?? '') ?? errors.map(({ code }) => code);

/** What became of each claim, or why it was left as it is. */
async function decide(party: Party, decision: string, claims: readonly string[], input: object = {}) {
  const { data } = await party.ask(DECIDE, { input: { idempotencyKey: randomUUID(), claims, decision, ...input } });
  return read(data.done);
}

async function release(party: Party, claims: readonly string[]) {
  return read((await party.ask(RELEASE, { input: { idempotencyKey: randomUUID(), claims } })).data.done);
}

async function stateOf(claim: string | undefined): Promise<string> {
  const [row] = await world.database.admin<{ state: string }>('SELECT state FROM asset_claim WHERE id = $1', [
    Buffer.from(claim ?? '', 'base64url')
      .toString()
      .split(':')[1],
  ]);
  return row?.state ?? '';
}

const names = async (value: string) => (await partiesOf(world, { value })).map(({ name }) => name);

describe('an asset that somebody holds already', () => {
  test('is disputed when another proves it, and goes on routing to its holder until the operator settles it', async () => {
    const asset: WrittenAsset = { kind: 'IP_PREFIX', value: '198.51.100.0/24', role: 'HOST' };
    const [holder, rival] = [await world.provider(), await world.provider()];
    const [held] = await world.verifies(holder, [asset]);
    const [claimed] = await rival.claims([asset]);
    expect(await decide(world.operator, 'VERIFY', [claimed ?? ''])).toEqual(['DISPUTED']);
    expect(await names('198.51.100.7')).toEqual([holder.name]);
    expect(await decide(world.operator, 'VERIFY', [claimed ?? ''])).toEqual(['WRONG_STATE']);
    expect(await decide(world.operator, 'UPHOLD', [claimed ?? ''])).toEqual(['VERIFIED']);
    expect(await stateOf(held)).toBe('REVOKED');
    expect(await names('198.51.100.7')).toEqual([rival.name]);
  });

  test('is disputed too where both are verified in one request', async () => {
    const asset: WrittenAsset = { kind: 'ASN', value: '64500', role: 'NETWORK' };
    const [one] = await (await world.provider()).claims([asset]);
    const [two] = await (await world.provider()).claims([asset]);
    expect(await decide(world.operator, 'VERIFY', [one ?? '', two ?? ''])).toEqual(['VERIFIED', 'DISPUTED']);
    expect(await decide(world.operator, 'REVOKE', [two ?? ''])).toEqual(['REVOKED']);
    expect(await stateOf(one)).toBe('VERIFIED');
  });

  test('routes to nobody while the operator doubts its holder', async () => {
    const holder = await world.provider();
    const [held] = await world.verifies(holder, [{ role: 'HOST', domainSuffix: 'doubted.example' }]);
    expect(await decide(world.operator, 'DISPUTE', [held ?? ''])).toEqual(['DISPUTED']);
    expect(await names('doubted.example')).toEqual([]);
    expect(await decide(world.operator, 'UPHOLD', [held ?? ''])).toEqual(['VERIFIED']);
    expect(await names('doubted.example')).toEqual([holder.name]);
  });

  test('is not told to the one that claims it: the answer is as for one that nobody holds', async () => {
    const asset: WrittenAsset = { role: 'HOST', domainSuffix: 'taken.example' };
    await world.verifies(await world.provider(), [asset]);
    const asker = await world.provider();
    const [taken, free] = await asker.claims([asset, { role: 'HOST', domainSuffix: 'free.example' }]);
    expect([await stateOf(taken), await stateOf(free)]).toEqual(['PENDING', 'PENDING']);
  });
});

describe('a claim that is let go', () => {
  test('routes no longer, is its holder’s alone to let go, and may be made again', async () => {
    const holder = await world.provider();
    const asset: WrittenAsset = { role: 'HOST', domainSuffix: 'gone.example' };
    const [claim] = await world.verifies(holder, [asset]);
    expect(await release(await world.provider(), [claim ?? ''])).toEqual(['NOT_FOUND']);
    expect(await release(holder, [claim ?? '', claim ?? ''])).toEqual(['RELEASED', 'RELEASED']);
    expect(await names('gone.example')).toEqual([]);
    expect(await release(holder, [claim ?? ''])).toEqual(['WRONG_STATE']);
    const [again] = await holder.claims([asset]);
    expect(again).not.toBe(claim);
    expect(await stateOf(again)).toBe('PENDING');
  });
});

describe('a contact for somebody else’s asset', () => {
  const range: WrittenAsset = { kind: 'CONTACT_FOR', value: '203.0.113.64/26', role: 'HOST' };
  const OFFERED = '{ contactClaims(first: 100) { edges { node { id organisation value state } } } }';
  const offered = async (party: Party) =>
    (await party.ask(OFFERED)).data.contactClaims.edges.map(({ node }: { node: { id: string } }) => node.id);

  test('waits for the holder’s consent, and is then asked before the holder', async () => {
    const [holder, contact, stranger] = [await world.provider(), await world.provider(), await world.provider()];
    await world.verifies(holder, [{ kind: 'IP_PREFIX', value: '203.0.113.0/24', role: 'HOST' }]);
    const [claim = ''] = await contact.claims([range]);
    expect(await decide(world.operator, 'VERIFY', [claim])).toEqual(['WRONG_STATE']);
    expect([await offered(holder), await offered(contact), await offered(stranger)]).toEqual([[claim], [], []]);
    expect(await decide(stranger, 'VERIFY', [claim])).toEqual(['NOT_FOUND']);
    expect(await decide(contact, 'VERIFY', [claim])).toEqual(['NOT_FOUND']);
    expect(await decide(holder, 'DISPUTE', [claim])).toEqual(['FORBIDDEN']);
    expect(await decide(holder, 'VERIFY', [claim])).toEqual(['VERIFIED']);
    expect(await names('203.0.113.70')).toEqual([contact.name]);
    expect(await names('203.0.113.7')).toEqual([holder.name]);
    await world.settled();
    const hears = async (party: Party) =>
      (await party.events()).filter(({ subjects }) => subjects.includes(claim)).length;
    expect([await hears(holder), await hears(contact), await hears(world.operator), await hears(stranger)]).toEqual([
      2, 2, 2, 0,
    ]);
    expect(await decide(holder, 'REVOKE', [claim])).toEqual(['REVOKED']);
    expect(await names('203.0.113.70')).toEqual([holder.name]);
    const [whole = ''] = await stranger.claims([{ ...range, value: '203.0.113.0/24' }]);
    expect(await decide(holder, 'VERIFY', [whole])).toEqual(['VERIFIED']);
    expect(await names('203.0.113.7')).toEqual([stranger.name]);
  });

  test('learns neither from its answer nor from its events whether the hub knows a holder', async () => {
    const holder = await world.provider();
    await world.verifies(holder, [{ role: 'HOST', domainSuffix: 'holder.example' }]);
    const asker = await world.provider();
    await asker.claims([
      { kind: 'CONTACT_FOR', value: 'holder.example', role: 'HOST' },
      { kind: 'CONTACT_FOR', value: 'nobody.example', role: 'HOST' },
      { kind: 'CONTACT_FOR', value: 'www.holder.example', role: 'HOST' },
    ]);
    await world.settled();
    const told = (await asker.events()).filter(({ kind }) => kind === 'ASSETS_CLAIMED');
    expect(told.map(({ subjects }) => subjects.length)).toEqual([1, 1, 1]);
    const { data } = await asker.ask(
      '{ assetClaims(first: 10, filter: { kind: CONTACT_FOR }) { edges { node { state } } } }',
    );
    expect(data.assetClaims.edges.map(({ node }: { node: { state: string } }) => node.state)).toEqual([
      'PENDING',
      'PENDING',
      'PENDING',
    ]);
    expect(await offered(holder)).toHaveLength(2);
  });

  test('of whose asset the hub knows no holder is the operator’s to verify, who has seen the consent', async () => {
    const contact = await world.provider();
    const [claim = ''] = await contact.claims([{ kind: 'CONTACT_FOR', value: 'elsewhere-held.example', role: 'HOST' }]);
    expect(await decide(world.operator, 'VERIFY', [claim])).toEqual(['VERIFIED']);
    expect(await names('www.elsewhere-held.example')).toEqual([contact.name]);
  });
});

describe('a claim has an end', () => {
  const DAY = 24 * 3600 * 1000;
  const pass = async (days: number) => {
    now = new Date(now.getTime() + days * DAY);
    await tick(world.hub.app.work, now);
  };

  test('of which it is warned, after which it routes no longer, and from which it is renewed', async () => {
    const holder = await world.provider();
    const [claim = ''] = await holder.claims([{ role: 'HOST', domainSuffix: 'ending.example' }]);
    const until = new Date(now.getTime() + 40 * DAY);
    expect(await decide(world.operator, 'VERIFY', [claim], { until })).toEqual(['VERIFIED']);
    await pass(9);
    expect(await stateOf(claim)).toBe('VERIFIED');
    await pass(2);
    expect(await stateOf(claim)).toBe('EXPIRING');
    expect(await names('ending.example')).toEqual([holder.name]);
    await pass(30);
    expect(await stateOf(claim)).toBe('EXPIRED');
    expect(await names('ending.example')).toEqual([]);
    await world.settled();
    const told = (await holder.events()).flatMap(({ kind, details }) =>
      kind === 'ASSET_CLAIMS_DECIDED' ? details : [],
    );
    expect(told.map(({ state }) => state)).toEqual(['VERIFIED', 'EXPIRING', 'EXPIRED']);
    expect(await decide(world.operator, 'RENEW', [claim])).toEqual(['VERIFIED']);
    expect(await names('ending.example')).toEqual([holder.name]);
  });

  test('in the future, and only where it routes', async () => {
    const [claim = ''] = await (await world.provider()).claims([{ role: 'HOST', domainSuffix: 'past.example' }]);
    expect(await decide(world.operator, 'VERIFY', [claim], { until: now })).toEqual(['BAD_INPUT']);
    const later = new Date(now.getTime() + DAY);
    expect(await decide(world.operator, 'REFUSE', [claim], { until: later })).toEqual(['BAD_INPUT']);
    expect(await decide(world.operator, 'REFUSE', [claim])).toEqual(['REFUSED']);
  });
});

test('claims are listed by state, kind and role', async () => {
  const provider = await world.provider({ HOST: ['listed.example'] });
  await provider.claims([
    { kind: 'ASN', value: '64505', role: 'HOST' },
    { role: 'REGISTRAR', domainSuffix: 'listed.example' },
  ]);
  const list = async (filter: string) => {
    const { data } = await provider.ask(
      `{ assetClaims(first: 10, filter: { ${filter} }) { edges { node { kind role state } } } }`,
    );
    return data.assetClaims.edges.map(({ node }: { node: object }) => Object.values(node).join(' '));
  };
  expect(await list('kind: ASN')).toEqual(['ASN HOST PENDING']);
  expect(await list('role: HOST, state: VERIFIED')).toEqual(['DOMAIN_SUFFIX HOST VERIFIED']);
  expect(await list('state: PENDING, kind: DOMAIN_SUFFIX')).toEqual(['DOMAIN_SUFFIX REGISTRAR PENDING']);
  expect(await list('')).toHaveLength(3);
});
