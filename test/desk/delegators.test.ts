import { afterAll, beforeAll, describe, expect, test } from 'vitest';

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
import { createWorld, type Party, type World } from '../support/world.ts';
import { chainFor, delegated, handsOn } from './delegating.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

describe('a delegator', () => {
  test.each([
    ['acts', (registrar: Party, item: { id: string }) => registrar.acts([item])],
    ['declines', (registrar: Party, item: { id: string }) => registrar.declines([item])],
  ])('%s at any time, which ends what its delegate has in hand', async (verb, answer) => {
    const { registrar, reseller, item, child, sides } = await delegated(world, `itself-${verb}.example`);
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
    const { registrar, reseller, item, sides } = await delegated(world, 'revoked.example');
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
    const { registrar, reseller, item } = await delegated(world, 'to-and-fro.example');
    const another = await world.provider();
    for (const next of [reseller, another, reseller]) {
      await says(registrar, 'revokeDelegation', [item]);
      expect((await handsOn(registrar, next, [item])).results).toMatchObject([{ item: { state: 'DELEGATED' } }]);
    }
    const states = async (party: Party) => (await deskOf(party)).map(({ state }) => state).sort();
    expect([await states(reseller), await states(another)]).toEqual([['CLOSED', 'CLOSED', 'SENT'], ['CLOSED']]);
  });

  test('takes back only what is delegated, and hands on nothing twice', async () => {
    const { registrar, reseller, item } = await chainFor(world, 'not-yet.example');
    expect((await says(registrar, 'revokeDelegation', [item])).results).toMatchObject([
      { error: { code: 'WRONG_STATE' } },
    ]);
    await handsOn(registrar, reseller, [item]);
    expect((await handsOn(registrar, reseller, [item])).results).toMatchObject([{ error: { code: 'WRONG_STATE' } }]);
    expect(await deskOf(reseller)).toHaveLength(1);
  });

  test('asks its delegate to act no later than it was asked itself', async () => {
    const { registrar, reseller, item } = await chainFor(world, 'in-time.example');
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
    const { registrar, reseller, item } = await chainFor(world, 'once.example');
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
