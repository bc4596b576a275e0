import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { rowIdOf } from '../../src/platform/ids.ts';
import { appendEntry } from '../database/entries.ts';
import { decides, heardBy, kindsOf, queueOf, referredTo } from '../support/coordinator.ts';
import { waitingForLocks } from '../support/rivals.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const CASE =
  'query ($id: ID!) { case(id: $id) { state indicators(first: 9) { edges { node { value } } } referrals { state } } }';

const shares = async (cert: Party, other: Party): Promise<string> => {
  const cases = await cert.cases();
  await decides(cert, 'addCoordinators', cases, { coordinator: other.id });
  await world.settled();
  return cases[0]?.id ?? '';
};

async function sharedOf(other: Party): Promise<{ id: string }[]> {
  const { data } = await other.ask('{ cases(first: 9, filter: { shared: true }) { edges { node { id } } } }');
  return data.cases.edges.map(({ node }: { node: { id: string } }) => node);
}

describe('a coordinator that was added to a case', () => {
  test('reads it, its indicators and referrals, finds it, and hears of it from then on', async () => {
    const registrar = await world.provider();
    const { cert, vendor } = await referredTo(world, registrar, 'shared.example');
    const other = await world.cert();
    const id = await shares(cert, other);
    const { data } = await other.ask(CASE, { id });
    expect(data.case).toMatchObject({
      state: 'REFERRED',
      indicators: { edges: [{ node: { value: 'shared.example' } }] },
      referrals: [{ state: 'SENT' }],
    });
    expect(await sharedOf(other)).toEqual([{ id }]);
    expect(await other.cases()).toEqual([]);
    expect(kindsOf(await other.events())).toEqual(['ORGANISATION_CREATED', 'READERS_ADDED']);

    await registrar.acts(await registrar.inbox());
    await vendor.submits(['www.shared.example']);
    await world.settled();
    expect(kindsOf((await other.events()).slice(2)).sort()).toEqual(['CASES_JOINED', 'REFERRALS_ANSWERED']);
  });

  test('does not decide, and does not see who works on it', async () => {
    const { cert } = await queueOf(world, 'read-only.example');
    const other = await world.cert();
    const id = await shares(cert, other);
    for (const [field, input] of [
      ['claimCases', {}],
      ['confirmCases', {}],
      ['rejectCases', { reason: 'DUPLICATE' }],
      ['transferCases', { to: other.id }],
      ['addCoordinators', { coordinator: cert.id }],
    ] as const) {
      const { results, errors } = await decides(other, field, [{ id }], input);
      expect(results?.[0]?.error?.code ?? errors[0]?.code).toMatch(/^(NOT_FOUND|BAD_INPUT)$/);
    }
    expect(await cert.cases()).toMatchObject([{ state: 'NEW' }]);
  });

  test('and removed again reads it no more; the last that it hears is that', async () => {
    const { cert } = await queueOf(world, 'removed.example');
    const other = await world.cert();
    const id = await shares(cert, other);
    await decides(cert, 'removeCoordinators', [{ id }], { coordinator: other.id });
    await world.settled();
    await cert.confirms([{ id }]);
    await world.settled();
    expect((await other.ask(CASE, { id })).data.case).toBeNull();
    expect(await sharedOf(other)).toEqual([]);
    const kinds = kindsOf(await other.events());
    expect(kinds.at(-1)).toBe('READERS_REMOVED');
    expect(kinds).toContain('CASES_UNSHARED');
    expect(kindsOf(await cert.events())).toContain('READERS_REMOVED');
  });

  test('is unseen by everybody else; a third coordinator reads nothing', async () => {
    const { cert, vendor } = await queueOf(world, 'third.example');
    const [other, third] = [await world.cert(), await world.cert()];
    const before = await vendor.events();
    const id = await shares(cert, other);
    expect((await third.ask(CASE, { id })).data.case).toBeNull();
    expect(await sharedOf(third)).toEqual([]);
    expect(await vendor.events()).toEqual(before);
  });

  test.each([
    ['no CERT', async () => (await world.provider()).id, 'NOT_FOUND'],
    ['not there', () => Promise.resolve('no id'), 'NOT_FOUND'],
  ] as const)('is refused when it is %s', async (_, idOf, code) => {
    const { cert } = await queueOf(world, 'refused.example');
    const { errors } = await decides(cert, 'addCoordinators', await cert.cases(), { coordinator: await idOf() });
    expect(errors).toMatchObject([{ code, path: ['coordinator'] }]);
    const own = await decides(cert, 'addCoordinators', await cert.cases(), { coordinator: cert.id });
    expect(own.errors).toMatchObject([{ code: 'BAD_INPUT' }]);
  });

  test('at most for 200 cases at once, so that adding never overtakes removing', async () => {
    const { cert } = await queueOf(world, 'many.example');
    const [one] = await cert.cases();
    const many = Array.from({ length: 201 }, () => ({ id: one?.id ?? '' }));
    const { errors } = await decides(cert, 'addCoordinators', many, { coordinator: (await world.cert()).id });
    expect(errors).toMatchObject([{ code: 'TOO_MANY' }]);
  });

  test.each([
    ['its referral', 'referral', 'REFERRALS_PAUSED'],
    ['the case', 'triage_case', 'CASES_ASSESSED'],
  ] as const)('comes in after a rival that writes about %s: what it does not hear it reads', async (_, table, kind) => {
    const registrar = await world.provider();
    const { cert } = await referredTo(world, registrar, `rival-${table.replace('_', '-')}.example`);
    const other = await world.cert();
    const [one] = await cert.cases();
    const caseId = rowIdOf('Case', one?.id);
    const column = table === 'triage_case' ? 'id' : 'case_id';
    const rival = await world.database.connect('tocsin_system');
    await rival.query('BEGIN');
    const { rows } = await rival.query<{ id: string }>(
      `UPDATE ${table} SET version = version + 40 WHERE ${column} = $1 RETURNING id`,
      [caseId],
    );
    await appendEntry(
      rival,
      kind,
      rows.map(({ id }) => id),
    );
    const deciding = decides(cert, 'addCoordinators', one ? [one] : [], { coordinator: other.id });
    await waitingForLocks(world, 1);
    const readers = () => world.database.admin('SELECT FROM reader WHERE object_id = $1', [caseId]);
    expect(await readers()).toHaveLength(0);
    await rival.query('COMMIT');
    await rival.end();
    await deciding;
    await world.settled();
    expect(await readers()).toHaveLength(1);
    // The rival's entry was not for it; it stands before the one by which it came in.
    expect((await heardBy(other)).slice(1)).toEqual(['READERS_ADDED']);
    const order = await heardBy(cert);
    expect(order.lastIndexOf(kind)).toBeLessThan(order.indexOf('READERS_ADDED'));
  });
});
