import { afterAll, beforeAll, expect, test } from 'vitest';

import { adds, contentsOf, outcomesOf, seals, withdraws } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

async function makePair(): Promise<{ cert: Party; vendor: Party }> {
  const cert = await world.cert();
  return { cert, vendor: await world.vendor(cert) };
}

const reportFor = async (party: Party, { id }: { id: string }) =>
  (await party.ask('query ($id: ID!) { report(id: $id) { id } }', { id })).data.report;

test('nothing of a report leaves before it is sealed', async () => {
  const { cert, vendor } = await makePair();
  await world.settled();
  const before = await cert.events();
  const { report } = await vendor.submits(['held.example', 'more.held.example'], { seal: false });
  await adds(vendor, report, ['added.example']);
  await world.settled();
  expect(report.state).toBe('RECEIVING');
  expect(Object.values(await outcomesOf(vendor, report))).toEqual(['HELD', 'HELD', 'HELD']);
  expect(await cert.cases()).toEqual([]);
  expect(await cert.events()).toEqual(before);
  expect(await reportFor(cert, report)).toBeNull();
});

test('a report that is sealed is acted on, all of it', async () => {
  const { cert, vendor } = await makePair();
  const { report } = await vendor.submits(['sealed.example'], { seal: false });
  await adds(vendor, report, ['added.example']);
  expect(await seals(vendor, report)).toMatchObject({ report: { state: 'SEALED' }, errors: [] });
  await world.settled();
  expect(Object.values(await outcomesOf(vendor, report))).toEqual(['IN_TRIAGE', 'IN_TRIAGE']);
  expect((await cert.cases()).map(({ resource }) => resource).sort()).toEqual(['added.example', 'sealed.example']);
  expect(await reportFor(cert, report)).toEqual({ id: report.id });
});

test('what is added to a sealed report is acted on at once', async () => {
  const { cert, vendor } = await makePair();
  const { report } = await vendor.submits(['first.example']);
  const { results, errors } = await adds(vendor, report, ['second.example', 'www.first.example']);
  expect([results.length, errors]).toEqual([2, []]);
  await world.settled();
  expect(Object.values(await outcomesOf(vendor, report))).toEqual(['IN_TRIAGE', 'IN_TRIAGE', 'IN_TRIAGE']);
  expect((await cert.cases()).map(({ resource }) => resource).sort()).toEqual(['first.example', 'second.example']);
});

test('everything that was reported is untold until the parties are known, and is never left out', async () => {
  const { vendor } = await makePair();
  const { report } = await vendor.submits(
    ['one.example', 'www.one.example', { value: 'c'.repeat(64), type: 'x509-sha256' }],
    { seal: false },
  );
  const rows = (await contentsOf(vendor, report)).responsibilities;
  expect(rows).toEqual([
    { resource: expect.any(String), role: '*', party: null, state: 'NOT_TOLD', reason: 'RESOLVING', toldAt: null },
    { resource: expect.any(String), role: '*', party: null, state: 'NOT_TOLD', reason: 'RESOLVING', toldAt: null },
  ]);
  await seals(vendor, report);
  await world.settled();
  const reasons = (await contentsOf(vendor, report)).responsibilities.map(({ reason }) => reason).sort();
  expect(reasons).toEqual(['NO_CLAIM', 'NO_CLAIM_KIND']);
});

test('a report is sealed once, and takes nothing after it was withdrawn', async () => {
  const { vendor } = await makePair();
  const { report } = await vendor.submits(['once.example']);
  const refused = (state: string, verb: string) => [
    { code: 'WRONG_STATE', message: `A report that is ${state} does not take ${verb}.`, path: ['report'] },
  ];
  expect((await seals(vendor, report)).errors).toEqual(refused('SEALED', 'seal'));
  await withdraws(vendor, report);
  expect((await seals(vendor, report)).errors).toEqual(refused('WITHDRAWN', 'seal'));
  expect((await adds(vendor, report, ['late.example'])).errors).toMatchObject(refused('WITHDRAWN', 'add'));
});
