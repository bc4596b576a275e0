import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { decides, kindsOf, queueOf, traces } from '../support/coordinator.ts';
import { contentsOf } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const PARTIES =
  '{ cases(first: 20) { edges { node { resource parties { role name givenBy claimKind unclaimed contact contactMark } } } } }';

/** Who can act on a name, as the coordinator is told: "ROLE name SOURCE". */
async function partiesOf(cert: Party, name: string): Promise<string[]> {
  const { data } = await cert.ask(PARTIES);
  const found = data.cases.edges.find(({ node }: { node: { resource: string } }) => node.resource === name);
  return found.node.parties.map((p: Record<string, string>) => `${p['role']} ${p['name']} ${p['givenBy']}`);
}

const rolesOf = async (vendor: Party, report: { id: string }) =>
  (await contentsOf(vendor, report)).responsibilities.map(({ role, party, state, reason }) =>
    [role, party, state, reason].join(' '),
  );
const codesOf = ({ results }: { results: readonly { error: { code: string } | null }[] | null }) =>
  results?.map(({ error }) => error?.code ?? 'DONE');
const suspends = (party: Party) =>
  world.operator.ask('mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code } } }', {
    id: party.id,
  });

describe('a party named by hand', () => {
  test('as a member is known for the role, to the coordinator and the reporter, and is told by a forward', async () => {
    const host = await world.provider();
    const { cert, vendor, report } = await queueOf(world, 'named.example');
    const cases = await cert.cases();
    const input = { role: 'HOST', party: { organisation: host.id }, reason: 'Its own web site says so.' };
    expect(codesOf(await decides(cert, 'addParty', cases, input))).toEqual(['DONE']);
    await world.settled();
    expect(await partiesOf(cert, 'named.example')).toEqual([`HOST ${host.name} COORDINATOR`]);
    expect(await rolesOf(vendor, report)).toEqual([`HOST ${host.name} NOT_TOLD IN_TRIAGE`]);
    await cert.confirms(cases);
    await cert.forwards(cases);
    await world.settled();
    expect(await host.inbox()).toMatchObject([{ resource: 'named.example' }]);
    expect(await rolesOf(vendor, report)).toEqual([`HOST ${host.name} NOT_TOLD SENT`]);
  });

  test('by a key is the organisation that is made for it, and whoever proves the key to be its own', async () => {
    const { cert, vendor, report } = await queueOf(world, 'keyed.example');
    const party = { kind: 'IANA_REGISTRAR_ID', value: '7001' };
    await decides(cert, 'addParty', await cert.cases(), { role: 'REGISTRAR', party });
    await world.settled();
    expect(await partiesOf(cert, 'keyed.example')).toEqual(['REGISTRAR Registrar with IANA id 7001 COORDINATOR']);
    const member = await world.provider();
    await world.verifies(member, [{ ...party, role: 'REGISTRAR' }]);
    await world.settled();
    expect(await partiesOf(cert, 'keyed.example')).toEqual([`REGISTRAR ${member.name} COORDINATOR`]);
    expect(await rolesOf(vendor, report)).toEqual([`REGISTRAR ${member.name} NOT_TOLD IN_TRIAGE`]);
  });

  test('wins over claims and what a reporter says, for its coordinator alone, and is remembered for the resource', async () => {
    const [claimed, right] = [await world.provider({ HOST: ['won.example'] }), await world.provider()];
    const { cert, vendor } = await queueOf(world, 'won.example');
    const other = await queueOf(world, 'won.example');
    const replace = { role: 'HOST', as: 'REPLACE', party: { organisation: right.id }, reason: 'It moved.' };
    await decides(cert, 'correctParty', await cert.cases(), replace);
    await world.settled();
    expect(await partiesOf(cert, 'won.example')).toEqual([`HOST ${right.name} COORDINATOR`]);
    expect(await partiesOf(other.cert, 'won.example')).toEqual([`HOST ${claimed.name} CLAIM`]);
    await decides(cert, 'endCases', await cert.cases(), { as: 'RESOLVED' });
    await vendor.submits([{ value: 'won.example', externalId: 'anew' }]);
    await world.settled();
    const [anew] = (await cert.cases()).filter(({ state }) => state === 'NEW');
    const { data } = await cert.ask(`query ($id: ID!) { case(id: $id) { parties { name } } }`, { id: anew?.id });
    expect(data.case.parties).toEqual([{ name: right.name }]);
  });

  test('tells no reporter who comes later that there was one before', async () => {
    const [claimed, right] = [await world.provider({ HOST: ['quiet.example'] }), await world.provider()];
    const { cert, vendor, report } = await queueOf(world, 'quiet.example');
    await decides(cert, 'addParty', await cert.cases(), { role: 'REGISTRAR', party: { organisation: right.id } });
    await decides(cert, 'correctParty', await cert.cases(), { role: 'HOST', as: 'REMOVE', reason: 'A front.' });
    await world.settled();
    const later = await world.vendor(cert);
    const second = await later.submits(['quiet.example']);
    await world.settled();
    expect(await rolesOf(later, second.report)).toEqual([`HOST ${claimed.name} NOT_TOLD IN_TRIAGE`]);
    expect(await rolesOf(vendor, report)).toEqual([
      'HOST  NOT_TOLD NO_CLAIM',
      `REGISTRAR ${right.name} NOT_TOLD IN_TRIAGE`,
    ]);
    await cert.confirms(await cert.cases());
    await cert.forwards(await cert.cases());
    await world.settled();
    expect(await rolesOf(later, second.report)).toEqual([
      `HOST ${claimed.name} NOT_APPLICABLE NOT_ASKED`,
      `REGISTRAR ${right.name} NOT_TOLD SENT`,
    ]);
    expect(await claimed.inbox()).toEqual([]);
  });

  test('is nobody any more while it is suspended, and no claim takes its place', async () => {
    const [named] = [await world.provider(), await world.provider({ HOST: ['gone.example'] })];
    const { cert, vendor, report } = await queueOf(world, 'gone.example');
    const replace = { role: 'HOST', as: 'REPLACE', party: { organisation: named.id }, reason: 'It moved.' };
    await decides(cert, 'correctParty', await cert.cases(), replace);
    await world.settled();
    await suspends(named);
    await world.settled();
    expect(await partiesOf(cert, 'gone.example')).toEqual([]);
    expect(await rolesOf(vendor, report)).toEqual(['HOST  NOT_TOLD NO_CLAIM']);
  });

  test('is removed, and forgotten, so that claims count again', async () => {
    const host = await world.provider({ HOST: ['back.example'] });
    const { cert } = await queueOf(world, 'back.example');
    const cases = await cert.cases();
    const corrects = async (as: string) => {
      const answer = await decides(cert, 'correctParty', cases, { role: 'HOST', as, reason: 'Why not.' });
      await world.settled();
      return [codesOf(answer), await partiesOf(cert, 'back.example')];
    };
    const stands = [`HOST ${host.name} CLAIM`];
    expect(await corrects('FORGET')).toEqual([['WRONG_STATE'], stands]);
    expect(await corrects('REMOVE')).toEqual([['DONE'], []]);
    expect(await corrects('REMOVE')).toEqual([['WRONG_STATE'], []]);
    expect(await corrects('FORGET')).toEqual([['DONE'], stands]);
  });

  test('is heard of by the coordinator alone', async () => {
    const host = await world.provider();
    const { cert, vendor } = await queueOf(world, 'heard.example');
    const beside = await world.cert();
    await decides(cert, 'addCoordinators', await cert.cases(), { coordinator: beside.id });
    await world.settled();
    await decides(cert, 'addParty', await cert.cases(), { role: 'HOST', party: { organisation: host.id } });
    await world.settled();
    await decides(cert, 'setContact', await cert.cases(), { role: 'HOST', contact: '+33 1 99 00 00 00' });
    await world.settled();
    const hears = async (party: Party) =>
      kindsOf(await party.events()).filter((kind) => /^PART(IES_CORRECTED|Y_CONTACTS_SET)$/.test(kind));
    expect(await hears(cert)).toEqual(['PARTIES_CORRECTED', 'PARTY_CONTACTS_SET']);
    for (const party of [beside, vendor, host]) expect(await hears(party)).toEqual([]);
    expect(JSON.stringify(await cert.events())).not.toContain('+33');
    const [one] = await cert.cases();
    const { data } = await beside.ask('query ($id: ID!) { case(id: $id) { parties { name } } }', { id: one?.id });
    expect(data.case).toEqual({ parties: [] });
  });
});

describe('what cannot be said is refused', () => {
  test('for each case in the order asked: a role that nobody acts in, one that is known, a lost race, a foreign case', async () => {
    const host = await world.provider({ HOST: ['known.example'] });
    const { cert } = await queueOf(world, 'known.example', 'free.example', 'a@box.example', 'raced.example');
    const foreign = await queueOf(world, 'free.example');
    const byName = new Map((await cert.cases()).map((one) => [one.resource, { id: one.id }]));
    const refs = ['free.example', 'known.example', 'a@box.example'].map((name) => byName.get(name) ?? { id: '' });
    const raced = { ...(byName.get('raced.example') ?? { id: '' }), expectedVersion: 9 };
    const [theirs] = await foreign.cert.cases();
    const { data } = await cert.ask(
      'mutation ($input: AddPartyInput!) { addParty(input: $input) { results { error { code } } } }',
      {
        input: {
          ...{ idempotencyKey: 'bulk', cases: [...refs, raced, { id: theirs?.id }] },
          ...{ role: 'HOST', party: { organisation: host.id } },
        },
      },
    );
    const codes = ['DONE', 'WRONG_STATE', 'BAD_INPUT', 'CONFLICT', 'NOT_FOUND'];
    expect(codesOf(data.addParty)).toEqual(codes);
  });

  test('as a whole: no party, a stranger, a key that is none, a correction without a reason', async () => {
    const { cert, vendor } = await queueOf(world, 'refused.example');
    const cases = await cert.cases();
    const wrong = async (field: string, input: object) =>
      (await decides(cert, field, cases, { role: 'HOST', ...input })).errors.map(({ code }) => code);
    expect(await wrong('addParty', { party: {} })).toEqual(['BAD_INPUT']);
    expect(await wrong('addParty', { party: { organisation: vendor.id } })).toEqual(['NOT_FOUND']);
    expect(await wrong('addParty', { party: { kind: 'ASN', value: 'AS0' } })).toEqual(['BAD_INPUT']);
    expect(await wrong('addParty', { party: { kind: 'DOMAIN_SUFFIX', value: 'x.example' } })).toEqual(['BAD_INPUT']);
    expect(await wrong('addParty', { party: { kind: 'IANA_REGISTRAR_ID', value: '7' } })).toEqual(['BAD_INPUT']);
    expect(await wrong('correctParty', { as: 'REMOVE', reason: ' ' })).toEqual(['BAD_INPUT']);
    expect(await wrong('correctParty', { as: 'REPLACE', reason: 'x' })).toEqual(['BAD_INPUT']);
    expect(codesOf(await decides(cert, 'setContact', cases, { role: 'HOST', mark: 'DEAD' }))).toEqual(['NO_PARTY']);
  });

  test('and a dry run leaves no trace; a repeated one has one effect', async () => {
    const host = await world.provider();
    const { cert } = await queueOf(world, 'rehearsed.example');
    const cases = await cert.cases();
    const input = { role: 'HOST', party: { organisation: host.id }, idempotencyKey: 'again' };
    await world.settled();
    const before = await traces(world);
    expect(codesOf(await decides(cert, 'addParty', cases, { ...input, dryRun: true }))).toEqual(['DONE']);
    expect(await traces(world)).toEqual(before);
    const first = await decides(cert, 'addParty', cases, input);
    expect((await decides(cert, 'addParty', cases, input)).receipt).toEqual(first.receipt);
  });
});

test('how a party is reached is remembered for the coordinator, on all its cases', async () => {
  await world.provider({ HOST: ['reached.example', 'again.example'] });
  const { cert } = await queueOf(world, 'reached.example', 'again.example');
  const other = await queueOf(world, 'reached.example');
  await decides(cert, 'setContact', (await cert.cases()).slice(0, 1), {
    ...{ role: 'HOST', contact: 'https://form.example/abuse', mark: 'FORM' },
  });
  const reached = async (party: Party) => {
    const { data } = await party.ask(PARTIES);
    return data.cases.edges.flatMap(({ node }: { node: { parties: { contact: string; contactMark: string }[] } }) =>
      node.parties.map(({ contact, contactMark }) => [contact, contactMark]),
    );
  };
  const noted = ['https://form.example/abuse', 'FORM'];
  expect(await reached(cert)).toEqual([noted, noted]);
  expect(await reached(other.cert)).toEqual([[null, null]]);
});
