import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { CASES, CONFIRM } from '../support/api.ts';
import { outcomesOf, withdraws } from '../support/reporter.ts';
import { numbered, waitingForLocks, whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

async function queueOf(...names: string[]): Promise<{ cert: Party; vendor: Party; report: { id: string } }> {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits(names);
  await world.settled();
  return { cert, vendor, report };
}

test('a confirmed case confirms what is in it, and tells the reporter alone', async () => {
  const { cert, vendor, report } = await queueOf('stands.example', 'www.stands.example', 'waits.example');
  const cases = await cert.cases();
  const { results, receipt } = await cert.confirms(cases.filter(({ resource }) => resource === 'stands.example'));
  await world.settled();
  expect(results).toMatchObject([{ case: { state: 'CONFIRMED' }, error: null }]);
  expect(receipt.entryId).toEqual(expect.any(String));
  expect(await outcomesOf(vendor, report)).toEqual({
    'stands.example': 'CONFIRMED',
    'www.stands.example': 'CONFIRMED',
    'waits.example': 'IN_TRIAGE',
  });
});

test('an indicator that joins after the decision is not confirmed by it', async () => {
  const { cert, vendor, report } = await queueOf('joined.example');
  await cert.confirms(await cert.cases());
  const late = await world.vendor(cert);
  const { report: later } = await late.submits(['late.joined.example']);
  await world.settled();
  expect(await outcomesOf(vendor, report)).toEqual({ 'joined.example': 'CONFIRMED' });
  expect(await outcomesOf(late, later)).toEqual({ 'late.joined.example': 'IN_TRIAGE' });
  expect(await cert.cases()).toMatchObject([{ resource: 'joined.example', state: 'CONFIRMED' }]);

  await cert.confirms(await cert.cases());
  await world.settled();
  expect(await outcomesOf(late, later)).toEqual({ 'late.joined.example': 'CONFIRMED' });
});

test('what was on its way when a case was decided is neither confirmed nor told by it', async () => {
  const registrar = await world.provider({ REGISTRAR: ['on-its-way.example'] });
  const { cert, vendor, report } = await queueOf('on-its-way.example');
  const late = await world.vendor(cert);
  const cases = await cert.cases();
  let later = { id: '' };
  await whileFlowWaits(world, async () => {
    ({ report: later } = await late.submits(['late.on-its-way.example']));
    await numbered(world);
    await cert.confirms(cases);
    await cert.forwards(cases);
  });
  await world.settled();
  expect(await outcomesOf(vendor, report)).toEqual({ 'on-its-way.example': 'REFERRED' });
  expect(await outcomesOf(late, later)).toEqual({ 'late.on-its-way.example': 'IN_TRIAGE' });
  const { data } = await registrar.ask(
    '{ inbox(first: 1) { edges { node { referrals { observables(first: 9) { edges { node { value } } } } } } } }',
  );
  const [referral] = data.inbox.edges[0].node.referrals;
  expect(referral.observables.edges).toEqual([{ node: { value: 'on-its-way.example' } }]);
});

test('who decides on a version that is no longer the present one is told so, and decides nothing', async () => {
  const { cert, vendor, report } = await queueOf('version.example');
  const [before] = await cert.cases();
  await vendor.submits(['more.version.example']);
  await world.settled();
  const refs = [{ id: before?.id ?? '', expectedVersion: before?.version ?? 0 }];
  const { results, receipt } = await cert.confirms([], { cases: refs });
  expect(receipt).toBeNull();
  expect(results).toEqual([
    {
      case: null,
      error: {
        code: 'CONFLICT',
        message: `It has changed: it is NEW, version ${refs[0] && refs[0].expectedVersion + 1}.`,
      },
    },
  ]);
  await world.settled();
  expect(await outcomesOf(vendor, report)).toEqual({ 'version.example': 'IN_TRIAGE' });

  const [now] = await cert.cases();
  const again = await cert.confirms([], { cases: [{ id: now?.id, expectedVersion: now?.version }] });
  expect(again.results).toMatchObject([{ case: { state: 'CONFIRMED' } }]);
});

test('of two who decide at once on the same version, the second is told that it has changed', async () => {
  const { cert } = await queueOf('race.example');
  const [one] = await cert.cases();
  const rival = await world.database.connect('tocsin_system');
  await rival.query('BEGIN');
  await rival.query('SELECT FROM triage_case WHERE value = $1 FOR UPDATE', ['race.example']);
  const decide = () => cert.confirms([], { cases: [{ id: one?.id, expectedVersion: one?.version }] });
  const both = [decide(), decide()];
  await waitingForLocks(world, 2);
  await rival.query('ROLLBACK');
  await rival.end();
  const codes = (await Promise.all(both)).map(({ results }) => results[0].error?.code ?? 'decided');
  expect(codes.sort()).toEqual(['CONFLICT', 'decided']);
});

test('a case takes only the verbs of its state', async () => {
  const { cert, vendor, report } = await queueOf('wrong.example');
  const cases = await cert.cases();
  const wrong = (state: string, verb: string) => [
    { case: null, error: { code: 'WRONG_STATE', message: `A case that is ${state} does not take ${verb}.` } },
  ];
  expect((await cert.forwards(cases)).results).toEqual(wrong('NEW', 'forward'));
  await withdraws(vendor, report);
  await world.settled();
  expect((await cert.confirms(cases)).results).toEqual(wrong('WITHDRAWN', 'confirm'));
  expect((await cert.forwards(cases)).results).toEqual(wrong('WITHDRAWN', 'forward'));
});

test('decisions are answered in the order asked, and a refused one spoils no other', async () => {
  const { cert } = await queueOf('one.example', 'two.example');
  const other = await queueOf('other.example');
  const [foreign] = await other.cert.cases();
  const [first, second] = await cert.cases();
  const asked = [second?.id, foreign?.id, first?.id, 'no id', second?.id].map((id) => ({ id }));
  const { results, errors } = await cert.confirms([], { cases: asked });
  expect(errors).toEqual([]);
  const ids = results.map(
    ({ case: found, error }: { case?: { id: string }; error?: { code: string } }) => found?.id ?? error?.code,
  );
  expect(ids).toEqual([second?.id, 'NOT_FOUND', first?.id, 'NOT_FOUND', second?.id]);
  expect(await other.cert.cases()).toMatchObject([{ state: 'NEW' }]);
});

test('a decision sent twice decides once', async () => {
  const { cert } = await queueOf('decided-once.example');
  const input = { idempotencyKey: randomUUID(), cases: (await cert.cases()).map(({ id }) => ({ id })) };
  const { data: first } = await cert.ask(CONFIRM, { input });
  const { data: second } = await cert.ask(CONFIRM, { input });
  expect(second).toEqual(first);
  await world.settled();
  expect((await cert.events()).filter(({ kind }) => kind === 'CASES_CONFIRMED')).toHaveLength(1);
  const { data: other } = await cert.ask(CONFIRM, { input: { ...input, assessment: 'COMPROMISED' } });
  expect(other.confirmCases.errors).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
});

test('from 1 to 1,000 are decided at once', async () => {
  const { cert } = await queueOf('bulk.example');
  const [one] = await cert.cases();
  for (const count of [0, 1001]) {
    const { results, errors } = await cert.confirms(Array.from({ length: count }, () => ({ id: one?.id ?? '' })));
    expect([results, errors]).toMatchObject([null, [{ code: 'TOO_MANY' }]]);
  }
});

test('the queue is paged in order, filtered by state, and refuses a cursor that it did not give', async () => {
  const { cert } = await queueOf('q1.example', 'q2.example', 'q3.example');
  const page = async (variables: object) => (await cert.ask(CASES, variables)).data.cases;
  const all = await page({ first: 100 });
  const first = await page({ first: 2 });
  expect(first.pageInfo.hasNextPage).toBe(true);
  const rest = await page({ first: 2, after: first.pageInfo.endCursor });
  expect(rest.pageInfo.hasNextPage).toBe(false);
  expect([...first.edges, ...rest.edges]).toEqual(all.edges);
  await cert.confirms([all.edges[1].node]);
  expect((await page({ first: 9, filter: { state: 'CONFIRMED' } })).edges).toHaveLength(1);
  for (const variables of [{ first: 0 }, { first: 101 }]) {
    expect((await cert.ask(CASES, variables)).errors).toMatchObject([{ extensions: { code: 'BAD_INPUT' } }]);
  }
  for (const after of [
    '',
    'x',
    Buffer.from('["a","b"]').toString('base64url'),
    Buffer.from('{}').toString('base64url'),
  ]) {
    const { errors } = await cert.ask(CASES, { first: 1, after });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }]);
  }
});
