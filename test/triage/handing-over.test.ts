import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { rowIdOf } from '../../src/platform/ids.ts';
import { appendEntry } from '../database/entries.ts';
import { decides, heardBy, kindsOf, queueOf, referredTo } from '../support/coordinator.ts';
import { waitingForLocks, whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const CASE =
  'query ($id: ID!) { case(id: $id) { indicators(first: 9) { edges { node { value } } } referrals { state note } } }';

describe('a case that is handed over', () => {
  const REPORT =
    'query ($id: ID!) { report(id: $id) { title responsibilities(first: 9) { edges { node { role state } } } } }';
  const sees = async (cert: Party, id: string, report: string) => {
    const [one, whole] = [await cert.ask(CASE, { id }), await cert.ask(REPORT, { id: report })];
    return { case: one.data.case, report: whole.data.report };
  };

  test('takes everything with it that hangs under it, and everybody hears it once', async () => {
    const registrar = await world.provider();
    const { cert, vendor, report } = await referredTo(world, registrar, 'moves.example');
    const other = await world.cert();
    const cases = await cert.cases();
    const id = cases[0]?.id ?? '';
    await decides(cert, 'claimCases', cases);
    const { results } = await decides(cert, 'transferCases', cases, { to: other.id, note: 'theirs' });
    expect(results).toMatchObject([{ error: null }]);
    await world.settled();

    expect(await other.cases()).toMatchObject([{ id, state: 'REFERRED' }]);
    expect(await sees(other, id, report.id)).toMatchObject({
      case: { indicators: { edges: [{ node: { value: 'moves.example' } }] }, referrals: [{ state: 'SENT' }] },
      report: { title: 'a report', responsibilities: { edges: [{ node: { role: 'REGISTRAR' } }] } },
    });
    const { data } = await other.ask(
      '{ referrals(first: 9) { edges { node { observables(first: 9) { edges { node { value } } } } } } }',
    );
    expect(data.referrals.edges[0].node.observables.edges).toHaveLength(1);
    expect(await registrar.inbox()).toMatchObject([{ referrals: [{ coordinator: other.name }] }]);
    // The old one leads the report, and goes on to read that; no row that moved.
    const left = await sees(cert, id, report.id);
    expect(left).toMatchObject({ case: null, report: { responsibilities: { edges: [] } } });
    expect(await cert.cases()).toEqual([]);

    // That others read the report that it leads is its business; of the case it hears no more.
    expect(kindsOf(await cert.events()).slice(-2)).toEqual(['CASES_LEFT', 'REPORT_SHARED']);
    expect(
      kindsOf(await other.events())
        .slice(1)
        .sort(),
    ).toEqual(['CASES_TAKEN', 'INDICATORS_TAKEN', 'REFERRALS_TAKEN', 'REPORT_SHARED'].sort());
    expect(kindsOf(await registrar.events()).at(-1)).toBe('REFERRALS_TAKEN');
    expect(
      kindsOf(await vendor.events())
        .slice(-2)
        .sort(),
    ).toEqual(['REPORT_SHARED', 'RESOURCES_TAKEN']);
  });

  test('goes on there as it would have gone on here', async () => {
    const registrar = await world.provider();
    const { cert, vendor, report } = await referredTo(world, registrar, 'goes-on.example');
    const other = await world.cert();
    const before = (await cert.events()).length;
    await decides(cert, 'transferCases', await cert.cases(), { to: other.id });
    await world.settled();
    await registrar.acts(await registrar.inbox());
    await world.settled();
    const { data } = await other.ask('{ referrals(first: 9) { edges { node { state } } } }');
    expect(data.referrals.edges).toEqual([{ node: { state: 'ACTIONED' } }]);
    await decides(other, 'endCases', await other.cases(), { as: 'RESOLVED' });
    await world.settled();
    expect(
      (
        await vendor.ask(
          'query ($id: ID!) { report(id: $id) { indicators(first: 1) { edges { node { outcome } } } } }',
          { id: report.id },
        )
      ).data.report.indicators.edges,
    ).toEqual([{ node: { outcome: 'RESOLVED' } }]);
    expect(kindsOf((await cert.events()).slice(before))).toEqual(['CASES_LEFT', 'REPORT_SHARED']);
  });

  test('undecided is NEW to whoever takes it; who worked on it is forgotten, and what was asked lapses', async () => {
    const { cert, vendor } = await queueOf(world, 'undecided.example');
    const other = await world.cert();
    await decides(cert, 'claimCases', await cert.cases(), { caseReference: 'ours 1' });
    await decides(cert, 'askReporter', await cert.cases(), { question: 'What is it?' });
    await decides(cert, 'transferCases', await cert.cases(), { to: other.id });
    await world.settled();
    const { data } = await other.ask(
      '{ cases(first: 9) { edges { node { state reference assignment { since } questions(first: 9) { edges { node { id } } } } } } }',
    );
    expect(data.cases.edges).toEqual([
      { node: { state: 'NEW', reference: null, assignment: null, questions: { edges: [] } } },
    ]);
    expect(kindsOf(await vendor.events())).toContain('REPORTER_QUESTIONS_LAPSED');
  });

  test('on its way is nobody’s to decide; what it lost meanwhile ends it where it was', async () => {
    const { cert, vendor, report } = await queueOf(world, 'on-its-way.example');
    const other = await world.cert();
    const cases = await cert.cases();
    await whileFlowWaits(world, async () => {
      await vendor.ask(
        `mutation { withdrawIndicators(input: { idempotencyKey: "gone", report: "${report.id}" }) { errors { code } } }`,
      );
      await decides(cert, 'transferCases', cases, { to: other.id });
      const { results } = await decides(cert, 'confirmCases', cases);
      expect(results).toMatchObject([
        { error: { code: 'WRONG_STATE', message: 'It is on its way to another coordinator.' } },
      ]);
    });
    await world.settled();
    expect(await cert.cases()).toMatchObject([{ state: 'WITHDRAWN' }]);
    expect(await other.cases()).toEqual([]);
    expect(kindsOf(await other.events())).not.toContain('CASES_TAKEN');
  });

  test('joins an open case on the same resource there, and the old coordinator cannot tell', async () => {
    const registrar = await world.provider();
    const taker = await referredTo(world, registrar, 'both.example', 'alone.example');
    const { cert, vendor, report } = await queueOf(world, 'both.example', 'apart.example');
    await world.verifies(registrar, [{ role: 'REGISTRAR', domainSuffix: 'apart.example' }]);
    await cert.confirms(await cert.cases());
    await cert.forwards(await cert.cases());
    await world.settled();
    const [both, apart] = ['both.example', 'apart.example'];
    const cases = await cert.cases();
    const before = (await cert.events()).length;
    await decides(cert, 'transferCases', cases, { to: taker.cert.id });
    await world.settled();
    expect(kindsOf((await cert.events()).slice(before))).toEqual(['CASES_LEFT', 'REPORT_SHARED']);

    const held = (await taker.cert.cases()).map(({ resource, state, basis }) => ({ resource, state, basis }));
    expect(held).toEqual(
      expect.arrayContaining([
        { resource: both, state: 'REFERRED', basis: null },
        { resource: both, state: 'UNRESOLVED', basis: 'JOINED' },
        { resource: apart, state: 'REFERRED', basis: null },
      ]),
    );
    const open = (await taker.cert.cases()).find(({ resource, state }) => resource === both && state === 'REFERRED');
    const { data } = await taker.cert.ask(CASE, { id: open?.id });
    expect(data.case.indicators.edges).toHaveLength(2);
    // One request is left under the item, and what came still stands for its reporter.
    const [item] = (await registrar.inbox()).filter(({ resource }) => resource === both);
    expect(item?.referrals.map(({ state }) => state).sort()).toEqual(['CLOSED', 'SENT']);
    const { data: seen } = await vendor.ask(
      'query ($id: ID!) { report(id: $id) { indicators(first: 9) { edges { node { outcome } } } } }',
      { id: report.id },
    );
    expect(seen.report.indicators.edges).toEqual([
      { node: { outcome: 'REFERRED' } },
      { node: { outcome: 'REFERRED' } },
    ]);
  });

  test('waits for a rival that writes about its referral, and then takes along what that wrote', async () => {
    const registrar = await world.provider();
    const { cert } = await referredTo(world, registrar, 'waits.example');
    const other = await world.cert();
    const [one] = await cert.cases();
    const rival = await world.database.connect('tocsin_system');
    await rival.query('BEGIN');
    const { rows } = await rival.query<{ id: string }>(
      `UPDATE referral SET note = 'by the rival', version = version + 1 WHERE case_id = $1 RETURNING id`,
      [rowIdOf('Case', one?.id)],
    );
    await appendEntry(
      rival,
      'REFERRALS_PAUSED',
      rows.map(({ id }) => id),
    );
    await decides(cert, 'transferCases', one ? [one] : [], { to: other.id });
    await waitingForLocks(world, 1);
    expect(await other.cases()).toEqual([]);
    await rival.query('COMMIT');
    await rival.end();
    await world.settled();
    expect((await other.ask(CASE, { id: one?.id })).data.case.referrals).toMatchObject([{ note: 'by the rival' }]);
    expect(await heardBy(other)).not.toContain('REFERRALS_PAUSED');
    expect(await heardBy(cert)).toEqual(expect.arrayContaining(['CASES_LEFT', 'REFERRALS_PAUSED']));
  });

  test('of one hundred, each goes whole', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `bulk-${index}.example`);
    const { cert } = await queueOf(world, ...names);
    const other = await world.cert();
    await decides(cert, 'transferCases', await cert.cases(), { to: other.id });
    await world.settled();
    expect(await other.cases()).toHaveLength(100);
    const [row] = await world.database.admin<{ n: number }>(
      `SELECT count(*)::int AS n FROM triage_case c JOIN indicator i ON i.case_id = c.id AND i.coordinator_id <> c.coordinator_id`,
    );
    expect(row?.n).toBe(0);
  });
});
