import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { outcomePage, outcomesAfter, type OutcomeRow } from '../support/outcomes.ts';
import { adds, contentsOf, withdraws } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

interface Sides {
  readonly cert: Party;
  readonly vendor: Party;
  readonly registrar: Party;
}

async function sidesFor(...names: string[]): Promise<Sides> {
  const cert = await world.cert();
  return { cert, vendor: await world.vendor(cert), registrar: await world.provider({ REGISTRAR: names }) };
}

async function forwarded(cert: Party): Promise<void> {
  await world.settled();
  await cert.confirms(await cert.cases());
  await cert.forwards(await cert.cases());
  await world.settled();
}

async function readsAll(party: Party): Promise<void> {
  await party.readsUpTo((await party.events()).at(-1)?.cursor ?? '');
  await world.settled();
}

const brief = ({ externalId, role, outcome, state, reason }: OutcomeRow) =>
  [externalId, role, outcome, state, reason].join(' ');

describe('the life of a report, as its reporter follows it', () => {
  test('each page says what changed since the one before, as it is now', async () => {
    const { cert, vendor, registrar } = await sidesFor('life.example');
    const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    await vendor.submits(
      [
        { value: 'https://life.example/login', externalId: 'one' },
        { value: hash, externalId: 'two' },
        { value: 'unclaimed.example', externalId: 'three' },
      ],
      { externalId: 'the report' },
    );
    await world.settled();
    const start = await outcomesAfter(vendor);
    expect(start.rows.map(brief).sort()).toEqual([
      'one REGISTRAR IN_TRIAGE NOT_TOLD IN_TRIAGE',
      'three * IN_TRIAGE NOT_TOLD NO_CLAIM',
      'two * CONTEXT NOT_APPLICABLE CONTEXT',
    ]);
    expect(start.rows.map(({ reportExternalId }) => reportExternalId)).toEqual(Array(3).fill('the report'));
    expect((await outcomePage(vendor, { changedAfter: start.cursor })).rows).toEqual([]);

    let { cursor } = start;
    const next = async () => {
      await world.settled();
      const { rows, cursor: end } = await outcomesAfter(vendor, cursor);
      cursor = end;
      return rows;
    };
    const theCase = (await cert.cases()).filter(({ resource }) => resource === 'life.example');
    await cert.confirms(theCase);
    expect((await next()).map(brief)).toEqual(['one REGISTRAR CONFIRMED NOT_TOLD IN_TRIAGE']);
    await cert.forwards(theCase);
    expect((await next()).map(brief)).toEqual(['one REGISTRAR REFERRED NOT_TOLD SENT']);
    await readsAll(registrar);
    expect(await next()).toMatchObject([{ state: 'TOLD', toldAt: expect.any(String), acknowledgedAt: null }]);
    await registrar.acknowledges(await registrar.inbox(), { providerReference: 'ticket 7', note: 'for the CERT' });
    const taken = { state: 'ACKNOWLEDGED', providerReference: 'ticket 7', acknowledgedAt: expect.any(String) };
    expect(await next()).toMatchObject([{ ...taken, answeredAt: null, action: null }]);
    await registrar.declines(await registrar.inbox(), { reason: 'CANNOT_REPRODUCE', note: 'for the CERT' });
    const declined = { answeredAt: expect.any(String), declineReason: 'CANNOT_REPRODUCE' };
    expect(await next()).toMatchObject([{ ...taken, ...declined, reason: 'DECLINED: CANNOT_REPRODUCE' }]);
    await registrar.acts(await registrar.inbox(), { actedAt: '2026-01-02T03:04:05Z' });
    const rows = await next();
    const acted = { outcome: 'ACTED', state: 'ACTED_ON_WORD', reason: null, declineReason: null };
    const done = { action: 'DOMAIN_CLIENT_HOLD', actedAt: '2026-01-02T03:04:05.000Z', party: registrar.name };
    expect(rows).toMatchObject([{ ...acted, ...done, providerReference: 'ticket 7' }]);
    expect(JSON.stringify(rows)).not.toContain('for the CERT');
  });

  test('what is withdrawn says so, and what is reported again in the same report begins anew', async () => {
    const { cert, vendor, registrar } = await sidesFor('anew.example');
    const { report } = await vendor.submits([{ value: 'anew.example', externalId: 'first' }]);
    await forwarded(cert);
    await registrar.acknowledges(await registrar.inbox(), { providerReference: 'ticket 8' });
    await world.settled();
    const { results } = await adds(vendor, report, ['kept.example']);
    await world.settled();
    await withdraws(vendor, report, [(await contentsOf(vendor, report)).indicators[0] ?? { id: '' }]);
    await world.settled();
    const { rows, cursor } = await outcomesAfter(vendor, null, { report: report.id });
    expect(results).toHaveLength(1);
    expect(rows.filter(({ externalId }) => externalId === 'first').map(brief)).toEqual([
      'first REGISTRAR WITHDRAWN NOT_APPLICABLE WITHDRAWN',
    ]);

    await adds(vendor, report, [{ value: 'www.anew.example', externalId: 'again' }]);
    await world.settled();
    const again = (await outcomesAfter(vendor, cursor)).rows.filter(({ externalId }) => externalId === 'again');
    expect(again.map(brief)).toEqual(['again REGISTRAR IN_TRIAGE NOT_TOLD IN_TRIAGE']);
    expect(again).toMatchObject([{ toldAt: null, acknowledgedAt: null, providerReference: null }]);
  });

  test('what is added on a resource of which a party was told shares that, and is decided on by itself', async () => {
    const { cert, vendor, registrar } = await sidesFor('grown.example');
    const { report } = await vendor.submits([{ value: 'grown.example', externalId: 'old' }]);
    await forwarded(cert);
    await readsAll(registrar);
    const { cursor } = await outcomesAfter(vendor);
    await adds(vendor, report, [{ value: 'www.grown.example', externalId: 'new' }]);
    await world.settled();
    const { rows } = await outcomesAfter(vendor, cursor);
    expect(rows.map(brief)).toEqual(['old REGISTRAR REFERRED TOLD ', 'new REGISTRAR IN_TRIAGE TOLD ']);
    expect((await contentsOf(vendor, report)).responsibilities.map(({ role }) => role)).toEqual(['REGISTRAR']);
  });

  test('a report says who was told of what and when, page by page, and in one state', async () => {
    const { cert, vendor, registrar } = await sidesFor('page-one.example', 'page-two.example');
    const { report } = await vendor.submits(['page-one.example', 'page-two.example', 'page-three.example']);
    await forwarded(cert);
    await registrar.declines((await registrar.inbox()).slice(0, 1));
    await world.settled();
    const ask = async (variables: object) => {
      const { data } = await vendor.ask(
        `query ($id: ID!, $first: Int!, $after: String, $filter: ResponsibilityFilter) { report(id: $id) {
          responsibilities(first: $first, after: $after, filter: $filter) { pageInfo { endCursor hasNextPage }
            edges { node { role party state reason since toldAt acknowledgedAt answeredAt } } } } }`,
        { id: report.id, first: 1000, ...variables },
      );
      return data.report.responsibilities;
    };
    const all = await ask({});
    const first = await ask({ first: 1 });
    const rest = await ask({ first: 5, after: first.pageInfo.endCursor });
    expect([...first.edges, ...rest.edges]).toEqual(all.edges);
    const answered = { role: 'REGISTRAR', party: registrar.name, acknowledgedAt: expect.any(String) };
    const [one, ...none] = (await ask({ filter: { state: 'ACKNOWLEDGED' } })).edges;
    expect(none).toEqual([]);
    expect(one.node).toMatchObject({ ...answered, toldAt: expect.any(String), answeredAt: expect.any(String) });
    const untold = await ask({ filter: { state: 'NOT_TOLD' }, first: 1 });
    expect(untold.pageInfo.hasNextPage).toBe(true);
  });
});

describe('pages', () => {
  test('hold the rows of an indicator together, and lose and repeat nothing, however they are cut', async () => {
    const names = ['wide.example'];
    const { cert, vendor, registrar } = await sidesFor(...names);
    await world.provider({ HOST: names });
    const urls = Array.from({ length: 23 }, (_, index) => ({
      value: `https://wide.example/${index}`,
      externalId: `url ${index}`,
    }));
    await vendor.submits(urls);
    await world.settled();
    const whole = await outcomesAfter(vendor);
    expect(whole.rows).toHaveLength(46);
    const before = (await outcomePage(vendor)).head;
    await forwarded(cert);
    await registrar.acknowledges(await registrar.inbox());
    await world.settled();
    const now = (await outcomesAfter(vendor)).rows;
    for (const first of [1, 2, 7, 45, 46, 1000]) {
      for (const changedAfter of [null, before]) {
        const { rows, pages } = await outcomesAfter(vendor, changedAfter, { first });
        expect(rows).toEqual(now);
        for (const page of pages) {
          expect(page.rows.length).toBeLessThanOrEqual(first + 1);
          expect(page.rows.length % 2).toBe(0);
        }
      }
    }
  });

  test('what changes while pages are read comes after them', async () => {
    const { cert, vendor } = await sidesFor('meanwhile.example');
    const { report } = await vendor.submits([
      'https://meanwhile.example/a',
      'https://meanwhile.example/b',
      'x.example',
    ]);
    await world.settled();
    const { cursor, rows } = await outcomePage(vendor, { first: 1 });
    expect(rows).toHaveLength(1);
    await withdraws(vendor, report, [{ id: rows[0]?.indicatorId ?? '' }]);
    await cert.confirms(await cert.cases());
    await world.settled();
    const later = await outcomesAfter(vendor, cursor, { first: 1 });
    const table = new Map([...rows, ...later.rows].map((row) => [row.key, row]));
    expect([...table.values()].map(({ outcome }) => outcome).sort()).toEqual(['CONFIRMED', 'CONFIRMED', 'WITHDRAWN']);
    expect([...table.values()].sort(byKey)).toEqual([...(await outcomesAfter(vendor)).rows].sort(byKey));
  });

  test('go on from an event of the feed', async () => {
    const { cert, vendor } = await sidesFor();
    await vendor.submits(['early.example']);
    await world.settled();
    const event = (await vendor.events()).at(-1);
    await vendor.submits(['late.example']);
    await world.settled();
    expect((await outcomesAfter(vendor, event?.cursor)).rows.map(({ observable }) => observable)).toEqual([
      'late.example',
    ]);
    expect((await outcomesAfter(vendor, '1.0')).rows).toHaveLength(2);
    expect((await outcomesAfter(cert)).rows).toEqual([]);
  });

  test.each(['', 'x', '1', '1.2-3', '1.2-3.4', `1.2-3.${'0'.repeat(36)}`])(
    'a cursor that is none (%s) is refused',
    async (changedAfter) => {
      const vendor = await world.vendor(await world.cert());
      await expect(outcomePage(vendor, { changedAfter })).rejects.toThrow('BAD_CURSOR');
    },
  );

  test.each([0, 1001, -1])('a page of %i rows is refused', async (first) => {
    const vendor = await world.vendor(await world.cert());
    await expect(outcomePage(vendor, { first })).rejects.toThrow('BAD_INPUT');
  });

  const FAR = '1.99999-999999.00000000-0000-0000-0000-000000000000';
  test.each(['7.3', '1.999999', '0.0', FAR])(
    'a cursor from another life of the hub (%s) is answered with a gap',
    async (changedAfter) => {
      const vendor = await world.vendor(await world.cert());
      await world.settled();
      const { head } = await outcomePage(vendor);
      const gap = { reason: 'RESTORED', resumeFrom: '1.0' };
      expect(await outcomePage(vendor, { changedAfter })).toEqual({ rows: [], cursor: '1.0', head, gap });
    },
  );
});

describe('a reporter has the rows of its own reports alone', () => {
  test('not those of another reporter of the same resource, nor of those whose cases it coordinates', async () => {
    const { cert, vendor } = await sidesFor('shared.example');
    const other = await world.vendor(cert);
    const { report } = await vendor.submits([{ value: 'shared.example', externalId: 'mine' }]);
    await other.submits([{ value: 'www.shared.example', externalId: 'theirs' }]);
    await cert.submits([{ value: 'cert.shared.example', externalId: 'the CERT itself' }]);
    await forwarded(cert);
    const names = async (party: Party, variables = {}) =>
      (await outcomesAfter(party, null, variables)).rows.map(({ externalId }) => externalId);
    expect(await names(vendor)).toEqual(['mine']);
    expect(await names(other)).toEqual(['theirs']);
    expect(await names(cert)).toEqual(['the CERT itself']);
    const { rows: changed } = await outcomesAfter(cert, '1.1');
    expect(changed.map(({ externalId }) => externalId)).toEqual(['the CERT itself']);
    expect(await names(vendor, { report: report.id })).toEqual(['mine']);
    for (const asker of [other, cert]) expect(await names(asker, { report: report.id })).toEqual([]);
    expect(await names(vendor, { report: 'no id' })).toEqual([]);
    expect((await outcomesAfter(other, '1.1', { report: report.id })).rows).toEqual([]);
  });
});

const byKey = (a: OutcomeRow, b: OutcomeRow): number => (a.key < b.key ? -1 : 1);
