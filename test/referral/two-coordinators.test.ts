import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { outcomesOf } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

/** Two coordinators who each have a case on the same resource, at one registrar. */
interface Desk {
  readonly registrar: Party;
  readonly first: Coordinator;
  readonly second: Coordinator;
}

interface Coordinator {
  readonly cert: Party;
  readonly vendor: Party;
  readonly report: { id: string };
}

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

async function makeDesk(name: string): Promise<Desk> {
  const registrar = await world.provider({ REGISTRAR: [name] });
  const [first, second] = [await makeCoordinator(name), await makeCoordinator(name)];
  await world.settled();
  return { registrar, first, second };
}

async function makeCoordinator(name: string): Promise<Coordinator> {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits([`www.${name}`]);
  return { cert, vendor, report };
}

async function forward({ cert }: Coordinator): Promise<void> {
  await cert.confirms(await cert.cases());
  await cert.forwards(await cert.cases());
  await world.settled();
}

const REFERRALS = `{ referrals(first: 100) { edges { node { id coordinator provider role resource state note answerNote
  action declineReason providerReference deliveredAt acknowledgedAt answeredAt observables(first: 10) { edges { node { value } } } } } } }`;

async function referralsOf({ cert }: Coordinator) {
  const { data } = await cert.ask(REFERRALS);
  return data.referrals.edges.map(({ node }: { node: object }) => node);
}

describe('two coordinators at one provider', () => {
  test('lie under one item as two requests, which one answer answers', async () => {
    const { registrar, first, second } = await makeDesk('shared.example');
    await forward(first);
    await forward(second);
    const [item, ...others] = await registrar.inbox();
    expect(others).toEqual([]);
    expect(item?.referrals.map(({ coordinator }) => coordinator).sort()).toEqual(
      [first.cert.name, second.cert.name].sort(),
    );

    await registrar.acts(item ? [item] : [], { note: 'on hold', providerReference: 'ticket 7' });
    await world.settled();
    for (const side of [first, second]) {
      const answered = {
        state: 'ACTIONED',
        action: 'DOMAIN_CLIENT_HOLD',
        answerNote: 'on hold',
        providerReference: 'ticket 7',
      };
      expect(await referralsOf(side)).toMatchObject([{ coordinator: side.cert.name, ...answered }]);
      expect(await outcomesOf(side.vendor, side.report)).toEqual({ 'www.shared.example': 'ACTED' });
    }
  });

  test('never see or hear of each other', async () => {
    const { registrar, first, second } = await makeDesk('apart.example');
    await forward(first);
    await forward(second);
    await registrar.acknowledges(await registrar.inbox());
    await registrar.declines(await registrar.inbox());
    await world.settled();
    for (const [me, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const [referral] = await referralsOf(other);
      const known = JSON.stringify([await me.cert.events(), await referralsOf(me), await me.vendor.events()]);
      for (const secret of [other.cert.name, other.cert.id, other.vendor.name, other.vendor.id, referral.id]) {
        expect(known).not.toContain(secret);
      }
      const { data } = await me.cert.ask('query ($id: ID!) { referral(id: $id) { id } node(id: $id) { id } }', {
        id: referral.id,
      });
      expect(data).toEqual({ referral: null, node: null });
    }
  });

  test('hear the same of an answer as a coordinator who is alone', async () => {
    const { registrar, first, second } = await makeDesk('counted.example');
    await forward(first);
    await forward(second);
    await registrar.acts(await registrar.inbox());
    const alone = await makeDesk('uncounted.example');
    await forward(alone.first);
    await alone.registrar.acts(await alone.registrar.inbox());
    await world.settled();

    const answerOf = async ({ cert }: Coordinator): Promise<object[]> =>
      (await cert.events()).filter(({ kind }) => kind === 'REFERRALS_ANSWERED').flatMap(({ details }) => details);
    const [lonely] = await answerOf(alone.first);
    for (const side of [first, second]) {
      const [answer, ...more] = await answerOf(side);
      expect(more).toEqual([]);
      expect({ ...answer, id: null, actedAt: null }).toEqual({ ...lonely, id: null, actedAt: null });
    }
  });

  test('a request that comes under an answered item asks again, and leaves the answered one as it was', async () => {
    const { registrar, first, second } = await makeDesk('later.example');
    await forward(first);
    await registrar.acts(await registrar.inbox());
    await world.settled();
    const before = await referralsOf(first);

    await forward(second);
    expect(await registrar.inbox()).toMatchObject([{ state: 'SENT', referrals: [{}, {}] }]);
    expect(await referralsOf(first)).toEqual(before);
    expect(await referralsOf(second)).toMatchObject([{ state: 'SENT', action: null, answeredAt: null }]);

    await registrar.declines(await registrar.inbox());
    await world.settled();
    expect(await referralsOf(second)).toMatchObject([{ state: 'DECLINED', declineReason: 'NOT_OUR_CUSTOMER' }]);
  });

  test('are not asked again, nor answered anew, because of what the other one adds', async () => {
    const { registrar, first, second } = await makeDesk('grows.example');
    await forward(first);
    await forward(second);
    await registrar.acts(await registrar.inbox());
    await world.settled();
    const before = [await referralsOf(second), await second.cert.events(), await second.vendor.events()];

    await first.vendor.submits(['login.grows.example']);
    await world.settled();
    await forward(first);
    expect(await registrar.inbox()).toMatchObject([{ state: 'SENT' }]);
    await registrar.acknowledges(await registrar.inbox());
    await registrar.declines(await registrar.inbox());
    await world.settled();
    expect(await referralsOf(first)).toMatchObject([{ state: 'DECLINED' }]);
    expect([await referralsOf(second), await second.cert.events(), await second.vendor.events()]).toEqual(before);
  });
});
