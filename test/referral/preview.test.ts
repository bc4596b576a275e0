import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { ASSESSMENTS } from '../../src/triage/case.ts';
import { decides, traces } from '../support/coordinator.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const PREVIEW = `query ($input: PreviewInput!) { preview(input: $input) { errors { code message }
  resources { resource resourceKind parties { role party unclaimed observables requestedAction legalBasis } absent { reason role observables } } } }`;
const previews = async (party: Party, input: object) => (await party.ask(PREVIEW, { input })).data.preview;

async function says(
  cert: Party,
  one: { id: string },
  named: Party,
  { role, as, isKnown }: { role: string; as: string; isKnown: boolean },
): Promise<void> {
  const party =
    as === 'KEY'
      ? { kind: 'CONTACT_DOMAIN', value: `${role.toLowerCase().replace('_', '-')}.example` }
      : { organisation: named.id };
  if (!isKnown && as !== 'REMOVE') await decides(cert, 'addParty', [one], { role, party });
  if (!isKnown) return;
  const correction = as === 'REMOVE' ? { as: 'REMOVE' } : { as: 'REPLACE', party };
  await decides(cert, 'correctParty', [one], { role, ...correction, reason: 'It is so.' });
}

test('what is foreseen is what is then asked, whatever the assessment, the parties and the labels; and looking leaves no trace', async () => {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const roles = ['REGISTRY', 'REGISTRAR', 'HOST', 'DNS_OPERATOR', 'CDN_PROXY'];
  const drawn = fc.sample(
    fc.record({
      assessment: fc.constantFrom(...ASSESSMENTS),
      known: fc.subarray(roles),
      labels: fc.constantFrom({}, {}, {}, { pap: 'AMBER' }, { tell: 'ASK_ME' }),
      // What the coordinator says of a role before it decides: somebody else, a key, nobody.
      word: fc.option(fc.record({ role: fc.constantFrom(...roles), as: fc.constantFrom('MEMBER', 'KEY', 'REMOVE') })),
    }),
    { numRuns: 24, seed: 7 },
  );
  const providers = new Map(await Promise.all(roles.map(async (role) => [role, await world.provider()] as const)));
  for (const [index, { known, labels }] of drawn.entries()) {
    for (const role of known)
      await world.verifies(providers.get(role) as Party, [{ role, domainSuffix: `c${index}.example` }]);
    await vendor.submits([`c${index}.example`, `www.c${index}.example`], labels);
  }
  await world.settled();
  const named = await world.provider();
  for (const one of await cert.cases()) {
    const { known, word } = drawn[Number(/^c(\d+)/.exec(one.resource)?.[1])] ?? {};
    if (word) await says(cert, one, named, { ...word, isKnown: known?.includes(word.role) ?? false });
  }
  await world.settled();
  // Who reports it later hears nothing of that until it is decided on, and is told then as everybody.
  const late = await world.vendor(cert);
  await late.submits(drawn.map((_, index) => `late.c${index}.example`));
  await world.settled();
  const cases = await cert.cases();
  for (const one of cases) {
    const { assessment } = drawn[Number(/^c(\d+)/.exec(one.resource)?.[1])] ?? {};
    await decides(cert, 'confirmCases', [one], { assessment });
  }
  await world.settled();
  const request = { requestedAction: 'SUSPEND', legalBasis: 'ICANN_RAA_3_18_2', alsoAsk: ['REGISTRY'] };
  const before = await traces(world);
  const { resources, errors } = await previews(cert, { forward: { cases: cases.map(({ id }) => id), ...request } });
  expect([errors, await traces(world)]).toEqual([[], before]);
  const due = resources.flatMap(({ resource, parties }: { resource: string; parties: Record<string, unknown>[] }) =>
    parties.map((p) =>
      [resource, p['role'], p['party'], p['requestedAction'], p['legalBasis'], p['observables']].join(' '),
    ),
  );

  await cert.forwards(cases, request);
  await world.settled();
  const rows = await world.database.admin<{ row: string }>(
    `SELECT concat_ws(' ', f.value, f.role, f.provider_name, f.requested_action, f.legal_basis, (SELECT count(*) FROM referred_observable o WHERE o.referral_id = f.id)) AS row FROM referral f`,
  );
  expect(rows.map(({ row }) => row).sort()).toEqual(due.sort());
  expect(due.length).toBeGreaterThan(10);
  expect(due.filter((row: string) => row.includes(named.name)).length).toBeGreaterThan(1);
  // Everybody that is known is asked, or is written down as not asked, where anything may be told.
  const open = await world.database.admin(
    `SELECT x.resource_value, x.role FROM responsibility x JOIN report r ON r.id = x.report_id AND r.tell <> 'ASK_ME' AND r.pap IS NULL
      WHERE x.reason = 'IN_TRIAGE' AND EXISTS (SELECT FROM referral f WHERE f.value = x.resource_value)`,
  );
  expect(open).toEqual([]);
});

test('a vendor is answered by claims and its own words, for an observable and its report; and nobody else is for the report', async () => {
  const cert = await world.cert();
  const [vendor, other] = [await world.vendor(cert), await world.vendor(cert)];
  const network = await world.provider();
  await world.verifies(network, [{ kind: 'ASN', value: '64501', role: 'HOST' }]);
  const blank = await previews(vendor, { observable: 'told.example' });
  const { report } = await other.submits([{ value: 'told.example', hosting: { asn: '64501', registrarIanaId: 991 } }]);
  await world.settled();
  // Another's case, facts, and the organisation that the hub made for them change no answer.
  expect(await previews(vendor, { observable: 'told.example' })).toEqual(blank);
  expect(blank.resources[0].absent.map(({ reason }: { reason: string }) => reason)).toEqual(
    Array.from({ length: 6 }, () => 'NO_CLAIM'),
  );
  expect((await previews(other, { report: report.id })).resources).toMatchObject([
    { resource: 'told.example', parties: [{ role: 'HOST', party: network.name, observables: 1 }] },
  ]);
  for (const stranger of [vendor, cert]) {
    expect((await previews(stranger, { report: report.id })).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  }
  const [one] = await cert.cases();
  const forward = { cases: [one?.id] };
  expect((await previews(await world.cert(), { forward })).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  for (const party of [network, await world.organisation(['AUTHORITY'])]) {
    expect((await party.ask(PREVIEW, { input: { observable: 'told.example' } })).errors[0]?.extensions.code).toBe(
      'FORBIDDEN',
    );
  }
  expect((await vendor.ask(PREVIEW, { input: { forward } })).errors[0]?.extensions.code).toBe('FORBIDDEN');
  expect((await previews(vendor, {})).errors).toMatchObject([{ code: 'BAD_INPUT' }]);
  expect((await previews(vendor, { observable: 'd41d8cd98f00b204e9800998ecf8427e' })).resources).toMatchObject([
    { absent: [{ reason: 'CONTEXT' }] },
  ]);
});

test('a preview says by whom a party was given, whom a suspended holder leaves without one, and what a case is not forwarded for', async () => {
  const FULL = `query ($input: PreviewInput!) { preview(input: $input) { resources { parties { role party givenBy claimKind contact contactMark } absent { reason role } } } }`;
  const full = async (party: Party, input: object) => (await party.ask(FULL, { input })).data.preview.resources[0];
  const cert = await world.cert();
  const [host, dns, gone, member] = [
    await world.provider({ HOST: ['seen.example'] }),
    await world.provider(),
    await world.provider({ CDN_PROXY: ['seen.example'] }),
    await world.provider(),
  ];
  await world.verifies(dns, [{ kind: 'NAME_SERVER_SUFFIX', value: 'seen-dns.example', role: 'DNS_OPERATOR' }]);
  const { report } = await cert.submits([{ value: 'seen.example', hosting: { nameServers: ['a.seen-dns.example'] } }]);
  await world.operator.ask('mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code } } }', {
    id: gone.id,
  });
  await world.settled();
  const cases = await cert.cases();
  await decides(cert, 'addParty', cases, { role: 'REGISTRAR', party: { organisation: member.id } });
  await decides(cert, 'setContact', cases, { role: 'REGISTRAR', contact: 'abuse@seen.example', mark: 'DEAD' });
  await world.settled();

  const input = { forward: { cases: cases.map(({ id }) => id) } };
  const early = await full(cert, input);
  expect([early.parties, early.absent]).toEqual([[], expect.arrayContaining([{ reason: 'CASE_STATE', role: null }])]);
  await cert.confirms(cases);
  const due = [
    ['DNS_OPERATOR', dns.name, 'REPORT', 'NAME_SERVER_SUFFIX'],
    ['HOST', host.name, 'CLAIM', 'DOMAIN_SUFFIX'],
    ['REGISTRAR', member.name, 'COORDINATOR', null],
  ];
  for (const [asked, reached] of [
    [input, ['abuse@seen.example', 'DEAD']],
    [{ report: report.id }, [null, null]],
  ] as const) {
    const { parties, absent } = await full(cert, asked);
    const rows = parties.map((p: Record<string, unknown>) => [p['role'], p['party'], p['givenBy'], p['claimKind']]);
    expect(rows.sort()).toEqual(due);
    expect(absent).toContainEqual({ reason: 'SUSPENDED', role: 'CDN_PROXY' });
    expect(absent.filter(({ role }: { role: string }) => role === 'CDN_PROXY')).toHaveLength(1);
    const registrar = parties.find(({ role }: { role: string }) => role === 'REGISTRAR');
    expect([registrar.contact, registrar.contactMark]).toEqual(reached);
  }
  await decides(cert, 'correctParty', cases, { role: 'REGISTRAR', as: 'REMOVE', reason: 'It is not.' });
  expect((await full(cert, input)).absent).toContainEqual({ reason: 'REMOVED', role: 'REGISTRAR' });
  // What one coordinator has named is nothing to anybody else who looks at the resource.
  const other = await full(await world.cert(), { observable: 'seen.example' });
  expect(other.parties.map(({ party }: { party: string }) => party)).toEqual([host.name]);
});
