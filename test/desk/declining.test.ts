import { afterAll, beforeAll, expect, test } from 'vitest';

import { DECLINE_REASONS } from '../../src/referral/answer.ts';
import { coordinatorOn, cursorOf, forwards, heardSince, onlyItem, referralsOf, says } from '../support/answering.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

/** A name with a registrar and a host, each asked by one coordinator. */
async function partiesOf(name: string) {
  const registrar = await world.provider({ REGISTRAR: [name] });
  const host = await world.provider({ HOST: [name] });
  const side = await coordinatorOn(world, name);
  await forwards(side);
  return { registrar, host, ...side, item: await onlyItem(registrar) };
}

const referralTo = async (role: string, cert: Awaited<ReturnType<typeof partiesOf>>['cert']) => {
  const { data } = await cert.ask(
    '{ referrals(first: 9) { edges { node { role state declineReason proposedRole proposedParty pausedAt } } } }',
  );
  return data.referrals.edges.map(({ node }: never) => node).find((node: { role: string }) => node.role === role);
};

test.each([
  ['NOT_OUR_CUSTOMER', 'REGISTRAR'],
  ['TRANSFERRED_AWAY', 'REGISTRAR'],
  ['WRONG_LAYER_CONTACT_HOST', 'HOST'],
  ['WRONG_LAYER_CONTACT_REGISTRAR', 'REGISTRAR'],
  ['NOT_HOSTED_PASS_THROUGH', 'HOST'],
])('%s proposes the next referral, to a party that is a %s', async (reason, proposedRole) => {
  const { registrar, cert, item } = await partiesOf(`${reason.toLowerCase().replaceAll('_', '-')}.example`);
  const { results } = await says(registrar, 'declineItems', [item], { reason, suggestedParty: 'Somebody Else Ltd' });
  expect(results).toMatchObject([{ item: { state: 'DECLINED', suggestedParty: 'Somebody Else Ltd' } }]);
  await world.settled();
  const proposed = { declineReason: reason, proposedRole, proposedParty: 'Somebody Else Ltd' };
  expect(await referralTo('REGISTRAR', cert)).toMatchObject(proposed);
});

test('every other reason points to nobody, and is refused with a party', async () => {
  const pointing = [
    'NOT_OUR_CUSTOMER',
    'TRANSFERRED_AWAY',
    'WRONG_LAYER_CONTACT_HOST',
    'WRONG_LAYER_CONTACT_REGISTRAR',
    'NOT_HOSTED_PASS_THROUGH',
  ];
  const { registrar, cert, item } = await partiesOf('nobody-else.example');
  for (const reason of DECLINE_REASONS.filter((each) => !pointing.includes(each))) {
    const input = { reason, note: 'see the ticket', suggestedParty: 'Somebody Else Ltd' };
    expect((await says(registrar, 'declineItems', [item], input)).errors).toMatchObject([
      { code: 'BAD_INPUT', path: ['suggestedParty'] },
    ]);
    const dry = await says(registrar, 'declineItems', [item], { reason, note: 'see the ticket', dryRun: true });
    expect(dry.results).toMatchObject([{ error: null }]);
  }
  await says(registrar, 'declineItems', [item], { reason: 'ALREADY_SUSPENDED' });
  await world.settled();
  expect(await referralTo('REGISTRAR', cert)).toMatchObject({ proposedRole: null, proposedParty: null });
});

test('who acts after all proposes nobody any more', async () => {
  const { registrar, cert, item } = await partiesOf('after-all.example');
  await says(registrar, 'declineItems', [item], { reason: 'NOT_OUR_CUSTOMER', suggestedParty: 'Somebody Else Ltd' });
  await registrar.acts([item]);
  await world.settled();
  expect(await referralTo('REGISTRAR', cert)).toMatchObject({ state: 'ACTIONED', proposedRole: null });
});

test('a false positive pauses the other referrals of the case, and confirming again lifts it', async () => {
  const { registrar, host, cert, item } = await partiesOf('doubted.example');
  await registrar.declines([item], { reason: 'FALSE_POSITIVE' });
  await world.settled();
  expect(await referralTo('REGISTRAR', cert)).toMatchObject({ state: 'DECLINED', pausedAt: null });
  expect(await referralTo('HOST', cert)).toMatchObject({ state: 'SENT', pausedAt: expect.any(String) });
  expect(await onlyItem(host)).toMatchObject({ state: 'SENT', referrals: [{ pausedAt: expect.any(String) }] });

  await cert.confirms(await cert.cases());
  await world.settled();
  expect(await referralTo('HOST', cert)).toMatchObject({ pausedAt: null });
  expect((await host.events()).map(({ kind }) => kind).slice(-2)).toEqual(['REFERRALS_PAUSED', 'REFERRALS_RESUMED']);
});

test('the other parties see that they wait, and not why', async () => {
  const { registrar, host, item } = await partiesOf('quietly.example');
  await registrar.declines([item], { reason: 'FALSE_POSITIVE', note: 'our own brand page' });
  await world.settled();
  const seen = JSON.stringify([await host.events(), await onlyItem(host)]);
  for (const secret of ['FALSE_POSITIVE', 'our own brand page', registrar.name, 'DECLINED']) {
    expect(seen).not.toContain(secret);
  }
});

test('a pause leaves alone what was done, and what other coordinators ask', async () => {
  const { registrar, host, cert, item } = await partiesOf('others.example');
  const other = await coordinatorOn(world, 'www.others.example');
  await host.acts([await onlyItem(host)]);
  await world.settled();
  await registrar.declines([item], { reason: 'FALSE_POSITIVE' });
  await world.settled();
  expect(await referralTo('HOST', cert)).toMatchObject({ state: 'ACTIONED', pausedAt: null });

  const heard = await cursorOf(other.cert);
  await forwards(other);
  await world.settled();
  expect(await referralsOf(other.cert)).toMatchObject([{ pausedAt: null }, { pausedAt: null }]);
  expect(await heardSince(other.cert, heard)).not.toContain('REFERRALS_PAUSED');
});

test('who answers although it waits, waits no more', async () => {
  const { registrar, host, cert, item } = await partiesOf('anyway.example');
  await registrar.declines([item], { reason: 'FALSE_POSITIVE' });
  await world.settled();
  await host.acts([await onlyItem(host)]);
  await world.settled();
  expect(await referralTo('HOST', cert)).toMatchObject({ state: 'ACTIONED', pausedAt: null });
});
