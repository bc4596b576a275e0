import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { decides } from '../support/coordinator.ts';
import { deskOf, requestsOf, says } from '../support/desk.ts';
import { contentsOf } from '../support/reporter.ts';
import { createWorld, type World } from '../support/world.ts';
import { RETRACTED, forward, retracts, sideOf, since, type Side } from './retracting.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

describe('two coordinators at one item', () => {
  async function makeDesk(name: string) {
    const registrar = await world.provider({ REGISTRAR: [name] });
    const [first, second] = [await sideOf(world, `a.${name}`), await sideOf(world, `b.${name}`)];
    await forward(first.cert);
    await forward(second.cert);
    await registrar.acts(await registrar.inbox());
    await world.settled();
    return { registrar, first, second };
  }
  const all = async ({ cert, vendor, report }: Side) =>
    JSON.stringify([
      await cert.events(),
      await requestsOf(cert),
      await vendor.events(),
      await contentsOf(vendor, report),
    ]);

  test('what one takes back closes nothing of the other, who neither sees nor hears it', async () => {
    const { registrar, first, second } = await makeDesk('two-back.example');
    const before = await all(second);
    await retracts(first.cert);
    expect(await all(second)).toBe(before);
    const [item, ...more] = await deskOf(registrar);
    expect(more).toEqual([]);
    expect(item?.state).toBe('ACTIONED');
    const states = new Map(item?.referrals.map(({ coordinator, state }) => [coordinator, state]));
    expect(states).toEqual(
      new Map([
        [first.cert.name, 'RETRACTED'],
        [second.cert.name, 'ACTIONED'],
      ]),
    );
    expect(await says(registrar, 'reportRestored', await deskOf(registrar))).toEqual(['WRONG_STATE']);
  });

  test('and is undone when the other takes back too: one answer answers both', async () => {
    const { registrar, first, second } = await makeDesk('both-back.example');
    await retracts(first.cert);
    await retracts(second.cert, { correction: null, reason: 'WRONG_RESOURCE' });
    expect(await deskOf(registrar)).toMatchObject([{ state: 'RETRACTED' }]);
    await says(registrar, 'reportRestored', await deskOf(registrar));
    await world.settled();
    for (const { cert } of [first, second])
      expect(await requestsOf(cert)).toMatchObject([{ state: 'CLOSED', basis: 'RESTORED' }]);
  });

  test('and when what the other asks ends otherwise: nobody holds to it any more', async () => {
    const { registrar, first, second } = await makeDesk('other-ends.example');
    await retracts(first.cert);
    await decides(second.cert, 'endCases', await second.cert.cases(), { as: 'UNRESOLVED', reason: 'STALE' });
    await world.settled();
    expect(await deskOf(registrar)).toMatchObject([{ state: 'RETRACTED' }]);
    expect(await requestsOf(second.cert)).toMatchObject([{ state: 'CLOSED', basis: 'CASE_ENDED' }]);
    expect(await requestsOf(first.cert)).toMatchObject([RETRACTED]);
  });

  test('the one who takes back sees the same as one who is alone', async () => {
    const { first } = await makeDesk('with-other.example');
    const registrar = await world.provider({ REGISTRAR: ['without.example'] });
    const alone = await sideOf(world, 'a.without.example');
    await forward(alone.cert);
    await registrar.acts(await registrar.inbox());
    await world.settled();
    const seen = async ({ cert }: Side) => {
      const before = (await cert.events()).length;
      await retracts(cert);
      const requests = (await requestsOf(cert)).map(({ state, requestedAction, basis }) => ({
        state,
        requestedAction,
        basis,
      }));
      return [requests, await since(cert, before)];
    };
    expect(await seen(first)).toEqual(await seen(alone));
  });
});
