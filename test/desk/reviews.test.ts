import { afterAll, beforeAll, expect, test } from 'vitest';

import { tick } from '../../src/app/tick.ts';
import { contentsOf } from '../support/reporter.ts';
import {
  coordinatorOn,
  cursorOf,
  deskOf,
  forwards,
  heardSince,
  onlyItem,
  referralsOf,
  says,
} from '../support/answering.ts';
import { createWorld, type World } from '../support/world.ts';

const HOUR = 3600 * 1000;
const DAY = 24 * HOUR;

let now = new Date('2026-03-02T10:00:00Z');
let world: World;
beforeAll(async () => void (world = await createWorld({ clock: { now: () => now } })));
afterAll(() => world[Symbol.asyncDispose]());

const later = (ms: number): string => new Date(now.getTime() + ms).toISOString();

async function deskFor(name: string) {
  const registrar = await world.provider({ REGISTRAR: [name] });
  const side = await coordinatorOn(world, name);
  await forwards(side);
  return { registrar, ...side, item: await onlyItem(registrar) };
}

async function ticks(): Promise<void> {
  await tick(world.hub.app.work, now);
  await world.settled();
}

test('a desk says until when it looks into an item, its coordinator reads it, and its reporter that it is in hand', async () => {
  const { registrar, cert, vendor, report, item } = await deskFor('looked-into.example');
  const until = later(72 * HOUR);
  const { results, receipt } = await says(registrar, 'reviewUntil', [item], { until, note: 'asking the holder' });
  expect(results).toMatchObject([{ item: { state: 'IN_REVIEW', reviewUntil: until }, error: null }]);
  expect(receipt.entryId).toEqual(expect.any(String));
  await world.settled();
  expect(await referralsOf(cert)).toMatchObject([
    { state: 'IN_REVIEW', reviewUntil: until, answerNote: 'asking the holder' },
  ]);
  expect((await contentsOf(vendor, report)).responsibilities).toMatchObject([{ state: 'ACKNOWLEDGED', reason: null }]);
});

test('a review lies ahead and ends within 30 days', async () => {
  const { registrar, item } = await deskFor('bounded.example');
  for (const until of [later(-1), later(0), later(30 * DAY + 1)]) {
    const { errors, results } = await says(registrar, 'reviewUntil', [item], { until });
    expect([errors, results]).toMatchObject([[{ code: 'BAD_INPUT', path: ['until'] }], null]);
  }
  expect((await says(registrar, 'reviewUntil', [item], { until: later(30 * DAY) })).errors).toEqual([]);
});

test('when its time is over an item is the turn of its desk again, and its coordinator hears it', async () => {
  const { registrar, cert, item } = await deskFor('over.example');
  await says(registrar, 'reviewUntil', [item], { until: later(2 * HOUR) });
  await world.settled();
  const heard = [await cursorOf(registrar), await cursorOf(cert)] as const;

  now = new Date(now.getTime() + 2 * HOUR - 1);
  await ticks();
  expect(await onlyItem(registrar)).toMatchObject({ state: 'IN_REVIEW' });
  now = new Date(now.getTime() + 1);
  await ticks();
  expect(await onlyItem(registrar)).toMatchObject({ state: 'ACKNOWLEDGED', reviewUntil: null });
  expect(await referralsOf(cert)).toMatchObject([{ state: 'ACKNOWLEDGED', reviewUntil: null }]);
  expect(await heardSince(registrar, heard[0])).toEqual(['ITEMS_RESUMED', 'REFERRALS_ANSWERED']);
  expect(await heardSince(cert, heard[1])).toEqual(['REFERRALS_ANSWERED']);

  await ticks();
  expect(await heardSince(registrar, heard[0])).toHaveLength(2);
});

test('a review is prolonged by saying so again, and ended by any answer', async () => {
  const { registrar, item } = await deskFor('prolonged.example');
  await says(registrar, 'reviewUntil', [item], { until: later(HOUR) });
  await says(registrar, 'reviewUntil', [item], { until: later(3 * HOUR) });
  now = new Date(now.getTime() + 2 * HOUR);
  await ticks();
  expect(await onlyItem(registrar)).toMatchObject({ state: 'IN_REVIEW' });
  await registrar.acts([item]);
  now = new Date(now.getTime() + 2 * HOUR);
  await ticks();
  expect(await onlyItem(registrar)).toMatchObject({ state: 'ACTIONED', reviewUntil: null });
});

test('who has acted looks into nothing any more, and what is looked into is not merely acknowledged', async () => {
  const { registrar, item } = await deskFor('said.example');
  await says(registrar, 'reviewUntil', [item], { until: later(HOUR) });
  expect((await registrar.acknowledges([item])).results).toMatchObject([{ error: { code: 'WRONG_STATE' } }]);
  await registrar.acts([item]);
  const { results } = await says(registrar, 'reviewUntil', [item], { until: later(HOUR) });
  expect(results).toMatchObject([{ error: { code: 'WRONG_STATE' } }]);
});

test('two nodes that tick at once do what is due once, and pass over what the other holds', async () => {
  const { registrar, item } = await deskFor('both.example');
  await says(registrar, 'reviewUntil', [item], { until: later(HOUR) });
  await world.settled();
  const heard = await cursorOf(registrar);
  now = new Date(now.getTime() + HOUR);

  const rival = await world.database.connect('tocsin_system');
  await rival.query('BEGIN');
  await rival.query("SELECT FROM inbox_item WHERE state = 'IN_REVIEW' FOR UPDATE");
  await ticks();
  expect(await onlyItem(registrar)).toMatchObject({ state: 'IN_REVIEW' });
  await rival.query('ROLLBACK');
  await rival.end();

  await Promise.all([tick(world.hub.app.work, now), tick(world.hub.app.work, now)]);
  expect(await heardSince(registrar, heard)).toEqual(['ITEMS_RESUMED', 'REFERRALS_ANSWERED']);
});

test('what another coordinator adds meanwhile leaves the review as it is, and is not in it', async () => {
  const { registrar, cert, item } = await deskFor('added.example');
  await says(registrar, 'reviewUntil', [item], { until: later(HOUR) });
  const other = await coordinatorOn(world, 'www.added.example');
  await forwards(other);
  expect(await onlyItem(registrar)).toMatchObject({ state: 'IN_REVIEW' });
  now = new Date(now.getTime() + HOUR);
  await ticks();
  expect(await referralsOf(cert)).toMatchObject([{ state: 'ACKNOWLEDGED' }]);
  expect(await referralsOf(other.cert)).toMatchObject([{ state: 'SENT' }]);
});

test('nobody but the desk reviews its items', async () => {
  const { item } = await deskFor('foreign-review.example');
  const stranger = await world.provider({ REGISTRAR: ['else.example'] });
  const { results } = await says(stranger, 'reviewUntil', [item], { until: later(HOUR) });
  expect(results).toMatchObject([{ item: null, error: { code: 'NOT_FOUND' } }]);
  expect(await deskOf(stranger)).toEqual([]);
});
