import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { decides, kindsOf } from '../support/coordinator.ts';
import { deskOf, requestsOf, says } from '../support/desk.ts';
import { outcomesAfter } from '../support/outcomes.ts';
import { adds, contentsOf, outcomesOf } from '../support/reporter.ts';
import { numbered, whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type World } from '../support/world.ts';
import { RETRACTED, WRONG, forward, idsOf, readsAll, retracts, sideOf, since } from './retracting.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

describe('a case that is taken back', () => {
  test('asks everyone who was told to undo it, open until that is done, and its reporters hear it', async () => {
    const registrar = await world.provider({ REGISTRAR: ['back.example'] });
    const host = await world.provider({ HOST: ['back.example'] });
    const side = await sideOf(world, 'back.example', 'www.back.example');
    const { cert, vendor, report } = side;
    await forward(cert);
    await registrar.acts(await registrar.inbox());
    await readsAll(host);
    const heard = [(await registrar.events()).length, (await vendor.events()).length] as const;
    const { cursor } = await outcomesAfter(vendor);

    await retracts(cert);
    expect(await cert.cases()).toMatchObject([{ state: 'RETRACTED', basis: 'FALSE_POSITIVE' }]);
    for (const party of [registrar, host]) {
      const [item, ...more] = await deskOf(party);
      expect(more).toEqual([]);
      expect(item).toMatchObject({ state: 'RETRACTED', basis: null, referrals: [RETRACTED] });
      expect(item?.referrals[0]?.observables).toEqual(['back.example', 'www.back.example']);
    }
    expect(await since(registrar, heard[0])).toEqual(['REFERRALS_RETRACTED', 'ITEMS_RETRACTED']);
    expect(Object.values(await outcomesOf(vendor, report))).toEqual(['RETRACTED', 'RETRACTED']);
    const [told] = (await vendor.events()).slice(heard[1]).filter(({ kind }) => kind === 'INDICATORS_RETRACTED');
    expect(told?.details).toMatchObject([{ reason: 'FALSE_POSITIVE' }, { reason: 'FALSE_POSITIVE' }]);
    const ended = { outcome: 'RETRACTED', state: 'NOT_APPLICABLE', reason: 'RETRACTED' };
    expect((await outcomesAfter(vendor, cursor)).rows).toMatchObject([ended, ended, ended, ended]);

    expect(await says(registrar, 'reportAction', await deskOf(registrar), { action: 'URL_BLOCKED' })).toEqual([
      'WRONG_STATE',
    ]);
    expect(await says(registrar, 'reportRestored', await deskOf(registrar), { providerReference: 'undone' })).toEqual([
      'CLOSED',
    ]);
    await world.settled();
    expect(await deskOf(registrar)).toMatchObject([
      { state: 'CLOSED', basis: 'RESTORED', referrals: [{ state: 'CLOSED', basis: 'RESTORED' }] },
    ]);
    expect(await deskOf(host)).toMatchObject([{ state: 'RETRACTED' }]);
    expect((await requestsOf(cert)).map(({ state, basis }) => [state, basis]).sort()).toEqual([
      ['CLOSED', 'RESTORED'],
      ['RETRACTED', null],
    ]);
  });

  test('is proven to be known when the desk has read of it, and not before', async () => {
    const registrar = await world.provider({ REGISTRAR: ['known.example'] });
    const { cert } = await sideOf(world, 'known.example');
    await forward(cert);
    await readsAll(registrar);
    await retracts(cert);
    const before = (await cert.events()).length;
    expect(await since(cert, before)).toEqual([]);
    await readsAll(registrar);
    expect(await since(cert, before)).toEqual(['REFERRALS_DELIVERED']);
    expect(await deskOf(registrar)).toMatchObject([{ state: 'RETRACTED', referrals: [{ state: 'RETRACTED' }] }]);
  });

  test('reaches delegates: those who have it in hand and those who have acted', async () => {
    const names = ['handed.example', 'done.example'];
    const registrar = await world.provider({ REGISTRAR: names });
    const reseller = await world.provider();
    const { cert } = await sideOf(world, ...names);
    await forward(cert);
    await says(registrar, 'delegateItems', await deskOf(registrar), { delegate: reseller.id });
    await world.settled();
    const done = (await deskOf(reseller)).filter(({ resource }) => resource === 'done.example');
    await says(reseller, 'reportAction', done, { action: 'DOMAIN_CLIENT_HOLD' });
    await world.settled();

    const { results } = await decides(cert, 'retractCases', await cert.cases(), WRONG);
    expect(results).toHaveLength(2);
    await world.settled();
    const child = { state: 'RETRACTED', basis: null, requestedActions: ['RESTORE'], referrals: [] };
    expect(await deskOf(reseller)).toMatchObject([child, child]);
    expect(kindsOf(await reseller.events()).at(-1)).toBe('ITEMS_RETRACTED');
    expect(JSON.stringify([await reseller.events(), await deskOf(reseller)])).not.toContain(WRONG.correction);

    // What the delegate has undone is undone for its delegator and for the coordinator.
    expect(await says(reseller, 'reportRestored', await deskOf(reseller))).toEqual(['CLOSED', 'CLOSED']);
    await world.settled();
    expect((await deskOf(registrar)).map(({ state, basis }) => [state, basis])).toEqual([
      ['CLOSED', 'RESTORED'],
      ['CLOSED', 'RESTORED'],
    ]);
    expect((await requestsOf(cert)).map(({ basis }) => basis)).toEqual(['RESTORED', 'RESTORED']);
  });

  test('is corrected also after it had ended, to those who had been told alone', async () => {
    const registrar = await world.provider({ REGISTRAR: ['ended.example'] });
    const host = await world.provider({ HOST: ['ended.example'] });
    const { cert, vendor, report } = await sideOf(world, 'ended.example');
    await forward(cert);
    await registrar.acts(await registrar.inbox());
    await world.settled();
    await decides(cert, 'endCases', await cert.cases(), { as: 'RESOLVED' });
    await world.settled();
    expect(await deskOf(registrar)).toMatchObject([{ state: 'CLOSED', basis: 'CASE_ENDED' }]);

    await retracts(cert);
    expect(await deskOf(registrar)).toMatchObject([{ state: 'RETRACTED', referrals: [RETRACTED] }]);
    expect(await deskOf(host)).toMatchObject([
      { state: 'CLOSED', basis: 'CASE_ENDED', referrals: [{ state: 'CLOSED' }] },
    ]);
    expect(await outcomesOf(vendor, report)).toEqual({ 'ended.example': 'RETRACTED' });
  });

  test('is not forwarded by a request that was still on its way', async () => {
    const registrar = await world.provider({ REGISTRAR: ['overtaken.example'] });
    const { cert, vendor, report } = await sideOf(world, 'overtaken.example');
    await whileFlowWaits(world, async () => {
      await cert.confirms(await cert.cases());
      await cert.forwards(await cert.cases());
      await numbered(world);
      await decides(cert, 'retractCases', await cert.cases(), WRONG);
    });
    await world.settled();
    expect(await registrar.inbox()).toEqual([]);
    expect(await outcomesOf(vendor, report)).toEqual({ 'overtaken.example': 'RETRACTED' });
  });
});

describe('a part of a case that is taken back', () => {
  test('goes from the requests, which stand for the rest and say so', async () => {
    const registrar = await world.provider({ REGISTRAR: ['part.example'] });
    const reseller = await world.provider();
    const side = await sideOf(world, 'part.example', 'wrong.part.example');
    const { cert, vendor, report } = side;
    await forward(cert);
    await says(registrar, 'delegateItems', await deskOf(registrar), { delegate: reseller.id });
    await world.settled();
    const [before] = await deskOf(registrar);

    await retracts(cert, { indicators: await idsOf(side, 'wrong.part.example') });
    expect(await cert.cases()).toMatchObject([{ state: 'REFERRED' }]);
    const [item] = await deskOf(registrar);
    expect(item).toMatchObject({ state: 'DELEGATED', version: (before?.version ?? 0) + 1 });
    expect(item?.referrals).toMatchObject([
      { requestedAction: 'TAKE_DOWN', retractReason: null, observables: ['part.example'] },
    ]);
    const said = (await registrar.events()).find(({ kind }) => kind === 'LINES_RETRACTED');
    expect(said?.details).toMatchObject([{ ...WRONG, observables: [{ value: 'wrong.part.example' }] }]);
    expect(kindsOf(await cert.events())).toContain('LINES_RETRACTED');
    expect(await deskOf(reseller)).toMatchObject([{ state: 'SENT', observables: ['part.example'] }]);
    expect(kindsOf(await reseller.events()).at(-1)).toBe('ITEMS_REDUCED');
    expect(await outcomesOf(vendor, report)).toEqual({ 'part.example': 'REFERRED', 'wrong.part.example': 'RETRACTED' });
    expect((await contentsOf(vendor, report)).responsibilities).toMatchObject([
      { state: 'ACKNOWLEDGED', reason: null },
    ]);
  });

  test('asks to undo it when nothing else was ever shown to the party, and the rest may be forwarded beside that', async () => {
    const registrar = await world.provider({ REGISTRAR: ['alone.example'] });
    const side = await sideOf(world, 'alone.example');
    const { cert, vendor, report } = side;
    await forward(cert);
    await adds(vendor, report, ['late.alone.example']);
    await world.settled();
    await cert.confirms(await cert.cases());
    await retracts(cert, { indicators: await idsOf(side, 'alone.example') });
    expect(await deskOf(registrar)).toMatchObject([{ state: 'RETRACTED', referrals: [RETRACTED] }]);

    await cert.forwards(await cert.cases());
    await world.settled();
    const desk = await deskOf(registrar);
    expect(desk.map(({ state, referrals }) => [state, referrals[0]?.observables]).sort()).toEqual([
      ['RETRACTED', ['alone.example']],
      ['SENT', ['late.alone.example']],
    ]);
  });
});
