import { TestIssuer } from '../support/issuer.ts';
import { joined, waiting } from '../support/members.ts';
import type { TestServer } from '../support/postgres.ts';
import { decides } from '../support/coordinator.ts';
import { adds, allowsTelling, seals, withdraws } from '../support/reporter.ts';
import { decideAll } from './decided.ts';
import { talkAtDesks } from './desk-talk.ts';
import { recoverSome } from './recoveries.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

const SHARED = ['one.example', 'two.example', 'three.example'];
const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';

/**
 * Much happens in the world: vendors on the same resources, two coordinators at one provider, and every kind of fact
 * that a use case writes. Those who take part.
 */
export async function happenings(world: World): Promise<readonly Party[]> {
  const [first, second] = [await world.cert(), await world.cert()];
  const vendors = [await world.vendor(first), await world.vendor(first), await world.vendor(second)];
  const registrar = await world.provider({ REGISTRAR: SHARED });
  const host = await world.provider({ HOST: SHARED.slice(1) });
  for (const [index, vendor] of vendors.entries()) {
    await vendor.submits([...SHARED, `own-${index}.example`, MD5]);
    await vendor.submits(['held.example'], { seal: false });
    const { report } = await vendor.submits(['two.example'], { seal: false, tell: 'ASK_ME' });
    await adds(vendor, report, ['www.one.example']);
    await seals(vendor, report);
    await allowsTelling(vendor, report);
  }
  await first.submits(['three.example', 'of-a-cert.example']);
  await world.settled();
  for (const cert of [first, second]) await forwardAll(world, cert);
  for (const provider of [registrar, host]) await answer(provider);
  await takeBackWhatJoined(world, first);
  await takeBackWhatWasWrong(world);
  await decideAll(world);
  await recoverSome(world);
  await talkAtDesks(world);
  await manageKeys(world, [...vendors, registrar, first]);
  await operatorOfItsOwn(world);
  await strangersJoin(world, first);
  await stateFeeds([...vendors, registrar]);
  await world.settled();
  return [first, second, ...vendors, registrar, host];
}

async function forwardAll(world: World, cert: Party): Promise<void> {
  const cases = (await cert.cases()).filter(({ state }) => state !== 'UNRESOLVED' && state !== 'WITHDRAWN');
  await cert.confirms(cases);
  await cert.forwards(cases, { confirmNoParty: true });
  await world.settled();
}

async function answer(provider: Party): Promise<void> {
  const events = await provider.events();
  await provider.readsUpTo(events.at(-1)?.cursor ?? '');
  const [acted, declined] = await provider.inbox();
  if (acted) await provider.acts([acted]);
  if (declined) await provider.declines([declined]);
}

/** A late report extends what was asked, another is all that stands in a case of its own; both are taken back. */
async function takeBackWhatJoined(world: World, cert: Party): Promise<void> {
  const late = await world.vendor(cert);
  await world.provider({ HOST: ['alone.example'] });
  const { report } = await late.submits(['late.one.example', 'alone.example']);
  await world.settled();
  await forwardAll(world, cert);
  await withdraws(late, report);
  await world.settled();
}

/** A coordinator takes back a part of what it asked, and then all of it. */
async function takeBackWhatWasWrong(world: World): Promise<void> {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  await world.provider({ HOST: ['wrong.example'] });
  const { results } = await vendor.submits(['wrong.example', 'www.wrong.example']);
  await world.settled();
  await forwardAll(world, cert);
  for (const indicators of [[results[0].indicator.id], null]) {
    await decides(cert, 'retractCases', await cert.cases(), { reason: 'FALSE_POSITIVE', indicators });
    await world.settled();
  }
}

/** People join, one for a while only, and two of them do together what one alone may not. */
async function demandFourEyes(party: Party): Promise<void> {
  const subject = party.name.replaceAll(/\W/g, '');
  const managing = ['ORGANISATION_MANAGE'];
  const staff = [await joined(party, `${subject}1`, managing), await joined(party, `${subject}2`, managing)] as const;
  const [, id] = staff;
  for (const verb of ['suspendMember', 'reinstateMember']) {
    await party.ask(`mutation ($id: ID!) { ${verb}(member: $id) { member } }`, { id });
  }
  const late = { name: 'Late', email: 'late@people.example' };
  const { data } = await party.ask('mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { member } }', {
    input: late,
  });
  await party.ask('mutation ($id: ID!) { renewInvitation(member: $id) { member } }', { id: data.inviteMember.member });
  await waiting(party, staff, { verb: 'setActPolicy', input: '{ first: 1 }' }, true);
  const declined = await waiting(party, staff, { verb: 'setActPolicy', input: '{ second: 1 }' });
  await party.ask('mutation ($id: ID!) { declineAct(approval: $id) { receipt { entryId } } }', { id: declined });
}

async function manageKeys(world: World, parties: readonly Party[]): Promise<void> {
  const invite = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { member } }';
  const issue = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { client } }';
  for (const party of parties) {
    const { data } = await party.ask(invite, { input: { name: 'A person', email: 'person@somewhere.example' } });
    const input = { name: 'Hers', permissions: ['EVENTS_READ'], member: data.inviteMember.member };
    const made = await party.ask(issue, { input });
    if (party !== parties[0]) continue;
    await party.ask('mutation ($id: ID!) { revokeClient(client: $id) { client } }', {
      id: made.data.createClient.client,
    });
    await party.ask('mutation ($id: ID!) { removeMember(member: $id) { member } }', { id: data.inviteMember.member });
  }
  for (const reinstated of [true, false]) {
    const { id } = await world.organisation(['AUTHORITY']);
    await world.operator.ask('mutation ($id: ID!) { suspendOrganisation(organisation: $id) { receipt { entryId } } }', {
      id,
    });
    if (!reinstated) continue;
    await world.operator.ask(
      'mutation ($id: ID!) { reinstateOrganisation(organisation: $id) { receipt { entryId } } }',
      { id },
    );
  }
  const [party, ...others] = parties;
  for (const each of others.slice(0, 2)) await demandFourEyes(each);
  if (party) await replaceAndLink(world, party);
  if (party) await orderErasure(world, party);
}

/** An order that nobody has carried out yet. */
async function orderErasure({ operator }: World, party: Party): Promise<void> {
  const entry = (await party.events()).find(({ kind }) => kind === 'MEMBER_INVITED')?.entryId;
  await operator.ask('mutation ($input: EraseEntryInput!) { eraseEntry(input: $input) { errors { code } } }', {
    input: { idempotencyKey: 'an order', entry, reason: 'Asked for.' },
  });
}

async function replaceAndLink({ hub }: World, party: Party): Promise<void> {
  const issue = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { client } }';
  const made = await party.ask(issue, { input: { name: 'Replaced', permissions: ['EVENTS_READ'] } });
  await party.ask('mutation ($input: UpdateClientInput!) { updateClient(input: $input) { client } }', {
    input: { client: made.data.createClient.client, networks: ['192.0.2.0/24'] },
  });
  await party.ask('mutation ($input: RotateClientKeyInput!) { rotateClientKey(input: $input) { client } }', {
    input: { client: made.data.createClient.client },
  });
  const issuer = await TestIssuer.start('machine');
  const { accessTokens: tokens } = hub.app;
  tokens.trust(issuer.url);
  const accessToken = issuer.sign({ ...(await issuer.claims('machine')), aud: tokens.audience });
  await party.ask('mutation ($input: LinkClientInput!) { linkClient(input: $input) { client } }', {
    input: { name: 'By tokens', permissions: ['EVENTS_READ'], accessToken },
  });
  await issuer.stop();
}

/** A registrar is known by its key alone until somebody joins for it; a contact waits for the consent of a holder. */
async function strangersJoin(world: World, cert: Party): Promise<void> {
  const vendor = await world.vendor(cert);
  await vendor.submits([{ value: 'strange.example', hosting: { registrarIanaId: 3999 } }]);
  await world.settled();
  await forwardAll(world, cert);
  const { data } = await world.operator.ask(
    '{ organisations(first: 1, state: "UNCLAIMED") { edges { node { id name } } } }',
  );
  await world.operator.ask(
    'mutation ($input: CreateOrganisationInput!) { createOrganisation(input: $input) { errors { code } } }',
    { input: { name: 'Joined', roles: ['PROVIDER'], unclaimed: data.organisations.edges[0].node.id } },
  );
  await world.provider({ DNS_OPERATOR: ['strange.example'] });
  const contact = await world.provider();
  await contact.claims([{ kind: 'CONTACT_FOR', value: 'strange.example', role: 'DNS_OPERATOR' }]);
}

/** The same, with delegates and readers of each capacity, which no use case makes yet: written as the superuser. */
export async function makeCrowd(on?: TestServer): Promise<World> {
  const world = await createWorld({}, on);
  const parties = await happenings(world);
  const delegate = await world.provider({ PLATFORM: ['elsewhere.example'] });
  const others = [await world.organisation(['AUTHORITY']), await world.organisation(['VENDOR', 'PROVIDER'])];
  await world.settled();
  await addReaders(world, [...parties, delegate, ...others]);
  return world;
}

async function stateFeeds(parties: readonly Party[]): Promise<void> {
  const state = 'mutation ($input: IssueFeedStatementInput!) { issueFeedStatement(input: $input) { errors { code } } }';
  for (const party of parties) await party.ask(state, { input: { idempotencyKey: 'a statement' } });
}

async function operatorOfItsOwn(world: World): Promise<void> {
  const operator = await world.organisation(['OPERATOR']);
  await operator.ask(
    'mutation ($input: CreateOrganisationInput!) { createOrganisation(input: $input) { errors { code } } }',
    { input: { name: 'Of the other operator', roles: ['PROVIDER'] } },
  );
}

const CAPACITIES = ['COORDINATOR', 'CO_COORDINATOR', 'AUTHORITY', 'TARGET', 'MEMBER'];

/** Delegated items, and readers of each capacity on reports and cases picked at random. */
async function addReaders({ database }: World, parties: readonly Party[]): Promise<void> {
  const ids = parties.map(({ id }) => Buffer.from(id, 'base64url').toString().split(':')[1]);
  // Without the trigger that wants an entry for each change: nobody is to hear of these.
  await database.admin('SET session_replication_role = replica');
  await database.admin(
    `INSERT INTO reader (organisation_id, object_id, capacity)
     SELECT o.id, x.id, ($2::text[])[1 + floor(random() * 5)::int]
       FROM unnest($1::uuid[]) AS o(id), (SELECT id FROM triage_case UNION ALL SELECT id FROM report) x
      WHERE random() < 0.3 ON CONFLICT DO NOTHING`,
    [ids, CAPACITIES],
  );
  await database.admin(
    `INSERT INTO inbox_item (id, provider_id, parent_id, delegator_id, role, resource, resource_kind, value, state, due_at, sent_at)
     SELECT gen_random_uuid(), p.id, b.id, b.provider_id, b.role, b.resource, b.resource_kind, b.value, 'SENT', b.due_at, b.sent_at
       FROM inbox_item b, unnest($1::uuid[]) AS p(id) WHERE b.provider_id <> p.id`,
    [ids.slice(-3)],
  );
  await database.admin(
    `INSERT INTO delegated_observable (item_id, ord, provider_id, delegator_id, type, value, category)
     SELECT id, 0, provider_id, delegator_id, 'DOMAIN', value, 'PHISHING' FROM inbox_item WHERE delegator_id IS NOT NULL ON CONFLICT DO NOTHING`,
  );
  await database.admin('SET session_replication_role = origin');
}
