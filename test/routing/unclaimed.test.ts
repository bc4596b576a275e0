import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { contentsOf } from '../support/reporter.ts';
import { waitingForLocks } from '../support/rivals.ts';
import { createWorld, Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const UNCLAIMED = '{ organisations(first: 100, state: "UNCLAIMED") { edges { node { id name } } } }';
const JOIN = `mutation ($input: CreateOrganisationInput!) { createOrganisation(input: $input) {
  apiKey organisation { id name state } errors { code path } } }`;

/** The organisations that nobody has claimed, by name, as the party sees them. */
async function unclaimed(party: Party): Promise<Map<string, string>> {
  const { data } = await party.ask(UNCLAIMED);
  return new Map(
    data.organisations.edges.map(({ node }: { node: { id: string; name: string } }) => [node.name, node.id]),
  );
}

async function join(operator: Party, id: string, name: string, roles = ['PROVIDER']) {
  return (await operator.ask(JOIN, { input: { name, roles, unclaimed: id } })).data.createOrganisation;
}

/** A report of one name by a vendor that knows its registrar, forwarded by its CERT. */
async function forwarded(value: string, registrarIanaId: number) {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits([{ value, hosting: { registrarIanaId } }]);
  await world.settled();
  await forwardAll(cert);
  return { cert, vendor, report };
}

async function forwardAll(cert: Party): Promise<void> {
  const cases = await cert.cases();
  await cert.confirms(cases);
  await cert.forwards(cases);
  await world.settled();
}

const rolesOf = async (vendor: Party, report: { id: string }) =>
  (await contentsOf(vendor, report)).responsibilities.map(({ role, party, state, reason }) => [
    role,
    party,
    state,
    reason,
  ]);

describe('a party that is known by a key alone', () => {
  test('is an organisation from the first day: everything is addressed to it, and nobody is said to be told', async () => {
    const { cert, vendor, report } = await forwarded('first.example', 4001);
    const name = 'Registrar with IANA id 4001';
    expect(await rolesOf(vendor, report)).toEqual([['REGISTRAR', name, 'NOT_TOLD', 'NO_CHANNEL']]);
    const { data } = await cert.ask(
      '{ cases(first: 1) { edges { node { state parties { name unclaimed } referrals { provider state } } } } }',
    );
    expect(data.cases.edges[0].node).toMatchObject({ state: 'REFERRED', parties: [{ name, unclaimed: true }] });
    const [row] = await world.database.admin(
      'SELECT b.state FROM inbox_item b JOIN organisation o ON o.id = b.provider_id WHERE o.name = $1',
      [name],
    );
    expect(row).toEqual({ state: 'SENT' });
  });

  test('is one organisation however many know of it, and another for another key', async () => {
    await forwarded('second.example', 4002);
    await forwarded('third.example', 4002);
    await forwarded('fourth.example', 4003);
    const names = await world.database.admin<{ name: string }>(
      "SELECT name FROM organisation WHERE state = 'UNCLAIMED' AND name ~ '400[23]' ORDER BY name",
    );
    expect(names.map(({ name }) => name)).toEqual(['Registrar with IANA id 4002', 'Registrar with IANA id 4003']);
  });

  test('is made for roles that nobody has: networks of addresses, registrars of names, and no others', async () => {
    await world.provider({ REGISTRAR: ['served.example'] });
    const cert = await world.cert();
    await cert.submits([
      { value: 'served.example', hosting: { registrarIanaId: 4010, asn: '64510' } },
      { value: '203.0.113.9', hosting: { asn: '64511' } },
      { value: 'handled.example', hosting: { registrarHandle: 'some-one' } },
    ]);
    await world.settled();
    const { data } = await cert.ask('{ cases(first: 9) { edges { node { resource parties { role name } } } } }');
    const parties = data.cases.edges.map(({ node }: { node: { resource: string; parties: object[] } }) => [
      node.resource,
      ...node.parties.flatMap((party) => Object.values(party)),
    ]);
    expect(parties.sort()).toEqual([
      ['203.0.113.9', 'NETWORK', 'Network AS64511'],
      ['handled.example', 'REGISTRAR', 'Registrar SOME-ONE of .example'],
      ['served.example', 'REGISTRAR', expect.stringMatching(/^PROVIDER/)],
    ]);
    expect([...(await unclaimed(world.operator)).keys()].filter((name) => /4010|64510/.test(name))).toEqual([]);
  });

  test('is seen by the operator of its coordinator, and by no other organisation', async () => {
    await forwarded('seen.example', 4020);
    const name = 'Registrar with IANA id 4020';
    expect((await unclaimed(world.operator)).has(name)).toBe(true);
    for (const stranger of [await world.organisation(['OPERATOR']), await world.cert(), await world.provider()]) {
      expect([...(await unclaimed(stranger)).keys()]).toEqual([]);
    }
  });
});

describe('joining claims the organisation', () => {
  test('with its feed, its desk and its proofs, and tells nothing that was told again', async () => {
    const { cert, vendor, report } = await forwarded('joined.example', 4030);
    const id = (await unclaimed(world.operator)).get('Registrar with IANA id 4030') ?? '';
    const before = await world.database.admin<{ n: number; head: string }>(
      `SELECT count(*)::int AS n, encode((SELECT hash FROM feed_head WHERE organisation_id = f.organisation_id), 'hex') AS head FROM feed f
        WHERE organisation_id = $1::uuid GROUP BY organisation_id`,
      [Buffer.from(id, 'base64url').toString().split(':')[1]],
    );
    const made = await join(world.operator, id, 'Registelle');
    expect(made).toMatchObject({ organisation: { id, name: 'Registelle', state: 'ACTIVE' }, errors: [] });
    const joiner = new Party(world, id, 'Registelle', made.apiKey);
    await world.settled();

    const events = await joiner.events();
    expect(events.map(({ sequence }) => Number(sequence))).toEqual(events.map((_, index) => index + 1));
    const kinds = events.map(({ kind }) => kind);
    expect(kinds.slice(0, before[0]?.n)).toEqual([
      'ORGANISATION_CREATED',
      'ASSETS_CLAIMED',
      'ITEMS_ARRIVED',
      'REFERRALS_ISSUED',
    ]);
    expect(kinds.filter((kind) => kind === 'REFERRALS_ISSUED')).toHaveLength(1);
    const [still] = await world.database.admin(
      `SELECT encode(hash, 'hex') AS head FROM feed WHERE organisation_id = $1::uuid AND seq = $2`,
      [Buffer.from(id, 'base64url').toString().split(':')[1], before[0]?.n],
    );
    expect(still).toEqual({ head: before[0]?.head });

    expect(await rolesOf(vendor, report)).toEqual([['REGISTRAR', 'Registelle', 'NOT_TOLD', 'SENT']]);
    expect(await joiner.inbox()).toMatchObject([
      { resource: 'joined.example', state: 'SENT', referrals: [{ coordinator: cert.name }] },
    ]);
    await joiner.readsUpTo(events.at(-1)?.cursor ?? '');
    await world.settled();
    expect(await rolesOf(vendor, report)).toEqual([['REGISTRAR', 'Registelle', 'TOLD', null]]);
    const later = await forwarded('later.example', 4030);
    expect(await rolesOf(later.vendor, later.report)).toEqual([['REGISTRAR', 'Registelle', 'NOT_TOLD', 'SENT']]);
  });

  test('once, by its own operator, as a provider and nothing else', async () => {
    await forwarded('once.example', 4040);
    const id = (await unclaimed(world.operator)).get('Registrar with IANA id 4040') ?? '';
    const codes = ({ errors }: { errors: { code: string }[] }) => errors.map(({ code }) => code);
    expect(codes(await join(await world.organisation(['OPERATOR']), id, 'Stranger'))).toEqual(['NOT_FOUND']);
    expect(codes(await join(world.operator, id, 'Greedy', ['PROVIDER', 'CERT']))).toEqual(['BAD_INPUT']);
    expect(codes(await join(world.operator, id, 'Right'))).toEqual([]);
    expect(codes(await join(world.operator, id, 'Again'))).toEqual(['NOT_FOUND']);
    expect(codes(await join(world.operator, (await world.provider()).id, 'Renamed'))).toEqual(['NOT_FOUND']);
  });

  test('is held to by the database: nobody renames an organisation that somebody has', async () => {
    const provider = await world.provider();
    const operator = await world.database.connect('tocsin_app');
    const [row] = await world.database.admin<{ id: string; operator_id: string }>(
      'SELECT id, operator_id FROM organisation WHERE name = $1',
      [provider.name],
    );
    await operator.query("SELECT set_config('tocsin.org', $1, false)", [row?.operator_id]);
    const rename = operator.query('UPDATE organisation SET name = $2 WHERE id = $1', [row?.id, 'Renamed']);
    await expect(rename).rejects.toMatchObject({ code: '42501' });
    await operator.end();
  });
});

describe('a member that proves the key to be its own', () => {
  test('takes it over: what was not told is found to be its, and the next forward tells it', async () => {
    const { cert, vendor, report } = await forwarded('taken.example', 4050);
    const member = await world.provider();
    await world.verifies(member, [{ kind: 'IANA_REGISTRAR_ID', value: '4050', role: 'REGISTRAR' }]);
    await world.settled();
    const claims = await world.database.admin<{ state: string }>(
      "SELECT state FROM asset_claim WHERE value = '4050' ORDER BY state",
    );
    expect(claims.map(({ state }) => state)).toEqual(['RELEASED', 'VERIFIED']);
    expect(await rolesOf(vendor, report)).toEqual([['REGISTRAR', member.name, 'NOT_TOLD', 'IN_TRIAGE']]);
    expect((await cert.events()).at(-1)).toMatchObject({
      kind: 'PARTIES_CHANGED',
      details: [{ roles: ['REGISTRAR'] }],
    });
    await forwardAll(cert);
    expect(await rolesOf(vendor, report)).toEqual([['REGISTRAR', member.name, 'NOT_TOLD', 'SENT']]);
    expect(await member.inbox()).toMatchObject([{ resource: 'taken.example' }]);
  });
});

test('two who learn of the same key at once make one organisation', async () => {
  const cert = await world.cert();
  const rival = new pg.Client({ connectionString: world.database.address.adminUrl });
  await rival.connect();
  await rival.query('BEGIN; SET LOCAL search_path = hub; SET LOCAL session_replication_role = replica');
  await rival.query(`SELECT pg_advisory_xact_lock(hashtextextended('asset claims', 4))`);
  await rival.query(
    `WITH made AS (INSERT INTO organisation (id, name, roles, state, operator_id)
       SELECT gen_random_uuid(), 'made first', '{PROVIDER}', 'UNCLAIMED', id FROM organisation WHERE 'OPERATOR' = ANY (roles) LIMIT 1 RETURNING id, operator_id)
     INSERT INTO asset_claim (id, organisation_id, organisation_name, operator_id, kind, role, value, state, created_at, decided_at)
     SELECT gen_random_uuid(), id, 'made first', operator_id, 'IANA_REGISTRAR_ID', 'REGISTRAR', '4060', 'VERIFIED', now(), now() FROM made`,
  );
  await cert.submits([{ value: 'at-once.example', hosting: { registrarIanaId: 4060 } }]);
  await waitingForLocks(world, 1);
  await rival.query('COMMIT');
  await rival.end();
  await world.settled();
  expect(await world.database.admin("SELECT FROM asset_claim WHERE value = '4060'")).toHaveLength(1);
  const { data } = await cert.ask('{ cases(first: 1) { edges { node { parties { name } } } } }');
  expect(data.cases.edges[0].node.parties).toEqual([{ name: 'made first' }]);
});
