import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  coordinatorOn,
  cursorOf,
  deskOf,
  forwards,
  heardSince,
  onlyItem,
  readsAll,
  referralsOf,
  says,
} from '../support/answering.ts';
import { contentsOf, outcomesOf, withdraws } from '../support/reporter.ts';
import { createWorld, type World } from '../support/world.ts';
import { chainFor, delegated, handsOn } from './delegating.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

describe('an item that is handed on', () => {
  test('becomes an item of the delegate, with what was seen and what is asked; the times of its own desk stay', async () => {
    const { registrar, reseller, item } = await chainFor(world, 'handed.example');
    const { results, receipt } = await handsOn(registrar, reseller, [item], { note: 'customer 17' });
    expect(results).toMatchObject([{ item: { state: 'DELEGATED', delegatedTo: 'a reseller', dueAt: item.dueAt } }]);
    expect(receipt.entryId).toEqual(expect.any(String));

    const child = await onlyItem(reseller);
    expect(child).toMatchObject({
      ...{ state: 'SENT', resource: 'handed.example', role: 'REGISTRAR', dueAt: item.dueAt, referrals: [] },
      ...{ delegate: reseller.name, delegator: registrar.name, delegationNote: 'customer 17' },
      requestedActions: ['TAKE_DOWN'],
    });
    const values = child.observables.edges.map(({ node }) => node.value);
    expect(values.sort()).toEqual(['handed.example', 'www.handed.example']);
    expect(await onlyItem(registrar)).toMatchObject({
      state: 'DELEGATED',
      delegation: { id: child.id, state: 'SENT' },
    });
  });

  test('shows its coordinators that somebody has it in hand: a reseller, or a name where its desk says so', async () => {
    for (const [name, shownAs] of [
      ['shown.example', 'A_RESELLER'],
      ['named.example', 'NAMED'],
    ] as const) {
      const { reseller, sides } = await delegated(world, name, { shownAs });
      const [{ cert, vendor, report }] = sides;
      const delegatedTo = shownAs === 'NAMED' ? reseller.name : 'a reseller';
      expect(await referralsOf(cert)).toMatchObject([{ state: 'DELEGATED', delegatedTo }]);
      expect((await contentsOf(vendor, report)).responsibilities).toMatchObject([
        { state: 'ACKNOWLEDGED', reason: null },
      ]);
    }
  });

  test('shows its delegator how it stands there', async () => {
    const { registrar, reseller, child } = await delegated(world, 'stands-there.example');
    await readsAll(reseller);
    expect(await onlyItem(registrar)).toMatchObject({
      delegation: { state: 'DELIVERED', deliveredAt: expect.any(String) },
    });
    await reseller.acknowledges([child], { providerReference: 'reseller 9' });
    await world.settled();
    expect(await onlyItem(registrar)).toMatchObject({
      state: 'DELEGATED',
      delegation: { state: 'ACKNOWLEDGED', providerReference: 'reseller 9' },
    });
    const heard = (await registrar.events()).map(({ kind }) => kind);
    expect(heard.filter((kind) => kind === 'ITEMS_DELIVERED')).toHaveLength(1);
  });

  test('grows with what coordinators add, and its delegate hears that', async () => {
    const { reseller, sides } = await delegated(world, 'grows.example');
    const heard = await cursorOf(reseller);
    const [{ vendor }] = sides;
    await vendor.submits(['login.grows.example']);
    await forwards(sides[0]);
    const { observables } = await onlyItem(reseller);
    expect(observables.edges.map(({ node }) => node.value)).toEqual([
      'grows.example',
      'www.grows.example',
      'login.grows.example',
    ]);
    expect(await heardSince(reseller, heard)).toEqual(['ITEMS_ARRIVED']);
  });

  test('is closed with the item that it came from', async () => {
    const { registrar, reseller, sides } = await delegated(world, 'withdrawn.example');
    const [{ vendor, report }] = sides;
    await withdraws(vendor, report);
    await world.settled();
    expect(await onlyItem(registrar)).toMatchObject({ state: 'CLOSED', basis: 'CASE_ENDED' });
    expect(await onlyItem(reseller)).toMatchObject({ state: 'CLOSED', basis: 'CASE_ENDED' });
  });
});

describe('what a delegate does', () => {
  test('answers the item of its delegator, and each coordinator under it', async () => {
    const { registrar, reseller, child, sides } = await delegated(world, 'done.example', { coordinators: 2 });
    await reseller.acts([child], {
      ...{ action: 'CONTENT_REMOVED', note: 'greetings from the reseller' },
      ...{ providerReference: 'reseller 9', actedAt: '2026-01-02T03:04:05Z' },
    });
    await world.settled();
    const did = { action: 'CONTENT_REMOVED', actedAt: '2026-01-02T03:04:05.000Z' };
    expect(await onlyItem(registrar)).toMatchObject({
      state: 'ACTIONED',
      ...did,
      delegation: { note: 'greetings from the reseller' },
    });
    expect(await onlyItem(reseller)).toMatchObject({ state: 'CLOSED', basis: 'RETURNED', ...did });
    for (const { cert, vendor, report } of sides) {
      const [referral] = await referralsOf(cert);
      expect(referral).toMatchObject({ state: 'ACTIONED', action: 'CONTENT_REMOVED', delegatedTo: 'a reseller' });
      // What the delegate says of itself is for its delegator.
      expect(referral).toMatchObject({ answerNote: null, providerReference: null });
      expect(await outcomesOf(vendor, report)).toEqual({ 'done.example': 'ACTED', 'www.done.example': 'ACTED' });
    }
  });

  test('is its delegator’s again when it declines, with the reason, and no coordinator hears that it was declined', async () => {
    const { registrar, reseller, child, sides } = await delegated(world, 'refused.example');
    const [{ cert, vendor, report }] = sides;
    await reseller.declines([child], { reason: 'NOT_OUR_CUSTOMER', suggestedParty: 'another reseller' });
    await world.settled();
    expect(await onlyItem(registrar)).toMatchObject({
      ...{ state: 'ACKNOWLEDGED', declineReason: null, delegatedTo: null },
      delegation: {
        state: 'CLOSED',
        basis: 'RETURNED',
        declineReason: 'NOT_OUR_CUSTOMER',
        suggestedParty: 'another reseller',
      },
    });
    expect(await referralsOf(cert)).toMatchObject([
      { state: 'ACKNOWLEDGED', declineReason: null, delegatedTo: null, proposedRole: null },
    ]);
    expect((await contentsOf(vendor, report)).responsibilities).toMatchObject([
      { state: 'ACKNOWLEDGED', reason: null },
    ]);
  });

  test('does not answer what came to its delegator since and was not read there', async () => {
    const { registrar, reseller, child, sides } = await delegated(world, 'since.example');
    const late = await coordinatorOn(world, 'late.since.example');
    await forwards(late);
    await reseller.acts([child]);
    await world.settled();
    expect(await referralsOf(sides[0].cert)).toMatchObject([{ state: 'ACTIONED' }]);
    expect(await referralsOf(late.cert)).toMatchObject([{ state: 'SENT', deliveredAt: null, action: null }]);
    expect(await onlyItem(registrar)).toMatchObject({ state: 'SENT' });
    await registrar.acts([await onlyItem(registrar)]);
    await world.settled();
    expect(await referralsOf(late.cert)).toMatchObject([{ state: 'ACTIONED' }]);
  });

  test('is final: its item takes nothing more', async () => {
    const { reseller, child } = await delegated(world, 'final.example');
    await reseller.acts([child]);
    await world.settled();
    for (const field of ['acknowledgeItems', 'declineItems', 'reportAction']) {
      const input = {
        ...(field === 'declineItems' && { reason: 'DUPLICATE' }),
        ...(field === 'reportAction' && { action: 'SITE_CLEANED' }),
      };
      expect((await says(reseller, field, [child], input)).results).toMatchObject([{ error: { code: 'WRONG_STATE' } }]);
    }
  });

  test('goes one hop: a delegate neither hands on nor asks coordinators', async () => {
    const { registrar, reseller, child } = await delegated(world, 'one-hop.example');
    const another = await world.provider();
    for (const [field, input] of [
      ['delegateItems', { delegate: another.id }],
      ['askCoordinator', { question: 'Who are you?' }],
    ] as const) {
      const { results } = await says(reseller, field, [child], input);
      expect(results).toMatchObject([{ error: { code: 'WRONG_STATE' } }]);
      expect(results[0].error.message).toContain(registrar.name);
    }
    expect(await deskOf(another)).toEqual([]);
  });
});
