import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { rowIdOf } from '../../src/platform/ids.ts';
import { contentsOf, outcomesOf, seals, withdraws } from '../support/reporter.ts';
import { waitingForLocks, whileLocked } from '../support/rivals.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { IMPORT, imports, told, type Result } from './importer.ts';

let world: World;
let cert: Party;
let vendor: Party;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  cert = await world.cert();
  vendor = await world.vendor(cert);
});

const indicator = (value: string, more: object = {}) => ({
  ...{ type: 'indicator', spec_version: '2.1', id: `indicator--${randomUUID()}`, pattern_type: 'stix' },
  ...{ pattern: `[domain-name:value = '${value}']`, valid_from: '2017-04-18T09:30:00Z', ...more },
});
const bundle = (...objects: object[]) => ({ type: 'bundle', id: `bundle--${randomUUID()}`, objects });
const event = (attributes: object[], more: object = {}) => ({
  Event: { info: 'an event', uuid: randomUUID(), Attribute: attributes, ...more },
});
const attribute = (value: string, more: object = {}) => ({
  ...{ type: 'domain', category: 'Network activity', to_ids: true, uuid: randomUUID(), value, ...more },
});
const tagged = (...names: string[]) => ({ Tag: names.map((name) => ({ name })) });

/** How much of everything there is. */
async function counted(): Promise<unknown> {
  await world.settled();
  const [row] = await world.database.admin(
    `SELECT (SELECT count(*) FROM report) AS reports, (SELECT count(*) FROM indicator) AS indicators,
       (SELECT count(*) FROM triage_case) AS cases, (SELECT count(*) FROM ledger_payload) AS entries`,
  );
  return row;
}

test('a STIX report becomes a report, and every object of the bundle is answered in its order', async () => {
  const bad = indicator('kit.example', { confidence: 80, labels: ['phishing'] });
  const actor = { type: 'intrusion-set', id: `intrusion-set--${randomUUID()}`, name: 'Pawn Storm' };
  const hash = { type: 'file', id: `file--${randomUUID()}`, hashes: { MD5: '0123456789abcdef0123456789abcdef' } };
  const report = {
    ...{ type: 'report', id: `report--${randomUUID()}`, name: 'Two years', description: 'What they did.' },
    ...{ labels: ['tlp:green'], object_refs: [bad.id, actor.id, hash.id] },
  };
  const answer = await imports(
    vendor,
    bundle(report, actor, bad, hash, indicator('10.0.0.1'), indicator('x', { pattern: '[a' })),
  );
  expect(told(answer)).toEqual([
    'NOTED CONTEXT',
    'NOTED CONTEXT',
    'ACCEPTED kit.example',
    'CONTEXT 0123456789abcdef0123456789abcdef',
    'REFUSED RESERVED',
    'UNSUPPORTED UNSUPPORTED_PATTERN',
  ]);
  expect(answer.reports).toMatchObject([
    {
      ...{
        title: 'Two years',
        threatActors: ['Pawn Storm'],
        tlp: 'GREEN',
        pap: null,
        state: 'SEALED',
        externalId: null,
      },
      ...{ narrative: 'What they did.\n\nTags: tlp:green, phishing', sourceFormat: 'STIX', sourceId: report.id },
    },
  ]);
  expect(answer.results[2].indicators[0].indicator).toMatchObject({
    ...{
      externalId: bad.id,
      category: 'PHISHING',
      confidence: 80,
      firstSeen: '2017-04-18T09:30:00.000Z',
      comment: null,
    },
  });
  await world.settled();
  expect(await cert.cases()).toMatchObject([{ resource: 'kit.example', state: 'NEW' }]);
});

test('a list of MISP events becomes a report each, with what the importer says for them', async () => {
  const events = [
    event(
      [attribute('one.example', { to_ids: false, comment: 'a kit' })],
      tagged('misp-galaxy:threat-actor="Sofacy"', 'PAP:GREEN'),
    ),
    event([attribute('two.example', { type: 'domain|ip', value: 'two.example|192.0.2.7' })]),
  ];
  expect(told(await imports(vendor, events[0]))).toEqual(['NOTED CONTEXT', 'NOTED UNFLAGGED']);
  const choices = {
    takeUnflagged: true,
    keepComments: true,
    title: 'Ours',
    defaults: { category: 'BOTNET_C2', tlp: 'GREEN' },
  };
  const answer = await imports(vendor, events, choices);
  expect(told(answer)).toEqual([
    'NOTED CONTEXT',
    'ACCEPTED one.example',
    'NOTED CONTEXT',
    'ACCEPTED two.example 192.0.2.7',
  ]);
  expect(answer.reports).toMatchObject([
    { title: 'Ours', tlp: 'GREEN', pap: 'GREEN', threatActors: ['Sofacy'], sourceFormat: 'MISP' },
    { title: 'Ours', tlp: 'GREEN', pap: null, sourceId: events[1]?.Event.uuid },
  ]);
  expect(answer.results[1].indicators[0].indicator).toMatchObject({ comment: 'a kit', category: 'BOTNET_C2' });
  const [first, second] = answer.results[3].indicators;
  const uuid = (events[1]?.Event.Attribute[0] as { uuid: string }).uuid;
  expect([first.indicator.externalId, second.indicator.externalId]).toEqual([uuid, `${uuid}#2`]);
});

describe('labels', () => {
  test('without any an import is AMBER, and a label that nobody can read is AMBER at least', async () => {
    const unknown = indicator('b.example', { labels: ['tlp:ex:chr'] });
    expect((await imports(vendor, indicator('a.example'))).reports).toMatchObject([{ tlp: 'AMBER', pap: null }]);
    const answer = await imports(vendor, unknown, { defaults: { tlp: 'CLEAR', pap: 'GREEN' } });
    expect(answer.reports).toMatchObject([{ tlp: 'AMBER', pap: 'GREEN' }]);
    const strict = await imports(vendor, indicator('c.example', { labels: ['tlp:what', 'pap:what'] }), {
      defaults: { tlp: 'RED', pap: 'RED' },
    });
    expect(strict.reports).toMatchObject([{ tlp: 'RED', pap: 'RED' }]);
  });

  test('what is labelled apart is reported apart, and nobody is told of RED before the importer says so', async () => {
    const attributes = [
      attribute('open.example'),
      attribute('red.example', tagged('tlp:red')),
      attribute('quiet.example', tagged('pap:red')),
    ];
    const answer = await imports(vendor, event(attributes, tagged('tlp:green')));
    expect(answer.reports.map(({ tlp, pap, tell }: Record<string, unknown>) => [tlp, pap, tell])).toEqual([
      ['GREEN', null, 'RESPONSIBLE_PARTIES'],
      ['RED', null, 'ASK_ME'],
      ['GREEN', 'RED', 'RESPONSIBLE_PARTIES'],
    ]);
    expect((await contentsOf(vendor, answer.reports[1])).indicators).toMatchObject([
      { value: 'red.example', consents: false },
    ]);
    const told = await imports(vendor, event([attribute('r.example', tagged('tlp:red'))]), {
      tell: 'RESPONSIBLE_PARTIES',
    });
    expect(told.reports).toMatchObject([{ tlp: 'RED', tell: 'RESPONSIBLE_PARTIES' }]);
  });

  test('words of a report stay out of what is labelled wider than they are', async () => {
    const wide = attribute('wide.example', tagged('tlp:clear'));
    const more = { ...tagged('misp-galaxy:threat-actor="Sofacy"'), EventReport: [{ content: 'The victim is known.' }] };
    const answer = await imports(vendor, event([wide, attribute('own.example')], more));
    expect(answer.reports).toMatchObject([
      { tlp: 'CLEAR', title: 'Imported from MISP', narrative: 'Tags: tlp:clear', threatActors: [] },
      { tlp: 'AMBER', title: 'an event', threatActors: ['Sofacy'] },
    ]);
  });
});

describe('importing again', () => {
  test('has one effect, whatever the key', async () => {
    const document = bundle(indicator('again.example'), { type: 'domain-name', value: 'more.example' });
    const first = await imports(vendor, document);
    const before = await counted();
    const again = await imports(vendor, document);
    expect(told(again)).toEqual(['JOINED', 'JOINED']);
    expect([again.reports, again.receipt]).toEqual([first.reports, null]);
    expect(await counted()).toEqual(before);
  });

  test('under the same key gives the same answer, to the byte, also when more came later', async () => {
    const document = event([attribute('key.example'), attribute('not a name')]);
    const input = { idempotencyKey: randomUUID(), bundle: JSON.stringify(document) };
    const ask = async () => JSON.stringify((await vendor.ask(IMPORT, { input })).data);
    const first = await ask();
    document.Event.Attribute.push(attribute('later.example'));
    await imports(vendor, document);
    expect(await ask()).toBe(first);
    const joined = { ...input, idempotencyKey: randomUUID() };
    const joinedFirst = JSON.stringify((await vendor.ask(IMPORT, { input: joined })).data);
    document.Event.Attribute.push(attribute('latest.example'));
    await imports(vendor, document);
    expect(JSON.stringify((await vendor.ask(IMPORT, { input: joined })).data)).toBe(joinedFirst);
    const other = await vendor.ask(IMPORT, { input: { ...input, takeUnflagged: true } });
    expect(other.data.importBundle.errors).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
  });

  test('adds what is new to the report that is there, and refuses other content under a known id', async () => {
    const document = event([attribute('first.example')]);
    const [report] = (await imports(vendor, document)).reports;
    const changed = { ...document.Event.Attribute[0], value: 'changed.example' };
    const answer = await imports(vendor, event([changed, attribute('second.example')], { uuid: document.Event.uuid }));
    expect(told(answer)).toEqual(['NOTED CONTEXT', 'REFUSED EXTERNAL_ID_MISMATCH', 'ACCEPTED second.example']);
    expect(answer.reports).toMatchObject([{ id: report.id }]);
    await world.settled();
    expect(Object.keys(await outcomesOf(vendor, report))).toEqual(['first.example', 'second.example']);
    expect(await cert.cases()).toHaveLength(2);
  });

  test('never widens what was said of it, and never revives what was withdrawn', async () => {
    const document = event([attribute('open.example')]);
    const [open] = (await imports(vendor, document)).reports;
    document.Event.Attribute.push(attribute('closed.example'));
    const closed = await imports(vendor, document, { tell: 'COORDINATOR_ONLY' });
    expect(closed.reports).toMatchObject([{ tell: 'COORDINATOR_ONLY' }]);
    expect(closed.reports[0].id).not.toBe(open.id);
    await withdraws(vendor, open);
    document.Event.Attribute.push(attribute('third.example'));
    const third = await imports(vendor, document);
    expect(told(third)).toEqual(['NOTED CONTEXT', 'JOINED', 'JOINED', 'ACCEPTED third.example']);
    expect(await outcomesOf(vendor, open)).toMatchObject({ 'open.example': 'WITHDRAWN' });
    expect([open.id, closed.reports[0].id]).not.toContain(third.reports[0].id);
  });

  test('under a stricter label says that what is known stands under a wider one', async () => {
    const document = event([attribute('known.example')], tagged('tlp:green', 'pap:green'));
    await imports(vendor, document);
    for (const stricter of [tagged('tlp:red', 'pap:green'), tagged('tlp:green', 'pap:red')]) {
      const answer = await imports(vendor, { Event: { ...document.Event, ...stricter } });
      expect(told(answer)).toEqual(['NOTED CONTEXT', 'JOINED WIDER_LABEL']);
    }
    expect(told(await imports(vendor, { Event: { ...document.Event, ...tagged('tlp:clear') } }))[1]).toBe('JOINED');
  });

  test('at the same moment waits, and finds what the first has made', async () => {
    const document = event([attribute('moment.example')]);
    const both = await whileLocked(world, [rowIdOf('Organisation', vendor.id) ?? '', 4], async () => {
      // The path for large documents takes one at a time from a key, so the second goes by the other.
      const first = imports(vendor, document);
      const input = { idempotencyKey: randomUUID(), bundle: JSON.stringify(document) };
      const second = vendor.ask(IMPORT, { input }).then(({ data }) => data.importBundle);
      await waitingForLocks(world, 2);
      return [first, second] as const;
    });
    const [one, two] = await Promise.all(both);
    expect([...told(one), ...told(two)].sort()).toEqual([
      'ACCEPTED moment.example',
      'JOINED',
      'NOTED CONTEXT',
      'NOTED CONTEXT',
    ]);
    expect(one.reports[0].id).toBe(two.reports[0].id);
  });
});

test('what its source takes back is withdrawn, if it stands here', async () => {
  const [one, two] = [indicator('back.example'), indicator('stays.example')];
  const document = bundle(one, two);
  const [report] = (await imports(vendor, document)).reports;
  await world.settled();
  const revoked = bundle({ ...one, revoked: true }, { ...indicator('never.example'), revoked: true }, two);
  const answer = await imports(vendor, revoked);
  expect(told(answer)).toEqual(['WITHDRAWN', 'NOTED REVOKED', 'JOINED']);
  expect(answer.receipt).not.toBeNull();
  await world.settled();
  expect(await outcomesOf(vendor, report)).toEqual({ 'back.example': 'WITHDRAWN', 'stays.example': 'IN_TRIAGE' });
  const before = await counted();
  expect(told(await imports(vendor, revoked))).toEqual(['WITHDRAWN', 'NOTED REVOKED', 'JOINED']);
  expect(await counted()).toEqual(before);
  await imports(vendor, bundle({ ...two, revoked: true }));
  expect((await contentsOf(vendor, report)).state).toBe('WITHDRAWN');
});

test('an import ends at SEALED at most, and before it where the importer wants to look first', async () => {
  const { reports } = await imports(vendor, event([attribute('look.example')], { published: true }), { seal: false });
  expect(reports).toMatchObject([{ state: 'RECEIVING' }]);
  await world.settled();
  expect(await cert.cases()).toEqual([]);
  expect(await seals(vendor, reports[0])).toMatchObject({ report: { state: 'SEALED' }, errors: [] });
});

test('no other vendor sees an import, nor learns from its own that there is one', async () => {
  const document = bundle(indicator('secret.example'));
  const { reports, results } = await imports(vendor, document);
  const other = await world.vendor(cert);
  const [{ indicator: made }] = results[0].indicators;
  expect(
    (await other.ask('query ($id: ID!) { report(id: $id) { id } }', { id: reports[0].id })).data.report,
  ).toBeNull();
  expect(
    (await other.ask('query ($id: ID!) { indicator(id: $id) { id } }', { id: made.id })).data.indicator,
  ).toBeNull();
  // Its coordinator reads the indicator, and yet takes nothing of it back and joins nothing.
  await world.settled();
  expect(told(await imports(cert, bundle({ ...document.objects[0], revoked: true })))).toEqual(['NOTED REVOKED']);
  expect(told(await imports(cert, document))).toEqual(['ACCEPTED secret.example']);
  const own = await imports(other, document);
  expect(told(own)).toEqual(['ACCEPTED secret.example']);
  expect(own.reports[0].id).not.toBe(reports[0].id);
  expect(told(await imports(other, bundle({ ...document.objects[0], revoked: true })))).toEqual(['WITHDRAWN']);
  expect(await outcomesOf(vendor, reports[0])).not.toMatchObject({ 'secret.example': 'WITHDRAWN' });
});

describe('a document that cannot be taken', () => {
  const many = (count: number, of: (n: number) => object) => Array.from({ length: count }, (_, n) => of(n));
  test.each([
    ['no JSON', '{', {}, 'BAD_INPUT', 'bundle'],
    ['no document', '[]', {}, 'BAD_INPUT', 'bundle'],
    ['of another format than was said', { Attribute: [] }, { format: 'STIX' }, 'BAD_INPUT', 'bundle'],
    ['too deep', '['.repeat(100), {}, 'BAD_INPUT', 'bundle'],
    [
      'of too many indicators',
      many(10_001, (n) => ({ type: 'domain-name', value: `n${n}.example` })),
      {},
      'TOO_MANY',
      'bundle',
    ],
    ['of too many reports', many(101, (n) => event([attribute(`n${n}.example`)])), {}, 'TOO_MANY', 'bundle'],
    ['with an empty title', { type: 'url', value: 'http://n.example/' }, { title: '' }, 'BAD_INPUT', 'title'],
    [
      'for a coordinator that is none',
      { type: 'url', value: 'http://n.example/' },
      { coordinator: 'x' },
      'NOT_FOUND',
      'coordinator',
    ],
  ])('is refused as a whole: %s', async (_what, document, input, code, path) => {
    const before = await counted();
    expect(await imports(vendor, document, input)).toMatchObject({ results: null, errors: [{ code, path: [path] }] });
    expect(await counted()).toEqual(before);
  });
});

test('texts that no database keeps are cut or refused, and spoil nothing', async () => {
  const document = event(
    [attribute('fine.example', { comment: 'a\0b\ud800' }), attribute('\ud800.example'), attribute('a\0.example')],
    {
      info: `\0${'t'.repeat(400)}\ud83c`,
      ...tagged('\ud800', '\0'),
      EventReport: [{ content: '\0\ud800'.repeat(60_000) }],
    },
  );
  const answer = await imports(vendor, document, { keepComments: true });
  expect(told(answer)).toEqual([
    ...[
      'NOTED CONTEXT',
      'ACCEPTED fine.example',
      'REFUSED CONTROL_CHARACTER',
      'REFUSED CONTROL_CHARACTER',
      'NOTED CONTEXT',
    ],
  ]);
  expect(answer.reports[0].title).toBe('t'.repeat(300));
});

test('10,000 indicators of one bundle in one call; the same again has one effect', { timeout: 120_000 }, async () => {
  const document = bundle(...Array.from({ length: 10_000 }, (_, n) => indicator(`many-${n}.example`)));
  const first = await imports(vendor, document);
  expect(first.errors).toEqual([]);
  expect(new Set(first.results.map(({ status }: Result) => status))).toEqual(new Set(['ACCEPTED']));
  expect(first.results.map(({ objectId }: Result) => objectId)).toEqual(
    document.objects.map((each) => (each as { id: string }).id),
  );
  const before = await counted();
  const again = await imports(vendor, document);
  expect(new Set(again.results.map(({ status }: Result) => status))).toEqual(new Set(['JOINED']));
  expect(again.reports).toEqual(first.reports);
  expect(await counted()).toEqual(before);
});
