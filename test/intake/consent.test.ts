import { afterAll, beforeAll, expect, test } from 'vitest';

import { allowsTelling, contentsOf, outcomesOf, withdraws } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

interface Sides {
  readonly cert: Party;
  readonly vendor: Party;
  readonly registrar: Party;
}

async function sidesFor(name: string): Promise<Sides> {
  const cert = await world.cert();
  return { cert, vendor: await world.vendor(cert), registrar: await world.provider({ REGISTRAR: [name] }) };
}

async function decided(cert: Party, input: object = {}) {
  await world.settled();
  await cert.confirms(await cert.cases());
  const forwarded = await cert.forwards(await cert.cases(), input);
  await world.settled();
  return forwarded;
}

const NEEDS_CONSENT = [
  { case: null, error: { code: 'NEEDS_CONSENT', message: 'No source of this case lets the parties be told.' } },
];

const SHOWN = `{ inbox(first: 9) { edges { node { note referrals { note
  observables(first: 99) { edges { node { value comment reporter } } } } } } } }`;

/** What a provider is shown on its desk. */
async function shownTo(provider: Party) {
  const { data } = await provider.ask(SHOWN);
  return data.inbox.edges.flatMap(({ node }: { node: { referrals: never[] } }) =>
    node.referrals.flatMap(({ observables }: { observables: { edges: never[] } }) =>
      observables.edges.map((edge: { node: object }) => edge.node),
    ),
  );
}

test.each(['ASK_ME', 'COORDINATOR_ONLY'])('with %s nobody is told before the reporter says so', async (tell) => {
  const name = `${tell.toLowerCase().replace('_', '-')}.example`;
  const { cert, vendor, registrar } = await sidesFor(name);
  const { report } = await vendor.submits([name], { tell });
  expect((await decided(cert)).results).toEqual(NEEDS_CONSENT);
  expect((await decided(cert, { confirmNoParty: true })).results).toEqual(NEEDS_CONSENT);
  expect(await cert.cases()).toMatchObject([{ state: 'CONFIRMED' }]);
  expect(await registrar.inbox()).toEqual([]);

  expect(await allowsTelling(vendor, report)).toMatchObject({ report: { tell: 'RESPONSIBLE_PARTIES' }, errors: [] });
  expect((await decided(cert)).results).toMatchObject([{ case: { state: 'REFERRED' }, error: null }]);
  expect(await registrar.inbox()).toMatchObject([{ resource: name, state: 'SENT' }]);
  expect((await contentsOf(vendor, report)).indicators).toMatchObject([{ outcome: 'REFERRED', consents: true }]);
});

test('consent is given once and for all', async () => {
  const { vendor } = await sidesFor('once.example');
  const { report } = await vendor.submits(['once.example']);
  expect((await allowsTelling(vendor, report)).errors).toMatchObject([{ code: 'WRONG_STATE' }]);
  const { report: quiet } = await vendor.submits(['quiet.example'], { tell: 'ASK_ME' });
  await withdraws(vendor, quiet);
  expect((await allowsTelling(vendor, quiet)).errors).toMatchObject([{ code: 'WRONG_STATE' }]);
});

test('a referral carries only what its own source lets the party know', async () => {
  const { cert, vendor, registrar } = await sidesFor('labels.example');
  const silent = await world.vendor(cert);
  await vendor.submits([{ value: 'told.labels.example', comment: 'seen today' }], { narrative: 'a long story' });
  const { report } = await silent.submits([{ value: 'secret.labels.example', comment: 'hush' }], { tell: 'ASK_ME' });
  await decided(cert);
  expect(await shownTo(registrar)).toEqual([{ value: 'told.labels.example', comment: 'seen today', reporter: null }]);
  expect(await outcomesOf(silent, report)).toEqual({ 'secret.labels.example': 'CONFIRMED' });
  const heard = JSON.stringify(await registrar.events());
  for (const secret of ['secret.labels', 'hush', 'a long story', vendor.name, silent.name])
    expect(heard).not.toContain(secret);

  await allowsTelling(silent, report);
  await decided(cert);
  expect((await shownTo(registrar)).map(({ value }: { value: string }) => value)).toEqual([
    'told.labels.example',
    'secret.labels.example',
  ]);
});

test('a reporter is named to those who are told only if it wants to be', async () => {
  const { cert, vendor, registrar } = await sidesFor('named.example');
  const shy = await world.vendor(cert);
  await vendor.submits(['a.named.example'], { attribution: true });
  await shy.submits(['b.named.example']);
  await decided(cert);
  expect(await shownTo(registrar)).toMatchObject([
    { value: 'a.named.example', reporter: vendor.name },
    { value: 'b.named.example', reporter: null },
  ]);
});

test('consent for what was not decided on is none for what was', async () => {
  const { cert, vendor, registrar } = await sidesFor('undecided.example');
  const late = await world.vendor(cert);
  await vendor.submits(['undecided.example'], { tell: 'ASK_ME' });
  await world.settled();
  await cert.confirms(await cert.cases());
  await late.submits(['late.undecided.example']);
  await world.settled();
  const { results } = await cert.forwards(await cert.cases());
  await world.settled();
  expect(results).toEqual(NEEDS_CONSENT);
  expect(await cert.cases()).toMatchObject([{ state: 'CONFIRMED' }]);
  expect(await registrar.inbox()).toEqual([]);
});
