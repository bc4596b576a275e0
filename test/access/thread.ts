import { randomUUID } from 'node:crypto';

import { toGlobalId } from '../../src/platform/ids.ts';
import { PERMISSIONS, type Permission } from '../../src/platform/viewer.ts';
import { joined, waiting } from '../support/members.ts';
import { DECIDE } from '../support/api.ts';
import { AUDIENCE, TestIssuer } from '../support/issuer.ts';
import type { TestServer } from '../support/postgres.ts';
import { signed } from '../support/proven.ts';
import { decides } from '../support/coordinator.ts';
import { createWorld, Party, type World } from '../support/world.ts';
import { DESK, makeDecided, makeDesk } from './thread-states.ts';

/** One report all the way to its answers, everybody who has a part in it, and one stranger of each role. */
export interface Thread {
  readonly world: World;
  readonly parties: Readonly<Record<PartyName, Party>>;
  /** Global ids of what the parties are asked about. */
  readonly subjects: Readonly<Record<SubjectName, string>>;
  readonly suspended: Party;
  /** Whose access tokens the hub believes. */
  readonly issuer: TestIssuer;
  leave(): Promise<void>;
}

export const PARTIES = [
  'VENDOR',
  'CERT',
  'PROVIDER',
  'AUTHORITY',
  'OPERATOR',
  'otherReporter',
  'otherCoordinator',
  'coCoordinator',
  'successor',
  'otherProvider',
  'claimant',
  'delegate',
  'reporter',
  'coordinator',
  'provider',
  'operator',
] as const;
export type PartyName = (typeof PARTIES)[number];

export type SubjectName =
  | 'organisation'
  | 'doomed'
  | 'paused'
  | 'member'
  | 'joined'
  | 'approval'
  | 'client'
  | 'report'
  | 'unsealed'
  | 'quiet'
  | 'withdrawn'
  | 'toErase'
  | 'indicator'
  | 'case'
  | 'claimed'
  | 'taken'
  | 'ended'
  | 'asked'
  | 'moved'
  | 'question'
  | 'cert'
  | 'claim'
  | 'pendingClaim'
  | 'releasedClaim'
  | 'contact'
  | 'item'
  | 'acknowledged'
  | 'acted'
  | 'declined'
  | 'reviewed'
  | 'inquired'
  | 'handed'
  | 'revoked'
  | 'restored'
  | 'inquiry'
  | 'delegated'
  | 'delegate'
  | 'referral'
  | 'consented'
  | 'handedOver'
  | 'handedReport'
  | 'handedIndicator'
  | 'handedReferral'
  | 'lost'
  | 'recovery'
  | 'entry';

const NAMES = ['thread.example', 'acknowledged.example', 'acted.example', 'declined.example'];

/** Builds it through the same door that any client uses. */
export async function makeThread(on?: TestServer): Promise<Thread> {
  const issuer = await TestIssuer.start();
  const world = await createWorld({ oauth: { issuers: [issuer.url], audience: AUDIENCE } }, on);
  const parties = await makeParties(world);
  const { reporter, otherReporter, coordinator, otherCoordinator, provider, operator } = parties;
  const main = await reporter.submits(NAMES);
  await otherReporter.submits(['www.thread.example']);
  await otherCoordinator.submits(NAMES);
  await world.settled();
  for (const cert of [coordinator, otherCoordinator]) {
    const cases = await cert.cases();
    await cert.confirms(cases);
    await cert.forwards(cases);
  }
  await world.settled();
  const inbox = new Map((await provider.inbox()).map((item) => [item.resource, item]));
  const [item, acknowledged, acted, declined] = NAMES.map((name) => inbox.get(name));
  const referral = item?.referrals.find(({ coordinator: name }) => name === coordinator.name);
  const theCase = (await coordinator.cases()).find(({ resource }) => resource === NAMES[0]);
  await decides(coordinator, 'addCoordinators', [{ id: theCase?.id ?? '' }], { coordinator: parties.coCoordinator.id });
  const desk = await makeDesk(world, parties);
  const decided = await makeDecided(world, coordinator, reporter);
  const [claim] = await world.verifies(provider, [{ role: 'REGISTRAR', domainSuffix: 'verified.example' }]);
  const [pendingClaim] = await provider.claims([{ role: 'HOST', domainSuffix: 'pending.example' }]);
  const [releasedClaim] = await provider.claims([{ kind: 'ASN', value: '64500', role: 'NETWORK' }]);
  // Waits for the consent of the other provider, who hosts it.
  const contactFor = (value: string) => [{ kind: 'CONTACT_FOR', value, role: 'HOST' }];
  const [contact] = await provider.claims(contactFor('www.thread.example'));
  const [consented] = await parties.claimant.claims(contactFor('mail.thread.example'));
  await decideClaims(parties.otherProvider, consented);
  const member = await memberOf(reporter);
  const manages = ['ORGANISATION_MANAGE', 'REPORTS_SUBMIT'];
  const staff = [await joined(reporter, 'one', manages), await joined(reporter, 'two', manages)] as const;
  const subjects = {
    organisation: reporter.id,
    doomed: (await world.organisation(['VENDOR'], coordinator)).id,
    paused: await pausedBy(operator, world),
    member,
    joined: staff[0],
    approval: await waiting(reporter, staff, { verb: 'withdrawIndicators', input: '{}' }),
    client: (await clientOf(reporter, ['events:read'])).client,
    report: main.report.id,
    unsealed: (await reporter.submits(['unsealed.example'], { seal: false })).report.id,
    quiet: (await reporter.submits(['quiet.example'], { tell: 'ASK_ME' })).report.id,
    withdrawn: (await reporter.submits(['withdrawn.example'])).report.id,
    indicator: main.results[0].indicator.id,
    case: theCase?.id ?? '',
    ...decided,
    cert: (await world.cert()).id,
    claim: claim ?? '',
    pendingClaim: pendingClaim ?? '',
    releasedClaim: releasedClaim ?? '',
    contact: contact ?? '',
    consented: consented ?? '',
    item: item?.id ?? '',
    acknowledged: acknowledged?.id ?? '',
    acted: acted?.id ?? '',
    declined: declined?.id ?? '',
    ...desk,
    referral: referral?.id ?? '',
    entry: main.receipt.entryId,
    toErase: (await reporter.submits(['to-erase.example'])).receipt.entryId,
    lost: (await world.organisation(['VENDOR'])).id,
    recovery: await recoveryOf(reporter, operator, parties.OPERATOR),
  };
  const suspended = await world.organisation(['VENDOR', 'CERT', 'PROVIDER', 'AUTHORITY', 'OPERATOR']);
  await operator.ask('mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code } } }', {
    id: suspended.id,
  });
  await reporter.ask('mutation { issueFeedStatement(input: { idempotencyKey: "a statement" }) { errors { code } } }');
  await signed(world);
  const leave = async () => {
    await world[Symbol.asyncDispose]();
    await issuer.stop();
  };
  return { world, parties, subjects, suspended, issuer, leave };
}

async function makeParties(world: World): Promise<Record<PartyName, Party>> {
  const coordinator = await world.cert();
  const strangeCert = await world.cert();
  const claims = (role: string) => ({ [role]: NAMES });
  return {
    VENDOR: await world.vendor(strangeCert),
    CERT: strangeCert,
    PROVIDER: await world.provider({ HOST: ['elsewhere.example'] }),
    AUTHORITY: await world.organisation(['AUTHORITY']),
    OPERATOR: await world.organisation(['OPERATOR']),
    otherReporter: await world.vendor(coordinator),
    otherCoordinator: await world.cert(),
    coCoordinator: await world.cert(),
    successor: await world.cert(),
    otherProvider: await world.provider(claims('HOST')),
    claimant: await world.provider(),
    delegate: await world.provider(),
    reporter: await world.vendor(coordinator),
    coordinator,
    provider: await world.provider({ REGISTRAR: [...NAMES, ...DESK.map((name) => `${name}.example`)] }),
    operator: world.operator,
  };
}

/** A credential of the party: its id and the party behind it. Without permissions named: all that the party holds. */
export async function clientOf(
  party: Party,
  permissions: readonly Permission[],
  expiresAt: Date | null = null,
): Promise<{ client: string; party: Party }> {
  const names = permissions.map((permission) => permission.toUpperCase().replace(':', '_'));
  const { data } = await party.ask(
    'mutation ($input: CreateClientInput!) { createClient(input: $input) { client apiKey errors { message } } }',
    { input: { name: `a client ${randomUUID()}`, permissions: names, expiresAt } },
  );
  const { client, apiKey } = data.createClient;
  return { client, party: new Party(party.world, party.id, party.name, apiKey) };
}

export async function permissionsOf(party: Party): Promise<Permission[]> {
  const { data } = await party.ask('{ viewer { permissions } }');
  return PERMISSIONS.filter((each) => data.viewer.permissions.includes(each.toUpperCase().replace(':', '_')));
}

async function decideClaims(holder: Party, claim = ''): Promise<void> {
  await holder.ask(DECIDE, { input: { idempotencyKey: randomUUID(), claims: [claim] } });
}

async function pausedBy(operator: Party, world: World): Promise<string> {
  const { id } = await world.organisation(['VENDOR']);
  await operator.ask('mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code } } }', { id });
  return id;
}

/** Begun by its operator, for the stranger who operates to agree to. */
async function recoveryOf(party: Party, operator: Party, { id: seconder }: Party): Promise<string> {
  const { data } = await operator.ask(
    'mutation ($input: BeginRecoveryInput!) { beginRecovery(input: $input) { recovery { id } } }',
    { input: { organisation: party.id, seconder, reason: 'They called.' } },
  );
  return data.beginRecovery.recovery.id;
}

async function memberOf(party: Party): Promise<string> {
  const input = { name: 'A person', email: 'person@reporter.example' };
  const { data } = await party.ask(
    'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { member errors { message } } }',
    { input },
  );
  return data.inviteMember.member;
}

/** An id of the same type that no row has. */
export const unknownLike = (id: string): string =>
  toGlobalId(Buffer.from(id, 'base64url').toString().split(':')[0] ?? '', randomUUID());
