import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { decides, kindsOf, type DecidedPayload } from '../support/coordinator.ts';
import { deskOf, says } from '../support/desk.ts';
import { allowsTelling, withdraws } from '../support/reporter.ts';
import { whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const CASE = 'query ($id: ID!) { case(id: $id) { indicators(first: 9) { edges { node { value } } } } }';

interface Sides {
  readonly cert: Party;
  readonly other: Party;
  readonly vendor: Party;
}
async function sides(): Promise<Sides> {
  const cert = await world.cert();
  return { cert, other: await world.cert(), vendor: await world.vendor(cert) };
}

async function valuesFor(cert: Party, id: string): Promise<string[] | null> {
  const { data } = await cert.ask(CASE, { id });
  return data.case?.indicators.edges.map(({ node }: { node: { value: string } }) => node.value) ?? null;
}

const codes = ({ results, errors }: DecidedPayload) =>
  errors[0]?.code ?? results?.map(({ error }) => error?.code ?? null);

describe('a report that does not say whom the hub may tell', () => {
  test.each([
    ['CLEAR', 'RESPONSIBLE_PARTIES'],
    ['AMBER', 'RESPONSIBLE_PARTIES'],
    ['AMBER_STRICT', 'ASK_ME'],
    ['RED', 'ASK_ME'],
  ])('with %s means %s', async (tlp, tell) => {
    const { vendor } = await sides();
    expect((await vendor.submits(['unsaid.example'], { tlp })).report).toMatchObject({ tell });
    expect((await vendor.submits(['unsaid.example'], { tlp, tell: null })).report).toMatchObject({ tell });
  });

  test('is the same report as one that says what it means, under one external id', async () => {
    const { vendor } = await sides();
    const sent = await vendor.submits(['said.example'], { tlp: 'RED', externalId: 'mine' });
    const again = await vendor.submits(['said.example'], { tlp: 'RED', externalId: 'mine', tell: 'ASK_ME' });
    expect(again.report.id).toBe(sent.report.id);
  });
});

describe('what a source keeps to its coordinator', () => {
  test.each([
    ['COORDINATOR_ONLY', { tell: 'COORDINATOR_ONLY' }],
    ['AMBER+STRICT', { tlp: 'AMBER_STRICT', tell: 'RESPONSIBLE_PARTIES' }],
    ['RED', { tlp: 'RED', tell: 'RESPONSIBLE_PARTIES' }],
  ])('as %s is in no case that is shared or handed over', async (_, labels) => {
    const { cert, other, vendor } = await sides();
    await vendor.submits(['kept.example'], labels);
    await world.settled();
    const cases = await cert.cases();
    expect(codes(await decides(cert, 'addCoordinators', cases, { coordinator: other.id }))).toEqual(['NEEDS_CONSENT']);
    expect(codes(await decides(cert, 'transferCases', cases, { to: other.id }))).toEqual(['NEEDS_CONSENT']);
    await world.settled();
    expect(await cert.cases()).toMatchObject([{ version: 1 }]);
    expect(kindsOf(await other.events())).toEqual(['ORGANISATION_CREATED']);
    expect(await valuesFor(other, cases[0]?.id ?? '')).toBeNull();
  });

  test('is not read by those with whom a case is shared, whether it was there before or comes later', async () => {
    const { cert, other, vendor } = await sides();
    await vendor.submits(['red.mixed.example'], { tlp: 'RED' });
    await vendor.submits(['green.mixed.example'], { tlp: 'GREEN' });
    await world.settled();
    const [one] = await cert.cases();
    await decides(cert, 'addCoordinators', [{ id: one?.id ?? '' }], { coordinator: other.id });
    await vendor.submits(['alone.mixed.example'], { tlp: 'GREEN', tell: 'COORDINATOR_ONLY' });
    await world.settled();
    expect(await valuesFor(cert, one?.id ?? '')).toHaveLength(3);
    expect(await valuesFor(other, one?.id ?? '')).toEqual(['green.mixed.example']);
    expect(JSON.stringify(await other.events())).not.toMatch(/red\.mixed|alone\.mixed/);
  });

  test('is read by them once its source widens it, unless its TLP keeps it', async () => {
    const { cert, other, vendor } = await sides();
    const { report: alone } = await vendor.submits(['alone.wide.example'], { tlp: 'GREEN', tell: 'COORDINATOR_ONLY' });
    const { report: red } = await vendor.submits(['red.wide.example'], { tlp: 'RED' });
    await vendor.submits(['green.wide.example'], { tlp: 'GREEN' });
    await world.settled();
    const [one] = await cert.cases();
    await decides(cert, 'addCoordinators', [{ id: one?.id ?? '' }], { coordinator: other.id });
    await world.settled();
    await allowsTelling(vendor, alone);
    await allowsTelling(vendor, red);
    await world.settled();
    expect((await valuesFor(other, one?.id ?? ''))?.sort()).toEqual(['alone.wide.example', 'green.wide.example']);
  });

  test('keeps a case that it joins while that is on its way; its coordinator hears so and decides again', async () => {
    const { cert, other, vendor } = await sides();
    await vendor.submits(['leaving.example'], { tlp: 'GREEN' });
    await world.settled();
    const cases = await cert.cases();
    await whileFlowWaits(world, async () => {
      // Not yet in the case when that is handed over, and in it when the flow does so.
      await vendor.submits(['red.leaving.example'], { tlp: 'RED' });
      expect(codes(await decides(cert, 'transferCases', cases, { to: other.id }))).toEqual([null]);
    });
    await world.settled();
    expect(kindsOf(await cert.events()).slice(-3)).toEqual(['REPORT_SHARED', 'INDICATORS_CHANGED', 'CASES_KEPT']);
    expect(kindsOf(await other.events())).toEqual(['ORGANISATION_CREATED']);
    expect(await valuesFor(other, cases[0]?.id ?? '')).toBeNull();
    const { results } = await cert.confirms(await cert.cases());
    expect(results).toMatchObject([{ case: { state: 'CONFIRMED' }, error: null }]);
  });
});

describe('a desk', () => {
  /** Two sources say the same of one name: one keeps it to whoever is told, the other lets it go on. */
  async function twoSources(name: string) {
    const { cert, vendor } = await sides();
    const open = await world.vendor(cert);
    const registrar = await world.provider({ REGISTRAR: [name] });
    await vendor.submits([`same.${name}`], { tlp: 'RED', tell: 'RESPONSIBLE_PARTIES' });
    const { report } = await open.submits([`same.${name}`], { tlp: 'GREEN' });
    await world.settled();
    await cert.confirms(await cert.cases());
    await cert.forwards(await cert.cases());
    await world.settled();
    const delegate = await world.provider();
    const answers = await says(registrar, 'delegateItems', await deskOf(registrar), { delegate: delegate.id });
    await world.settled();
    return { open, report, registrar, delegate, answers };
  }
  const shown = async (registrar: Party, delegate: Party) => [
    (await deskOf(registrar))[0]?.referrals[0]?.observables.length,
    (await deskOf(delegate))[0]?.observables.length,
  ];

  test('hands on what may go on, and not what its source keeps to it', async () => {
    const { registrar, delegate, answers } = await twoSources('hands-on.example');
    expect(answers).toEqual(['DELEGATED']);
    expect(await shown(registrar, delegate)).toEqual([2, 1]);
  });

  test('has its delegate lose what one source took back, though another keeps the same to the desk', async () => {
    const { open, report, registrar, delegate } = await twoSources('taken-back.example');
    await withdraws(open, report);
    await world.settled();
    expect(await shown(registrar, delegate)).toEqual([1, 0]);
  });
});
