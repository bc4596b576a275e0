import { afterAll, beforeAll, expect, test } from 'vitest';

import { coordinatorOn, deskOf, forwards, referralsOf } from '../support/answering.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

test('each side’s ticket travels on the request: the coordinator’s to the party, the party’s to the coordinator', async () => {
  const registrar = await world.provider({ REGISTRAR: ['tickets.example'] });
  const [first, second] = [
    await coordinatorOn(world, 'tickets.example'),
    await coordinatorOn(world, 'tickets.example'),
  ];
  await forwards(first, { caseReference: 'CERT-17' });
  await forwards(second);
  await registrar.acts(await registrar.inbox(), { providerReference: 'RT-4' });
  await world.settled();

  const tickets = { caseReference: 'CERT-17', providerReference: 'RT-4' };
  expect(await referralsOf(first.cert)).toMatchObject([tickets]);
  expect(await referralsOf(second.cert)).toMatchObject([{ caseReference: null, providerReference: 'RT-4' }]);
  const [item] = await deskOf(registrar);
  expect(item?.referrals).toMatchObject([tickets, { caseReference: null }]);
  for (const { vendor } of [first, second]) {
    expect(JSON.stringify(await vendor.events())).not.toContain('CERT-17');
  }
});
