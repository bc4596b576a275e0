import { afterAll, beforeAll, expect, test } from 'vitest';

import { contentsOf, outcomesOf, seals, withdraws } from '../support/reporter.ts';
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

async function forwarded(cert: Party): Promise<void> {
  await world.settled();
  await cert.confirms(await cert.cases());
  await cert.forwards(await cert.cases());
  await world.settled();
}

const referralStates = async (cert: Party) =>
  (await cert.ask('{ referrals(first: 9) { edges { node { state } } } }')).data.referrals.edges.map(
    ({ node }: { node: { state: string } }) => node.state,
  );

test('a case ends when nothing in it stands any more, and with it what was asked because of it', async () => {
  const { cert, vendor, registrar } = await sidesFor('ends.example');
  const { report, results } = await vendor.submits(['ends.example', 'www.ends.example']);
  await forwarded(cert);

  await withdraws(vendor, report, [results[0].indicator]);
  await world.settled();
  expect(await cert.cases()).toMatchObject([{ state: 'REFERRED' }]);
  expect(await registrar.inbox()).toMatchObject([{ state: 'SENT', referrals: [{ state: 'SENT' }] }]);

  await withdraws(vendor, report, [results[1].indicator]);
  await world.settled();
  expect(await cert.cases()).toMatchObject([{ state: 'WITHDRAWN' }]);
  expect(await referralStates(cert)).toEqual(['CLOSED']);
  expect(await registrar.inbox()).toMatchObject([{ state: 'CLOSED', referrals: [{ state: 'CLOSED' }] }]);
  const contents = await contentsOf(vendor, report);
  expect(contents.state).toBe('WITHDRAWN');
  expect(contents.responsibilities).toMatchObject([{ state: 'NOT_APPLICABLE', reason: 'WITHDRAWN' }]);
});

test('what another vendor reported keeps the case and the request open, and that vendor hears nothing', async () => {
  const { cert, vendor, registrar } = await sidesFor('stands.example');
  const other = await world.vendor(cert);
  const { report } = await vendor.submits(['stands.example']);
  const { report: kept } = await other.submits(['stands.example']);
  await forwarded(cert);
  const heard = [await other.events(), await contentsOf(other, kept)];

  await withdraws(vendor, report);
  await world.settled();
  expect(await cert.cases()).toMatchObject([{ state: 'REFERRED' }]);
  expect(await registrar.inbox()).toMatchObject([{ state: 'SENT' }]);
  expect([await other.events(), await contentsOf(other, kept)]).toEqual(heard);
});

test('what another coordinator asks keeps the item of the provider open', async () => {
  const { cert, vendor, registrar } = await sidesFor('asked-twice.example');
  const second = await world.cert();
  const { report } = await vendor.submits(['asked-twice.example']);
  await second.submits(['asked-twice.example']);
  await forwarded(cert);
  await forwarded(second);
  await withdraws(vendor, report);
  await world.settled();
  const [item, ...more] = await registrar.inbox();
  expect(more).toEqual([]);
  expect(item?.state).toBe('SENT');
  expect(item?.referrals.map(({ coordinator, state }) => [coordinator, state]).sort()).toEqual(
    [
      [cert.name, 'CLOSED'],
      [second.name, 'SENT'],
    ].sort(),
  );
});

test('the same thing reported again opens a new case', async () => {
  const { cert, vendor } = await sidesFor('again.example');
  const { report } = await vendor.submits(['again.example']);
  await world.settled();
  await withdraws(vendor, report);
  await world.settled();
  const { report: again } = await vendor.submits(['again.example']);
  await world.settled();
  expect((await cert.cases()).map(({ state }) => state).sort()).toEqual(['NEW', 'WITHDRAWN']);
  expect(await outcomesOf(vendor, again)).toEqual({ 'again.example': 'IN_TRIAGE' });
});

test('what is withdrawn before it was sealed never gets a case', async () => {
  const { cert, vendor } = await sidesFor('unsaid.example');
  const { report, results } = await vendor.submits(['unsaid.example', 'said.example'], { seal: false });
  await withdraws(vendor, report, [results[0].indicator]);
  await seals(vendor, report);
  await world.settled();
  expect((await cert.cases()).map(({ resource }) => resource)).toEqual(['said.example']);
});

test('only what stands in the report itself is withdrawn, and only once', async () => {
  const { cert, vendor } = await sidesFor('mine.example');
  const { report } = await vendor.submits(['mine.example']);
  const { results: elsewhere } = await vendor.submits(['elsewhere.example']);
  const { results: foreign } = await (await world.vendor(cert)).submits(['mine.example']);
  const notFound = [{ code: 'NOT_FOUND', path: ['indicators'] }];
  for (const [answer] of [elsewhere, foreign, [{ indicator: { id: 'no id' } }]]) {
    expect((await withdraws(vendor, report, [answer.indicator])).errors).toMatchObject(notFound);
  }
  expect((await withdraws(vendor, report)).errors).toEqual([]);
  expect((await withdraws(vendor, report)).errors).toMatchObject([{ code: 'WRONG_STATE' }]);
});
