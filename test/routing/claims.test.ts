import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { CLAIM, DECIDE } from '../support/api.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

interface Asset {
  role: string;
  domainSuffix: string;
}

async function claim(provider: Party, ...assets: Asset[]) {
  const { data } = await provider.ask(CLAIM, { input: { idempotencyKey: randomUUID(), assets } });
  return data.claimAssets.results as {
    claim: { id: string; value: string; state: string } | null;
    error: { code: string } | null;
  }[];
}

async function decide(operator: Party, claims: readonly string[], verified = true) {
  const { data } = await operator.ask(DECIDE, { input: { idempotencyKey: randomUUID(), claims, verified } });
  return data.decideAssetClaims.results as { claim: { state: string } | null; error: { code: string } | null }[];
}

/** Who can act on a value, as its coordinator is told. */
async function partiesOf(value: string): Promise<{ role: string; name: string; claim: string }[]> {
  const cert = await world.cert();
  await cert.submits([value]);
  await world.settled();
  const { data } = await cert.ask('{ cases(first: 1) { edges { node { parties { role name claim } } } } }');
  return data.cases.edges[0].node.parties;
}

describe('a claim', () => {
  test('of a public suffix is refused, but a platform may claim that under which its customers live', async () => {
    const provider = await world.provider();
    const answers = await claim(
      provider,
      { role: 'HOST', domainSuffix: 'com' },
      { role: 'REGISTRY', domainSuffix: 'co.uk' },
      { role: 'HOST', domainSuffix: 'github.io' },
      { role: 'PLATFORM', domainSuffix: 'github.io' },
      { role: 'HOST', domainSuffix: 'no name' },
      { role: 'HOST', domainSuffix: 'intranet.local' },
      { role: 'HOST', domainSuffix: '' },
    );
    expect(answers.map(({ claim: made, error }) => error?.code ?? made?.value)).toEqual([
      'PUBLIC_SUFFIX',
      'PUBLIC_SUFFIX',
      'PUBLIC_SUFFIX',
      'github.io',
      'BAD_INPUT',
      'BAD_INPUT',
      'BAD_INPUT',
    ]);
  });

  test('made twice finds the same claim, however it is written', async () => {
    const provider = await world.provider();
    const asset = { role: 'HOST', domainSuffix: 'twice.example' };
    const [first, within] = await claim(provider, asset, { ...asset, domainSuffix: ' TWICE.example ' });
    const [again, otherRole] = await claim(provider, asset, { ...asset, role: 'REGISTRAR' });
    expect(within?.claim?.id).toBe(first?.claim?.id);
    expect(again?.claim).toEqual(first?.claim);
    expect(otherRole?.claim?.id).not.toBe(first?.claim?.id);
    const [rival] = await claim(await world.provider(), asset);
    expect(rival?.claim?.state).toBe('PENDING');
  });

  test('is decided once, by the operator that registered the organisation', async () => {
    const provider = await world.provider();
    const [one, two] = await claim(
      provider,
      ...['yes', 'no'].map((name) => ({ role: 'HOST', domainSuffix: `${name}.example` })),
    );
    const [yes, no] = [one?.claim?.id ?? '', two?.claim?.id ?? ''];
    const stranger = await world.organisation(['OPERATOR']);
    expect(await decide(stranger, [yes])).toMatchObject([{ claim: null, error: { code: 'NOT_FOUND' } }]);
    expect(await decide(world.operator, [yes])).toMatchObject([{ claim: { state: 'VERIFIED' }, error: null }]);
    expect(await decide(world.operator, [no], false)).toMatchObject([{ claim: { state: 'REFUSED' }, error: null }]);
    expect(await decide(world.operator, [yes, no])).toMatchObject([
      { error: { code: 'WRONG_STATE' } },
      { error: { code: 'WRONG_STATE' } },
    ]);
  });

  test('is heard by its holder and its operator, and by nobody else', async () => {
    const [provider, stranger] = [await world.provider(), await world.provider()];
    const [made] = await claim(provider, { role: 'HOST', domainSuffix: 'heard.example' });
    await world.settled();
    const hears = async (party: Party) =>
      (await party.events()).some(({ subjects }) => subjects.includes(made?.claim?.id ?? ''));
    expect([await hears(provider), await hears(world.operator), await hears(stranger)]).toEqual([true, true, false]);
  });
});

describe('who can act', () => {
  test('is nobody by a claim that was not verified, or was refused', async () => {
    const provider = await world.provider();
    const [made] = await claim(provider, { role: 'HOST', domainSuffix: 'unproven.example' });
    expect(await partiesOf('www.unproven.example')).toEqual([]);
    await decide(world.operator, [made?.claim?.id ?? ''], false);
    expect(await partiesOf('www.unproven.example')).toEqual([]);
  });

  test('is in each role the one with the most specific suffix, on whole labels', async () => {
    const platform = await world.provider({ PLATFORM: ['blogspot.com'] });
    const tenant = await world.provider({ PLATFORM: ['customer.blogspot.com'] });
    const by = ({ name }: Party, suffix: string) => [{ role: 'PLATFORM', name, claim: suffix }];
    expect(await partiesOf('customer.blogspot.com')).toEqual(by(tenant, 'customer.blogspot.com'));
    expect(await partiesOf('other.blogspot.com')).toEqual(by(platform, 'blogspot.com'));
    expect(await partiesOf('notcustomer.blogspot.com')).toEqual(by(platform, 'blogspot.com'));
    await world.provider({ REGISTRAR: ['labels.example'] });
    expect(await partiesOf('notlabels.example')).toEqual([]);
  });

  test('is among equal claims the one that was verified first', async () => {
    const first = await world.provider({ HOST: ['equal.example'] });
    await world.provider({ HOST: ['equal.example'] });
    expect(await partiesOf('equal.example')).toEqual([{ role: 'HOST', name: first.name, claim: 'equal.example' }]);
  });

  test('is never one whose role cannot act on the kind of resource', async () => {
    const roles = ['REGISTRY', 'REGISTRAR', 'DNS_OPERATOR', 'HOST', 'CDN_PROXY', 'PLATFORM', 'MAIL_PROVIDER'];
    await world.provider(Object.fromEntries(roles.map((role) => [role, ['kinds.example']])));
    const acting = async (value: string) => (await partiesOf(value)).map(({ role }) => role).sort();
    expect(await acting('www.kinds.example')).toEqual(['CDN_PROXY', 'DNS_OPERATOR', 'HOST', 'REGISTRAR', 'REGISTRY']);
    expect(await acting('somebody@kinds.example')).toEqual(['MAIL_PROVIDER']);
    expect(await acting('192.0.2.7')).toEqual([]);
  });

  test('is nobody who was suspended, since nobody would read for it', async () => {
    const host = await world.provider({ HOST: ['suspended.example'] });
    const registrar = await world.provider({ REGISTRAR: ['suspended.example'] });
    const suspend = 'mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code } } }';
    expect((await world.operator.ask(suspend, { id: host.id })).data.suspendOrganisation.errors).toEqual([]);
    expect((await partiesOf('suspended.example')).map(({ name }) => name)).toEqual([registrar.name]);
  });

  test('is for the coordinator of the case alone to know', async () => {
    const cert = await world.cert();
    await world.provider({ HOST: ['known.example'] });
    await cert.submits(['known.example']);
    await world.settled();
    const [row] = await world.database.admin<{ id: string }>(
      "SELECT id FROM triage_case WHERE value = 'known.example'",
    );
    const tenant = await world.database.connect('tocsin_app');
    const parties = async (party: Party) => {
      await tenant.query("SELECT set_config('tocsin.org', $1, false)", [
        Buffer.from(party.id, 'base64url').toString().split(':')[1],
      ]);
      return (await tenant.query('SELECT provider_name FROM parties_of_cases($1)', [[row?.id]])).rowCount;
    };
    const counts = [await parties(cert), await parties(await world.cert()), await parties(await world.provider())];
    await tenant.end();
    expect(counts).toEqual([1, 0, 0]);
  });
});
