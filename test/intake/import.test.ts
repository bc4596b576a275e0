import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { contentsOf, outcomesOf, seals } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { attribute, bundle, counted, event, imports, indicator, tagged, told } from './importer.ts';

let world: World;
let cert: Party;
let vendor: Party;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  cert = await world.cert();
  vendor = await world.vendor(cert);
});

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
    const before = await counted(world);
    expect(await imports(vendor, document, input)).toMatchObject({ results: null, errors: [{ code, path: [path] }] });
    expect(await counted(world)).toEqual(before);
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
