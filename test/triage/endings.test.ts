import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { rowIdOf } from '../../src/platform/ids.ts';
import { appendEntry } from '../database/entries.ts';
import { decides, kindsOf, queueOf, referredTo, traces } from '../support/coordinator.ts';
import { contentsOf, outcomesOf } from '../support/reporter.ts';
import { numbered, whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const CASE = `query ($id: ID!) { case(id: $id) { state basis assessment reference assignment { client member since } } }`;

describe('a case is claimed', () => {
  test('by whoever works on it, which only the people of its coordinator see', async () => {
    const { cert } = await queueOf(world, 'claimed.example');
    const [one] = await cert.cases();
    const other = await world.cert();
    await decides(cert, 'addCoordinators', one ? [one] : [], { coordinator: other.id });
    await world.settled();
    const { results } = await decides(cert, 'claimCases', one ? [one] : [], { caseReference: 'CERT-7' });
    expect(results).toMatchObject([{ case: { state: 'IN_TRIAGE' }, error: null }]);
    const { data } = await cert.ask(CASE, { id: one?.id });
    const { data: clients } = await cert.ask('{ clients(first: 1) { edges { node { id } } } }');
    expect(data.case).toMatchObject({
      reference: 'CERT-7',
      assignment: { client: clients.clients.edges[0].node.id, member: null },
    });
    const seen = await other.ask(CASE, { id: one?.id });
    expect(seen.data.case).toMatchObject({ state: 'IN_TRIAGE', assignment: null });
    expect(kindsOf(await other.events())).toContain('CASES_CLAIMED');
  });

  test('again by another client, which takes it over', async () => {
    const { cert } = await queueOf(world, 'claimed-again.example');
    const cases = await cert.cases();
    await decides(cert, 'claimCases', cases);
    const made = await cert.ask(
      'mutation { createClient(input: { name: "second", permissions: [CASES_READ, CASES_DECIDE] }) { client apiKey } }',
    );
    const second = Object.assign(Object.create(cert) as typeof cert, { key: made.data.createClient.apiKey });
    await decides(second, 'claimCases', cases);
    const { data } = await cert.ask(CASE, { id: cases[0]?.id });
    expect(data.case.assignment.client).toBe(made.data.createClient.client);
  });
});

test('an assessment stays until it is given anew, also when the case is confirmed', async () => {
  const { cert } = await queueOf(world, 'assessed.example');
  const cases = await cert.cases();
  await decides(cert, 'assessCases', cases, { assessment: 'COMPROMISED' });
  await cert.confirms(cases);
  const { data } = await cert.ask(CASE, { id: cases[0]?.id });
  expect(data.case).toMatchObject({ state: 'CONFIRMED', assessment: 'COMPROMISED' });
});

describe('a rejected case', () => {
  test('ends, and its reporter hears that and not why', async () => {
    const { cert, vendor, report } = await queueOf(world, 'rejected.example');
    const reason = { reason: 'OTHER', note: 'a secret among coordinators' };
    const { results } = await decides(cert, 'rejectCases', await cert.cases(), reason);
    await world.settled();
    expect(results).toMatchObject([{ case: { state: 'REJECTED', basis: 'OTHER' } }]);
    expect(await outcomesOf(vendor, report)).toEqual({ 'rejected.example': 'REJECTED' });
    const { responsibilities } = await contentsOf(vendor, report);
    expect(responsibilities).toMatchObject([{ state: 'NOT_APPLICABLE', reason: 'REJECTED' }]);
    expect(JSON.stringify(await vendor.events())).not.toContain('a secret among coordinators');
  });

  test('is over: the same resource reported again is a new case', async () => {
    const { cert, vendor } = await queueOf(world, 'again.example');
    await decides(cert, 'rejectCases', await cert.cases(), { reason: 'FALSE_POSITIVE' });
    await world.settled();
    await vendor.submits(['again.example']);
    await world.settled();
    expect((await cert.cases()).map(({ state }) => state)).toEqual(['REJECTED', 'NEW']);
  });

  test('needs a note that says what, when the reason is none of those listed', async () => {
    const { cert } = await queueOf(world, 'unsaid.example');
    const { errors } = await decides(cert, 'rejectCases', await cert.cases(), { reason: 'OTHER' });
    expect(errors).toMatchObject([{ code: 'BAD_INPUT', path: ['note'] }]);
  });
});

describe('a case ends on the word of its coordinator', () => {
  test('as UNRESOLVED for a reason, and with it what was asked', async () => {
    const registrar = await world.provider();
    const { cert, vendor, report } = await referredTo(world, registrar, 'given-up.example');
    const given = { as: 'UNRESOLVED', reason: 'NO_ACTION_AFTER_LADDER' };
    const { results } = await decides(cert, 'endCases', await cert.cases(), given);
    await world.settled();
    expect(results).toMatchObject([{ case: { state: 'UNRESOLVED', basis: 'NO_ACTION_AFTER_LADDER' } }]);
    expect(await outcomesOf(vendor, report)).toEqual({ 'given-up.example': 'ENDED' });
    expect(await registrar.inbox()).toMatchObject([{ state: 'CLOSED', referrals: [{ state: 'CLOSED' }] }]);
    const { responsibilities } = await contentsOf(vendor, report);
    expect(responsibilities).toMatchObject([{ state: 'NOT_TOLD', reason: 'CASE_ENDED' }]);
  });

  test('as UNRESOLVED from NEW, when nobody can act', async () => {
    const { cert, vendor, report } = await queueOf(world, 'nobody.example');
    await decides(cert, 'endCases', await cert.cases(), { as: 'UNRESOLVED', reason: 'NO_PARTY' });
    await world.settled();
    expect(await outcomesOf(vendor, report)).toEqual({ 'nobody.example': 'ENDED' });
    expect((await contentsOf(vendor, report)).responsibilities).toMatchObject([{ state: 'NO_PARTY' }]);
  });

  test('as MITIGATED, which what was asked survives, and then as RESOLVED', async () => {
    const registrar = await world.provider();
    const { cert, vendor, report } = await referredTo(world, registrar, 'down.example');
    await decides(cert, 'endCases', await cert.cases(), { as: 'MITIGATED' });
    await world.settled();
    expect(await cert.cases()).toMatchObject([{ state: 'MITIGATED', basis: 'ON_WORD' }]);
    expect(await outcomesOf(vendor, report)).toEqual({ 'down.example': 'MITIGATED' });
    expect(await registrar.inbox()).toMatchObject([{ state: 'SENT' }]);

    await decides(cert, 'endCases', await cert.cases(), { as: 'RESOLVED' });
    await world.settled();
    expect(await outcomesOf(vendor, report)).toEqual({ 'down.example': 'RESOLVED' });
    expect(await registrar.inbox()).toMatchObject([{ state: 'CLOSED' }]);
  });

  test('not for what joins after: a mitigated case that is reported again waits for a decision', async () => {
    const { cert, vendor, report } = await queueOf(world, 'back.example');
    await cert.confirms(await cert.cases());
    await decides(cert, 'endCases', await cert.cases(), { as: 'MITIGATED' });
    await world.settled();
    const { report: later } = await vendor.submits(['www.back.example']);
    await world.settled();
    expect(await outcomesOf(vendor, report)).toEqual({ 'back.example': 'MITIGATED' });
    expect(await outcomesOf(vendor, later)).toEqual({ 'www.back.example': 'IN_TRIAGE' });
    expect(await cert.cases()).toMatchObject([{ state: 'MITIGATED' }]);
  });

  test('nor for what was on its way when it was decided', async () => {
    const { cert, vendor, report } = await queueOf(world, 'unseen-yet.example');
    await cert.confirms(await cert.cases());
    await world.settled();
    const cases = await cert.cases();
    let later = { id: '' };
    await whileFlowWaits(world, async () => {
      ({ report: later } = await vendor.submits(['www.unseen-yet.example']));
      await numbered(world);
      await decides(cert, 'endCases', cases, { as: 'MITIGATED' });
    });
    await world.settled();
    expect(await outcomesOf(vendor, report)).toEqual({ 'unseen-yet.example': 'MITIGATED' });
    expect(await outcomesOf(vendor, later)).toEqual({ 'www.unseen-yet.example': 'IN_TRIAGE' });
  });

  test.each([
    [{ as: 'UNRESOLVED' }, 'without a reason'],
    [{ as: 'RESOLVED', reason: 'STALE' }, 'with a reason that it does not take'],
  ])('never %o: %s', async (input, _) => {
    const { cert } = await queueOf(world, 'no-reason.example');
    const { errors, results } = await decides(cert, 'endCases', await cert.cases(), input);
    expect([results, errors]).toMatchObject([null, [{ code: 'BAD_INPUT', path: ['reason'] }]]);
  });
});

describe('what was confirmed is taken back', () => {
  const retractedIn = async (cert: { events(): Promise<{ kind: string; details: object[] }[]> }) =>
    (await cert.events()).filter(({ kind }) => kind === 'CASES_RETRACTED').flatMap(({ details }) => details);

  test('all of it: the case falls', async () => {
    const { cert } = await queueOf(world, 'wrong.example', 'www.wrong.example');
    await cert.confirms(await cert.cases());
    await world.settled();
    const { results } = await decides(cert, 'retractCases', await cert.cases(), { reason: 'FALSE_POSITIVE' });
    expect(results).toMatchObject([{ case: { state: 'RETRACTED', basis: 'FALSE_POSITIVE' } }]);
    await world.settled();
    expect(await retractedIn(cert)).toMatchObject([{ reason: 'FALSE_POSITIVE', correction: null, indicators: null }]);
  });

  test('some of it: the case stands as long as anything stands in it', async () => {
    const { cert, vendor, report } = await queueOf(world, 'partly.example', 'www.partly.example');
    await cert.confirms(await cert.cases());
    await world.settled();
    const { indicators } = await contentsOf(vendor, report);
    const [first, second] = indicators;
    const some = { reason: 'WRONG_RESOURCE', correction: 'not this host', indicators: [second?.id] };
    const part = await decides(cert, 'retractCases', await cert.cases(), some);
    expect(part.results).toMatchObject([{ case: { state: 'CONFIRMED', basis: null } }]);
    await world.settled();
    const [said] = (await retractedIn(cert)) as { indicators: string[] }[];
    expect(said).toMatchObject({ correction: 'not this host', indicators: [expect.any(String)] });

    const rest = { reason: 'WRONG_RESOURCE', indicators: [first?.id] };
    const whole = await decides(cert, 'retractCases', await cert.cases(), rest);
    expect(whole.results).toMatchObject([{ case: { state: 'RETRACTED' } }]);
  });

  test('some of it while the rest is withdrawn unseen: the case falls, whichever is worked on first', async () => {
    const { cert, vendor, report } = await queueOf(world, 'unseen.example', 'www.unseen.example');
    await cert.confirms(await cert.cases());
    await world.settled();
    const { indicators } = await contentsOf(vendor, report);
    const [taken, withdrawn] = indicators.map(({ id }) => id);
    const rival = await world.database.connect('tocsin_system');
    await rival.query('BEGIN');
    await rival.query('SELECT FROM follower FOR UPDATE');
    await rival.query("UPDATE indicator SET outcome = 'WITHDRAWN', version = version + 1 WHERE id = $1", [
      rowIdOf('Indicator', withdrawn),
    ]);
    await appendEntry(rival, 'INDICATORS_WITHDRAWN', [rowIdOf('Indicator', withdrawn) ?? '']);
    const some = { reason: 'FALSE_POSITIVE', indicators: [taken] };
    const { results } = await decides(cert, 'retractCases', await cert.cases(), some);
    expect(results).toMatchObject([{ case: { state: 'CONFIRMED' } }]);
    // The flow sets aside an entry that says nothing: as if the withdrawal had been worked on before.
    await rival.query('COMMIT');
    await rival.end();
    await world.settled();
    expect(await cert.cases()).toMatchObject([{ state: 'RETRACTED', basis: 'FALSE_POSITIVE' }]);
  });

  test('never from a case that was not confirmed, nor an indicator of another case', async () => {
    const { cert } = await queueOf(world, 'unconfirmed.example');
    const [own] = await cert.cases();
    expect((await decides(cert, 'retractCases', own ? [own] : [], { reason: 'WRONG_PARTY' })).results).toMatchObject([
      { error: { code: 'WRONG_STATE', message: 'A case that is NEW does not take retract.' } },
    ]);
    await cert.confirms(own ? [own] : []);
    const other = await queueOf(world, 'of-another.example');
    const { indicators } = await contentsOf(other.vendor, other.report);
    const foreign = { reason: 'WRONG_PARTY', indicators: [indicators[0]?.id] };
    const { errors, results } = await decides(cert, 'retractCases', own ? [own] : [], foreign);
    expect([results, errors]).toMatchObject([null, [{ code: 'NOT_FOUND', path: ['indicators'] }]]);
  });

  test('also after the case has ended: whoever was told must hear that it was wrong', async () => {
    const registrar = await world.provider();
    const { cert } = await referredTo(world, registrar, 'ended-wrong.example');
    await decides(cert, 'endCases', await cert.cases(), { as: 'RESOLVED' });
    await world.settled();
    const { results } = await decides(cert, 'retractCases', await cert.cases(), { reason: 'BASIS_LAPSED' });
    expect(results).toMatchObject([{ case: { state: 'RETRACTED' } }]);
  });
});

const DECISIONS: readonly (readonly [field: string, input: object])[] = [
  ['claimCases', {}],
  ['assessCases', { assessment: 'FORGED' }],
  ['confirmCases', {}],
  ['rejectCases', { reason: 'DUPLICATE' }],
  ['forwardCases', { confirmNoParty: true }],
  ['retractCases', { reason: 'FALSE_POSITIVE' }],
  ['endCases', { as: 'MITIGATED' }],
  ['askReporter', { question: 'Is it still there?' }],
];

describe.each(DECISIONS)('%s', (field, input) => {
  test('answers for each case in the order asked, and refuses those of another coordinator as if there were none', async () => {
    const { cert } = await queueOf(world, `one.${field}.example`.toLowerCase());
    const other = await queueOf(world, `other.${field}.example`.toLowerCase());
    await readyFor(field, cert);
    await readyFor(field, other.cert);
    const [foreign] = await other.cert.cases();
    const [own] = await cert.cases();
    const asked = [foreign, own, { id: 'no id' }].map((one) => ({ id: one?.id ?? '' }));
    const { results } = await decides(cert, field, asked, input);
    expect(results?.map(({ case: found, error }) => found?.id ?? error?.code)).toEqual([
      'NOT_FOUND',
      own?.id,
      'NOT_FOUND',
    ]);
    await world.settled();
    expect(await other.cert.cases()).toEqual([foreign]);
  });

  test('as a dry run answers alike and leaves nothing behind; done after it under the same key it is done', async () => {
    const { cert, vendor } = await queueOf(world, `dry.${field}.example`.toLowerCase());
    await readyFor(field, cert);
    const cases = [...(await cert.cases()), { id: 'no id' }];
    const before = await traces(world);
    const heads = [await cert.events(), await vendor.events()];
    const request = { ...input, idempotencyKey: `dry ${field}` };
    const dry = await decides(cert, field, cases, { ...request, dryRun: true });
    await world.settled();
    expect(await traces(world)).toEqual(before);
    expect([await cert.events(), await vendor.events()]).toEqual(heads);
    expect(dry).toMatchObject({ receipt: null, results: [{ error: null }, { error: { code: 'NOT_FOUND' } }] });

    const done = await decides(cert, field, cases, request);
    expect(done.receipt).not.toBeNull();
    expect(done.results?.map(({ error }) => error)).toEqual(dry.results?.map(({ error }) => error));
  });
});

/** The one case of the queue in a state that takes the decision. */
async function readyFor(field: string, cert: Parameters<typeof decides>[0]): Promise<void> {
  const cases = await cert.cases();
  if (field === 'askReporter') await decides(cert, 'claimCases', cases);
  if (['forwardCases', 'retractCases'].includes(field)) await cert.confirms(cases);
  await world.settled();
}
