import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { decides, kindsOf } from '../support/coordinator.ts';
import { outcomesOf } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { aTrustingCert, page, ruleOf, RULES, setsRules } from './trusting.ts';

let world: World;
let registrar: Party;
beforeAll(async () => {
  world = await createWorld();
  registrar = await world.provider();
});
afterAll(() => world[Symbol.asyncDispose]());

const trusting = (more: object = {}) => aTrustingCert(world, more);
const registers = (name: string) => world.verifies(registrar, [{ role: 'REGISTRAR', domainSuffix: name }]);

async function deskOf(name: string) {
  const { data } = await registrar.ask(
    '{ inbox(first: 100) { edges { node { resource referrals { note observables(first: 9) { edges { node { value } } } } } } } }',
  );
  return data.inbox.edges
    .map(({ node }: { node: { resource: string } }) => node)
    .filter(({ resource }: { resource: string }) => resource === name);
}

describe('a rule for a trusted source', () => {
  test('takes what it reports to the desk of who can act, without a person, and the entry names it', async () => {
    await registers('ruled.example');
    const { cert, vendor } = await trusting();
    const { report } = await vendor.submits([page('ruled.example')]);
    await world.settled();
    expect(await cert.cases()).toMatchObject([{ resource: 'ruled.example', state: 'REFERRED' }]);
    expect(await outcomesOf(vendor, report)).toEqual({ 'https://login.ruled.example/secure': 'REFERRED' });
    expect(await deskOf('ruled.example')).toMatchObject([{ referrals: [{ note: 'sent by a rule' }] }]);
    const [entry] = (await cert.events()).filter(({ kind }) => kind === 'CASES_RULED');
    expect(entry).toMatchObject({
      actor: null,
      details: [{ rule: 'trusted phishing', ruleVersion: 1, outcome: 'FORWARD' }],
    });
    expect(kindsOf(await vendor.events())).not.toContain('CASES_RULED');
  });

  test('only confirms when that is its outcome, or when nobody can act', async () => {
    await registers('confirmed.example');
    const { cert, vendor } = await trusting({ outcome: 'CONFIRM' });
    await vendor.submits([page('confirmed.example')]);
    await world.settled();
    expect(await cert.cases()).toMatchObject([{ state: 'CONFIRMED' }]);
    expect(await deskOf('confirmed.example')).toEqual([]);

    const other = await trusting();
    await other.vendor.submits([page('partyless.example')]);
    await world.settled();
    expect(await other.cert.cases()).toMatchObject([{ state: 'CONFIRMED' }]);
  });

  const NEVER: readonly (readonly [what: string, item: object, input: object])[] = [
    ['of another category', { category: 'MALWARE_DISTRIBUTION' }, {}],
    ['of less confidence', { confidence: 79 }, {}],
    ['without confidence', { confidence: undefined }, {}],
    ['that does not say when it was seen', { lastSeen: undefined }, {}],
    ['seen too long ago', { lastSeen: '2017-04-24T09:30:00Z' }, {}],
    ['that is a name and not a page', { value: 'login.never.example' }, {}],
    ['on an address, which others share', { value: 'https://192.0.2.80/secure' }, {}],
    ['whose source asks first', {}, { tell: 'ASK_ME' }],
    ['with PAP RED', {}, { pap: 'RED' }],
    ['with PAP AMBER', {}, { pap: 'AMBER' }],
    ['on a name of its target', {}, { targets: ['Never.example'] }],
  ];
  test.each(NEVER)('leaves to a person what is reported %s', async (_, item, input) => {
    const { cert, vendor } = await trusting();
    await vendor.submits([page('never.example', item)], input);
    await world.settled();
    expect((await cert.cases()).map(({ state }) => state)).toEqual(['NEW']);
  });

  test('leaves to a person what somebody else reports, alone or with the trusted source', async () => {
    const { cert, vendor } = await trusting();
    const other = await world.vendor(cert);
    await other.submits([page('else.example'), page('first-else.example')]);
    await world.settled();
    await vendor.submits([page('first-else.example', { value: 'https://first-else.example/x' })]);
    await world.settled();
    expect((await cert.cases()).map(({ state }) => state)).toEqual(['NEW', 'NEW']);
  });

  test('stops for a resource on which another source reports with PAP RED; to both it is in triage', async () => {
    await registers('quiet.example');
    const { cert, vendor } = await trusting();
    const { report } = await vendor.submits([page('quiet.example')]);
    await world.settled();
    const other = await world.vendor(cert);
    const { report: red } = await other.submits([page('quiet.example', { value: 'https://c2.quiet.example/' })], {
      pap: 'RED',
      tell: 'COORDINATOR_ONLY',
    });
    await world.settled();
    const { report: later } = await vendor.submits([page('quiet.example', { value: 'https://more.quiet.example/' })]);
    await world.settled();
    expect(Object.values(await outcomesOf(vendor, report))).toEqual(['REFERRED']);
    expect(Object.values(await outcomesOf(other, red))).toEqual(['IN_TRIAGE']);
    expect(Object.values(await outcomesOf(vendor, later))).toEqual(['IN_TRIAGE']);
    const [item] = await deskOf('quiet.example');
    expect(item.referrals[0].observables.edges).toHaveLength(1);

    // A person who sees both may decide; the rule goes on to leave the resource alone.
    await cert.confirms(await cert.cases());
    await world.settled();
    const { report: last } = await vendor.submits([page('quiet.example', { value: 'https://last.quiet.example/' })]);
    await world.settled();
    expect(Object.values(await outcomesOf(vendor, last))).toEqual(['IN_TRIAGE']);
  });

  test('adds what the source reports later to what it has sent, and nothing to what a person has decided', async () => {
    await registers('grows.example');
    await registers('by-hand.example');
    const { cert, vendor } = await trusting();
    await vendor.submits([page('grows.example'), page('by-hand.example', { confidence: 10 })]);
    await world.settled();
    await cert.confirms((await cert.cases()).filter(({ resource }) => resource === 'by-hand.example'));
    await vendor.submits([
      page('grows.example', { value: 'https://more.grows.example/' }),
      page('by-hand.example', { value: 'https://more.by-hand.example/' }),
    ]);
    await world.settled();
    const [grown] = await deskOf('grows.example');
    expect(grown.referrals[0].observables.edges).toHaveLength(2);
    expect(await deskOf('by-hand.example')).toEqual([]);
  });

  test('is one coordinator’s alone', async () => {
    const { cert, vendor } = await trusting();
    const other = await world.cert();
    await vendor.submits([page('not-theirs.example')], { coordinator: other.id });
    await world.settled();
    expect(await other.cases()).toMatchObject([{ state: 'NEW' }]);
    expect((await other.ask(`{ ${RULES} }`)).data.triageRules).toEqual({ version: 0, rules: [] });
    expect((await cert.ask(`{ ${RULES} }`)).data.triageRules).toMatchObject({
      version: 1,
      rules: [{ state: 'ACTIVE' }],
    });
  });
});

describe('the rules', () => {
  test('are replaced as a whole, under the version that was seen', async () => {
    const { cert, vendor } = await trusting();
    const set = await setsRules(cert, [ruleOf(vendor, { enabled: false })], { expectedVersion: 1 });
    expect(set).toMatchObject({ triageRules: { version: 2, rules: [{ state: 'SWITCHED_OFF' }] }, errors: [] });
    const lost = await setsRules(cert, [ruleOf(vendor)], { expectedVersion: 1 });
    expect(lost).toMatchObject({ triageRules: null, errors: [{ code: 'CONFLICT', path: ['expectedVersion'] }] });
    await vendor.submits([page('switched-off.example')]);
    await world.settled();
    expect(await cert.cases()).toMatchObject([{ state: 'NEW' }]);
  });

  test('are heard of by nobody else, and decide nothing that was there before', async () => {
    const cert = await world.cert();
    const vendor = await world.vendor(cert);
    await vendor.submits([page('before.example')]);
    await world.settled();
    const before = await vendor.events();
    await setsRules(cert, [ruleOf(vendor)]);
    await world.settled();
    expect(await vendor.events()).toEqual(before);
    expect(await cert.cases()).toMatchObject([{ state: 'NEW' }]);
    expect(kindsOf(await cert.events())).toContain('TRIAGE_RULES_SET');
  });

  test.each([
    ['no rules', [], 'TOO_MANY', ['rules']],
    ['a name twice', [{}, {}], 'BAD_INPUT', ['rules']],
    ['nobody to trust', [{ reporters: [] }], 'BAD_INPUT', ['rules', 'reporters']],
    ['somebody who is no organisation', [{ reporters: ['x'] }], 'BAD_INPUT', ['rules', 'reporters']],
    ['no category', [{ categories: [] }], 'BAD_INPUT', ['rules', 'categories']],
    ['a confidence of 101', [{ leastConfidence: 101 }], 'BAD_INPUT', ['rules', 'leastConfidence']],
    ['no name', [{ name: ' ' }], 'BAD_INPUT', ['rules', 'name']],
    ['a request to restore', [{ requestedAction: 'RESTORE' }], 'BAD_INPUT', ['rules', 'requestedAction']],
  ] as const)('are refused with %s', async (_, rules, code, path) => {
    const cert = await world.cert();
    const { errors } = await setsRules(
      cert,
      rules.map((rule) => ruleOf(cert, rule)),
    );
    expect(errors).toMatchObject([{ code, path }]);
  });
});

test('a rule of which too much was taken back switches itself off, with an entry', async () => {
  const { cert, vendor } = await trusting({ outcome: 'CONFIRM' });
  await vendor.submits(Array.from({ length: 20 }, (_, index) => page(`wrong-${index}.example`)));
  await world.settled();
  const cases = await cert.cases();
  expect(new Set(cases.map(({ state }) => state))).toEqual(new Set(['CONFIRMED']));
  // Two of twenty are borne; three are not.
  await decides(cert, 'retractCases', cases.slice(0, 2), { reason: 'FALSE_POSITIVE' });
  await vendor.submits([page('still-on.example')]);
  await world.settled();
  expect((await cert.cases()).find(({ resource }) => resource === 'still-on.example')?.state).toBe('CONFIRMED');
  await decides(cert, 'retractCases', cases.slice(2, 3), { reason: 'FALSE_POSITIVE' });
  await vendor.submits([page('now-off.example')]);
  await world.settled();
  expect((await cert.cases()).find(({ resource }) => resource === 'now-off.example')?.state).toBe('NEW');
  const [entry] = (await cert.events()).filter(({ kind }) => kind === 'TRIAGE_RULES_SWITCHED_OFF');
  expect(entry).toMatchObject({ details: [{ rule: 'trusted phishing', ruleVersion: 1, cases: 21, retracted: 3 }] });
  expect((await cert.ask(`{ ${RULES} }`)).data.triageRules.rules).toMatchObject([{ state: 'SWITCHED_OFF' }]);
});

test('a backtest says how many cases of the past a rule would have taken, and what became of them', async () => {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const names = ['b1.example', 'b2.example', 'b3.example', 'b4.example'];
  await vendor.submits([...names.map((name) => page(name)), page('b5.example', { confidence: 1 })]);
  await world.settled();
  const caseOf = new Map((await cert.cases()).map((one) => [one.resource, one]));
  const pick = (name: string) => [caseOf.get(name) ?? { id: '' }];
  await decides(cert, 'rejectCases', pick('b1.example'), { reason: 'FALSE_POSITIVE' });
  await cert.confirms([...pick('b2.example'), ...pick('b3.example')]);
  await world.settled();
  await decides(cert, 'retractCases', pick('b2.example'), { reason: 'FALSE_POSITIVE' });
  await world.settled();
  const backtest = async (party: Party, rule: object, days: number) => {
    const query =
      'query ($rule: TriageRuleInput!, $days: Int!) { triageRuleBacktest(rule: $rule, days: $days) { cases rejected retracted } }';
    return party.ask(query, { rule, days });
  };
  expect((await backtest(cert, ruleOf(vendor), 30)).data.triageRuleBacktest).toEqual({
    cases: 4,
    rejected: 1,
    retracted: 1,
  });
  expect((await backtest(await world.cert(), ruleOf(vendor), 30)).data.triageRuleBacktest.cases).toBe(0);
  expect((await backtest(cert, ruleOf(vendor), 0)).errors).toMatchObject([{ extensions: { code: 'BAD_INPUT' } }]);
});
