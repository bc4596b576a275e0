import { afterAll, beforeAll, expect, test } from 'vitest';

import { decides, kindsOf } from '../support/coordinator.ts';
import { deskOf, requestsOf, says } from '../support/desk.ts';
import { adds, contentsOf, outcomesOf, withdraws } from '../support/reporter.ts';
import { waitingForLocks } from '../support/rivals.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

interface Reporters {
  readonly cert: Party;
  readonly registrar: Party;
  readonly first: Party;
  readonly second: Party;
  readonly ofFirst: { id: string };
  readonly ofSecond: { id: string };
}

/** Two reporters of one resource, each with an observable of its own; not decided yet. */
async function reportersOf(name: string, secondTells = 'RESPONSIBLE_PARTIES'): Promise<Reporters> {
  const cert = await world.cert();
  const [first, second] = [await world.vendor(cert), await world.vendor(cert)];
  const registrar = await world.provider({ REGISTRAR: [name] });
  const { report: ofFirst } = await first.submits([`first.${name}`]);
  const { report: ofSecond } = await second.submits([`second.${name}`], { tell: secondTells });
  await world.settled();
  return { cert, registrar, first, second, ofFirst, ofSecond };
}

async function forward(cert: Party): Promise<void> {
  await cert.confirms(await cert.cases());
  await cert.forwards(await cert.cases());
  await world.settled();
}

const heardBy = async (reporter: Party, report: { id: string }) =>
  JSON.stringify([await reporter.events(), await contentsOf(reporter, report)]);

test('what one reporter withdraws leaves a request that stands for another, who hears nothing', async () => {
  const { cert, registrar, first, second, ofFirst, ofSecond } = await reportersOf('leaves.example');
  const reseller = await world.provider();
  await forward(cert);
  await says(registrar, 'delegateItems', await deskOf(registrar), { delegate: reseller.id });
  await world.settled();
  expect(await deskOf(reseller)).toMatchObject([{ observables: ['first.leaves.example', 'second.leaves.example'] }]);
  const [before] = await deskOf(registrar);
  const other = await heardBy(second, ofSecond);

  await withdraws(first, ofFirst);
  await world.settled();
  expect(await cert.cases()).toMatchObject([{ state: 'REFERRED' }]);
  const stands = { state: 'DELEGATED', requestedAction: 'TAKE_DOWN', observables: ['second.leaves.example'] };
  expect(await deskOf(registrar)).toMatchObject([{ version: (before?.version ?? 0) + 1, referrals: [stands] }]);
  expect(await requestsOf(cert)).toMatchObject([stands]);
  for (const party of [registrar, cert]) {
    const said = (await party.events()).find(({ kind }) => kind === 'LINES_WITHDRAWN');
    expect(said?.details).toMatchObject([{ observables: [{ value: 'first.leaves.example' }] }]);
  }
  expect(await deskOf(reseller)).toMatchObject([{ state: 'SENT', observables: ['second.leaves.example'] }]);
  expect(kindsOf(await reseller.events()).at(-1)).toBe('ITEMS_REDUCED');
  expect(await heardBy(second, ofSecond)).toBe(other);
});

test('a request that showed nothing else ends, though its case goes on with what may not be shown', async () => {
  const { cert, registrar, first, second, ofFirst, ofSecond } = await reportersOf(
    'unshown.example',
    'COORDINATOR_ONLY',
  );
  await forward(cert);
  const other = await heardBy(second, ofSecond);
  await withdraws(first, ofFirst);
  await world.settled();
  expect(await cert.cases()).toMatchObject([{ state: 'REFERRED' }]);
  expect(await deskOf(registrar)).toMatchObject([
    { state: 'CLOSED', basis: 'WITHDRAWN', referrals: [{ state: 'CLOSED', basis: 'WITHDRAWN' }] },
  ]);
  expect(kindsOf(await registrar.events())).not.toContain('LINES_WITHDRAWN');
  expect(await heardBy(second, ofSecond)).toBe(other);
});

test('what was withdrawn is not shown again when more is forwarded', async () => {
  const { cert, registrar, first, second, ofFirst, ofSecond } = await reportersOf('more.example');
  await forward(cert);
  await withdraws(first, ofFirst);
  await adds(second, ofSecond, ['third.more.example']);
  await world.settled();
  await forward(cert);
  const [item] = await deskOf(registrar);
  expect(item?.referrals[0]?.observables).toEqual(['second.more.example', 'third.more.example']);
});

test('what is to be undone stays open when the rest of its case is withdrawn', async () => {
  const { cert, registrar, first, second, ofFirst, ofSecond } = await reportersOf('open.example', 'COORDINATOR_ONLY');
  await forward(cert);
  const [indicator] = (await contentsOf(first, ofFirst)).indicators;
  await decides(cert, 'retractCases', await cert.cases(), { reason: 'FALSE_POSITIVE', indicators: [indicator?.id] });
  await world.settled();
  await withdraws(second, ofSecond);
  await world.settled();
  expect(await cert.cases()).toMatchObject([{ state: 'WITHDRAWN' }]);
  expect(await deskOf(registrar)).toMatchObject([{ state: 'RETRACTED', referrals: [{ state: 'RETRACTED' }] }]);
  expect(await outcomesOf(first, ofFirst)).toEqual({ 'first.open.example': 'RETRACTED' });
  expect((await withdraws(first, ofFirst)).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
});

test('a desk that answers while something is taken from its item answers it, before or after', async () => {
  const { cert, registrar, first, ofFirst } = await reportersOf('at-once.example');
  await forward(cert);
  const [item] = await registrar.inbox();
  const rival = await world.database.connect('tocsin_system');
  await rival.query('BEGIN');
  await rival.query("SELECT FROM inbox_item WHERE value = 'at-once.example' FOR UPDATE");
  const answer = registrar.acts(item ? [item] : []);
  const withdrawal = withdraws(first, ofFirst);
  await waitingForLocks(world, 2);
  await rival.query('ROLLBACK');
  await rival.end();
  expect((await answer).results).toMatchObject([{ item: { state: 'ACTIONED' }, error: null }]);
  expect((await withdrawal).errors).toEqual([]);
  await world.settled();
  const answered = { state: 'ACTIONED', observables: ['second.at-once.example'] };
  expect(await deskOf(registrar)).toMatchObject([{ state: 'ACTIONED', referrals: [answered] }]);
  expect(await requestsOf(cert)).toMatchObject([answered]);
});
