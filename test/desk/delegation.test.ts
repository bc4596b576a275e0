import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { contentsOf, outcomesOf, withdraws } from '../support/reporter.ts';
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
  type Coordinator,
} from '../support/answering.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

/** A registrar that these coordinators asked about one name, and a reseller of it. */
async function chainFor(name: string, coordinators = 1) {
  const registrar = await world.provider({ REGISTRAR: [name] });
  const reseller = await world.provider();
  const sides: Coordinator[] = [];
  for (let count = 0; count < coordinators; count += 1) sides.push(await coordinatorOn(world, name, `www.${name}`));
  for (const side of sides) await forwards(side);
  return { registrar, reseller, item: await onlyItem(registrar), sides: sides as [Coordinator, ...Coordinator[]] };
}

async function delegated(
  name: string,
  { coordinators = 1, ...input }: { coordinators?: number; shownAs?: string } = {},
) {
  const chain = await chainFor(name, coordinators);
  await handsOn(chain.registrar, chain.reseller, [chain.item], input);
  return { ...chain, child: await onlyItem(chain.reseller) };
}

async function handsOn(from: Party, to: Party, items: readonly { id: string }[], input: object = {}) {
  const payload = await says(from, 'delegateItems', items, { delegate: to.id, ...input });
  await world.settled();
  return payload;
}

describe('an item that is handed on', () => {
  test('becomes an item of the delegate, with what was seen and what is asked; the times of its own desk stay', async () => {
    const { registrar, reseller, item } = await chainFor('handed.example');
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
      const { reseller, sides } = await delegated(name, { shownAs });
      const [{ cert, vendor, report }] = sides;
      const delegatedTo = shownAs === 'NAMED' ? reseller.name : 'a reseller';
      expect(await referralsOf(cert)).toMatchObject([{ state: 'DELEGATED', delegatedTo }]);
      expect((await contentsOf(vendor, report)).responsibilities).toMatchObject([
        { state: 'ACKNOWLEDGED', reason: null },
      ]);
    }
  });

  test('shows its delegator how it stands there', async () => {
    const { registrar, reseller, child } = await delegated('stands-there.example');
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
    const { reseller, sides } = await delegated('grows.example');
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
    const { registrar, reseller, sides } = await delegated('withdrawn.example');
    const [{ vendor, report }] = sides;
    await withdraws(vendor, report);
    await world.settled();
    expect(await onlyItem(registrar)).toMatchObject({ state: 'CLOSED', basis: 'CASE_ENDED' });
    expect(await onlyItem(reseller)).toMatchObject({ state: 'CLOSED', basis: 'CASE_ENDED' });
  });
});

describe('what a delegate does', () => {
  test('answers the item of its delegator, and each coordinator under it', async () => {
    const { registrar, reseller, child, sides } = await delegated('done.example', { coordinators: 2 });
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
    const { registrar, reseller, child, sides } = await delegated('refused.example');
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
    const { registrar, reseller, child, sides } = await delegated('since.example');
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
    const { reseller, child } = await delegated('final.example');
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
    const { registrar, reseller, child } = await delegated('one-hop.example');
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

describe('a delegator', () => {
  test.each([
    ['acts', (registrar: Party, item: { id: string }) => registrar.acts([item])],
    ['declines', (registrar: Party, item: { id: string }) => registrar.declines([item])],
  ])('%s at any time, which ends what its delegate has in hand', async (verb, answer) => {
    const { registrar, reseller, item, child, sides } = await delegated(`itself-${verb}.example`);
    await reseller.acknowledges([child]);
    await answer(registrar, item);
    await world.settled();
    expect(await onlyItem(reseller)).toMatchObject({ state: 'CLOSED', basis: 'WITHDRAWN' });
    const state = verb === 'acts' ? 'ACTIONED' : 'DECLINED';
    expect(await onlyItem(registrar)).toMatchObject({ state, delegatedTo: null });
    expect(await referralsOf(sides[0].cert)).toMatchObject([{ state, delegatedTo: null }]);
    expect((await reseller.acts([child])).results).toMatchObject([{ error: { code: 'WRONG_STATE' } }]);
  });

  test('takes an item back; the delegate keeps what it has read, and gets nothing more', async () => {
    const { registrar, reseller, item, sides } = await delegated('revoked.example');
    const { results, receipt } = await says(registrar, 'revokeDelegation', [item]);
    expect(results).toMatchObject([{ item: { state: 'ACKNOWLEDGED', delegatedTo: null } }]);
    expect(receipt.entryId).toEqual(expect.any(String));
    await world.settled();
    const kept = await onlyItem(reseller);
    expect(kept).toMatchObject({ state: 'CLOSED', basis: 'WITHDRAWN', resource: 'revoked.example' });
    expect(kept.observables.edges).toHaveLength(2);
    expect(await referralsOf(sides[0].cert)).toMatchObject([{ state: 'ACKNOWLEDGED', delegatedTo: null }]);

    const heard = await cursorOf(reseller);
    await sides[0].vendor.submits(['login.revoked.example']);
    await forwards(sides[0]);
    await registrar.acts([item]);
    await world.settled();
    expect(await heardSince(reseller, heard)).toEqual([]);
    expect(await onlyItem(reseller)).toEqual(kept);
  });

  test('hands on again what it took back, to the same delegate or another', async () => {
    const { registrar, reseller, item } = await delegated('to-and-fro.example');
    const another = await world.provider();
    for (const next of [reseller, another, reseller]) {
      await says(registrar, 'revokeDelegation', [item]);
      expect((await handsOn(registrar, next, [item])).results).toMatchObject([{ item: { state: 'DELEGATED' } }]);
    }
    const states = async (party: Party) => (await deskOf(party)).map(({ state }) => state).sort();
    expect([await states(reseller), await states(another)]).toEqual([['CLOSED', 'CLOSED', 'SENT'], ['CLOSED']]);
  });

  test('takes back only what is delegated, and hands on nothing twice', async () => {
    const { registrar, reseller, item } = await chainFor('not-yet.example');
    expect((await says(registrar, 'revokeDelegation', [item])).results).toMatchObject([
      { error: { code: 'WRONG_STATE' } },
    ]);
    await handsOn(registrar, reseller, [item]);
    expect((await handsOn(registrar, reseller, [item])).results).toMatchObject([{ error: { code: 'WRONG_STATE' } }]);
    expect(await deskOf(reseller)).toHaveLength(1);
  });

  test('asks its delegate to act no later than it was asked itself', async () => {
    const { registrar, reseller, item } = await chainFor('in-time.example');
    const due = new Date(item.dueAt).getTime();
    const at = (ms: number) => ({ dueAt: new Date(due + ms).toISOString() });
    expect((await handsOn(registrar, reseller, [item], at(1))).results).toMatchObject([
      { error: { code: 'BAD_INPUT' } },
    ]);
    const past = { dueAt: new Date(Date.now() - 1000).toISOString() };
    expect((await handsOn(registrar, reseller, [item], past)).errors).toMatchObject([
      { code: 'BAD_INPUT', path: ['dueAt'] },
    ]);
    await handsOn(registrar, reseller, [item], at(-3_600_000));
    expect(await onlyItem(reseller)).toMatchObject(at(-3_600_000));
    expect(await onlyItem(registrar)).toMatchObject({ dueAt: item.dueAt });
  });

  test('rehearses, and says it once', async () => {
    const { registrar, reseller, item } = await chainFor('once.example');
    const dry = await handsOn(registrar, reseller, [item], { idempotencyKey: 'a key', dryRun: true });
    expect(dry).toMatchObject({ results: [{ error: null }], receipt: null });
    expect([await deskOf(reseller), (await onlyItem(registrar)).state]).toEqual([[], 'SENT']);
    const first = await handsOn(registrar, reseller, [item], { idempotencyKey: 'a key' });
    expect(await handsOn(registrar, reseller, [item], { idempotencyKey: 'a key' })).toEqual(first);
    expect(await deskOf(reseller)).toHaveLength(1);
  });

  test('hands on many, each answered in the order asked', async () => {
    const names = ['a1.example', 'a2.example', 'a3.example'];
    const registrar = await world.provider({ REGISTRAR: names });
    const reseller = await world.provider();
    await forwards(await coordinatorOn(world, ...names));
    const [one, two, three] = await deskOf(registrar);
    const refs = [
      { id: three?.id ?? '' },
      { id: 'no id' },
      { id: one?.id ?? '', expectedVersion: (one?.version ?? 0) + 1 },
      { id: two?.id ?? '' },
    ];
    const { results } = await handsOn(registrar, reseller, refs);
    expect(results.map(({ error }: { error: { code: string } | null }) => error?.code ?? null)).toEqual([
      ...[null, 'NOT_FOUND', 'CONFLICT', null],
    ]);
    expect((await deskOf(reseller)).map(({ resource }) => resource).sort()).toEqual(
      [two?.resource, three?.resource].sort(),
    );
  });
});
