import { describe, expect, test } from 'vitest';

import { readShared } from '../../src/formats/read-shared.ts';
import type { Claims, SharedDocument } from '../../src/formats/shared-document.ts';

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const RED = 'marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1';
const GREEN_1 = 'marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da';

const indicator = (n: number, more: object = {}) => ({
  ...{ type: 'indicator', id: `indicator--${uuid(n)}`, pattern_type: 'stix' },
  ...{ pattern: `[domain-name:value = 'n${n}.example']`, valid_from: '2017-04-18T09:30:00Z', ...more },
});
const domain = (n: number, more: object = {}) => ({
  ...{ type: 'domain-name', id: `domain-name--${uuid(n)}`, value: `n${n}.example`, ...more },
});
const report = (n: number, refs: readonly string[], more: object = {}) => ({
  ...{ type: 'report', id: `report--${uuid(n)}`, name: `report ${n}`, object_refs: refs, ...more },
});

function read(...objects: unknown[]): SharedDocument {
  return readAs({ type: 'bundle', id: `bundle--${uuid(0)}`, objects });
}

function readAs(value: unknown): SharedDocument {
  const document = readShared(JSON.stringify(value), 'STIX');
  if ('problem' in document) throw new Error(document.hint);
  return document;
}

/** Of each object: its values, or its status and code. */
const told = ({ objects }: SharedDocument): string[] =>
  objects.map(({ reading }) =>
    reading.status === 'CLAIMS'
      ? reading.values.map(({ text }) => text).join(' ')
      : `${reading.status} ${reading.code}`,
  );

function claims(document: SharedDocument, index = 0): Claims {
  const reading = document.objects[index]?.reading;
  if (reading?.status !== 'CLAIMS') throw new Error(JSON.stringify(reading));
  return reading;
}

describe('STIX comes', () => {
  test.each([
    ['as a bundle', { type: 'bundle', objects: [indicator(1), domain(2)] }],
    ['as an envelope of TAXII', { more: false, objects: [indicator(1), domain(2)] }],
    ['as a list of objects', [indicator(1), domain(2)]],
    [
      'as a list of bundles',
      [
        { type: 'bundle', objects: [indicator(1)] },
        { type: 'bundle', objects: [domain(2)] },
      ],
    ],
  ])('%s', (_how, value) => expect(told(readAs(value))).toEqual(['n1.example', 'n2.example']));

  test('as a single object, and with a byte order mark', () => {
    expect(told(readAs(indicator(1)))).toEqual(['n1.example']);
    expect(readShared(`\uFEFF${JSON.stringify(indicator(1))}`)).toMatchObject({ format: 'STIX' });
  });

  test('not as anything else', () => {
    expect(readShared('{"a": 1}', 'STIX')).toMatchObject({ problem: 'UNKNOWN_FORMAT' });
    expect(told(readAs([]))).toEqual([]);
  });
});

describe('an object of STIX', () => {
  const file = { type: 'file', id: `file--${uuid(9)}`, hashes: { MD5: 'a', 'SHA-1': 'b', SSDEEP: 'c' } };
  test.each([
    ['an indicator of another language', indicator(1, { pattern_type: 'yara' }), 'UNSUPPORTED UNSUPPORTED_PATTERN'],
    ['an indicator of STIX 2.0', { ...indicator(1), pattern_type: undefined }, 'n1.example'],
    ['an indicator without pattern', indicator(1, { pattern: ['x'] }), 'REFUSED MALFORMED'],
    ['an indicator of what is benign', indicator(1, { indicator_types: ['benign'] }), 'NOTED BENIGN'],
    ['an indicator with another word as its time', indicator(1, { valid_from: 'now' }), 'REFUSED BAD_DATES'],
    ['an indicator sure in words', indicator(1, { confidence: 'high' }), 'REFUSED BAD_CONFIDENCE'],
    ['a file', file, 'a b'],
    ['a file by its name', { type: 'file', name: 'x.exe' }, 'UNSUPPORTED UNSUPPORTED_TYPE'],
    ['a certificate', { type: 'x509-certificate', hashes: { 'SHA-256': 'a', MD5: 'b' } }, 'a'],
    ['a URL', { type: 'url', value: 'http://n.example/' }, 'http://n.example/'],
    ['a name of the wrong type', { type: 'domain-name', value: 5 }, 'UNSUPPORTED UNSUPPORTED_TYPE'],
    ['a process', { type: 'process', pid: 1 }, 'UNSUPPORTED UNSUPPORTED_TYPE'],
    ['an identity', { type: 'identity', name: 'x' }, 'NOTED CONTEXT'],
    ['a type of somebody', { type: 'x-somebody-s' }, 'UNSUPPORTED UNSUPPORTED_TYPE'],
    ['a type that every object has', { type: 'constructor' }, 'UNSUPPORTED UNSUPPORTED_TYPE'],
    ['no type', { id: 'x' }, 'REFUSED MALFORMED'],
    ['no object', 'x', 'REFUSED MALFORMED'],
    ['a list', [indicator(1)], 'REFUSED MALFORMED'],
  ])('%s', (_what, object, expected) => expect(told(read(object))).toEqual([expected]));

  test('says when, how surely, and of which category', () => {
    const object = indicator(1, {
      ...{
        confidence: 80.4,
        valid_until: '2017-05-01T00:00:00.123456Z',
        labels: ['a-label'],
        name: 'kit',
        description: 'd',
      },
      kill_chain_phases: [{ kill_chain_name: 'k', phase_name: 'command-and-control' }, 'x'],
    });
    expect(claims(read(object))).toMatchObject({
      ...{ firstSeen: '2017-04-18T09:30:00.000Z', lastSeen: '2017-05-01T00:00:00.123Z', confidence: 80 },
      ...{ words: ['command-and-control', 'a-label'], comment: 'kit: d', name: `indicator--${uuid(1)}` },
    });
  });

  test('has the category of what it is related to', () => {
    const related = (type: string, more: object) => ({ type, id: `${type}--${uuid(5)}`, ...more });
    const document = read(
      domain(1),
      indicator(2),
      related('infrastructure', { infrastructure_types: ['phishing'] }),
      related('attack-pattern', { name: 'Spearphishing Link - T1566.002' }),
      {
        type: 'relationship',
        relationship_type: 'consists-of',
        source_ref: `infrastructure--${uuid(5)}`,
        target_ref: domain(1).id,
      },
      {
        type: 'relationship',
        relationship_type: 'indicates',
        source_ref: indicator(2).id,
        target_ref: `attack-pattern--${uuid(5)}`,
      },
    );
    expect(claims(document, 0).words).toEqual(['phishing']);
    expect(claims(document, 1).words).toEqual(['Spearphishing Link - T1566.002']);
  });

  test.each(['indicator--not-a-uuid', 'x', `--${uuid(1)}`, `${'a'.repeat(300)}--${uuid(1)}`])(
    'is not named by %.30s',
    (id) => expect(claims(read(indicator(1, { id }))).name).toBeNull(),
  );

  test('counts in its latest version', () => {
    const [old, now] = ['2017-01-01T00:00:00Z', '2018-01-01T00:00:00Z'].map((modified) => indicator(1, { modified }));
    expect(told(read(old, now, old))).toEqual(['NOTED DUPLICATE_ID', 'n1.example', 'NOTED DUPLICATE_ID']);
    expect(claims(read(indicator(1, { revoked: true }))).revoked).toBe(true);
  });
});

describe('an observable', () => {
  const observed = (n: number, refs: readonly string[], more: object = {}) => ({
    ...{ type: 'observed-data', id: `observed-data--${uuid(n)}`, object_refs: refs },
    ...{ first_observed: '2017-04-01T00:00:00Z', last_observed: '2017-04-02T00:00:00Z', ...more },
  });

  test('has its times and its name from the observation that lists it, which may be taken back', () => {
    const one = claims(read(domain(1), observed(2, [domain(1).id, 'domain-name--nowhere'])));
    expect(one).toMatchObject({
      ...{ name: `observed-data--${uuid(2)}/domain-name--${uuid(1)}`, revoked: false },
      ...{ firstSeen: '2017-04-01T00:00:00.000Z', lastSeen: '2017-04-02T00:00:00.000Z' },
    });
    expect(claims(read(domain(1), observed(2, [domain(1).id], { revoked: true }))).revoked).toBe(true);
    expect(claims(read(domain(1), report(2, [domain(1).id]))).name).toBe(`report--${uuid(2)}/domain-name--${uuid(1)}`);
    expect(claims(read(domain(1))).name).toBe(`domain-name--${uuid(1)}`);
  });

  test('that is a recipient, a source or an address of a name is no claim', () => {
    const mail = (n: number) => ({ type: 'email-addr', id: `email-addr--${uuid(n)}`, value: `p${n}@n.example` });
    const address = { type: 'ipv4-addr', id: `ipv4-addr--${uuid(4)}`, value: '192.0.2.1' };
    const message = { type: 'email-message', from_ref: mail(2).id, to_refs: [mail(3).id] };
    const document = read(domain(1, { resolves_to_refs: [address.id] }), mail(2), mail(3), address, message);
    const part = 'NOTED REFERENCE';
    expect(told(document)).toEqual(['n1.example', 'p2@n.example', part, part, 'UNSUPPORTED UNSUPPORTED_TYPE']);
  });

  test('may stand inside of an observation, in STIX 2.0', () => {
    const inside = {
      0: { type: 'domain-name', value: 'old.example', resolves_to_refs: ['1'] },
      1: { type: 'ipv4-addr', value: '192.0.2.1' },
      2: { type: 'file', hashes: { 'SHA-256': 'a' } },
      3: 'nothing',
    };
    const document = read(
      observed(1, [], { objects: inside }),
      observed(2, [], { objects: { 0: { type: 'process' } } }),
    );
    expect(told(document)).toEqual(['old.example a', 'UNSUPPORTED UNSUPPORTED_TYPE']);
  });
});

describe('labels of STIX', () => {
  const marked = (...refs: string[]) => indicator(1, { object_marking_refs: refs });
  const marking = (id: string, more: object) => ({ type: 'marking-definition', id, ...more });
  test.each([
    ['none', [indicator(1)], { tlp: null, pap: null }],
    ['the well-known id of TLP 2', [marked(RED)], { tlp: 'RED', pap: null }],
    [
      'the well-known id of TLP 1, whatever a copy says',
      [marked(GREEN_1), marking(GREEN_1, { definition_type: 'tlp', definition: { tlp: 'white' } })],
      { tlp: 'GREEN', pap: null },
    ],
    [
      'a marking of TLP',
      [marked('m'), marking('m', { definition_type: 'TLP', definition: { TLP: 'TLP:AMBER+STRICT' } })],
      { tlp: 'AMBER_STRICT', pap: null },
    ],
    [
      'an extension of TLP',
      [
        marked('m'),
        marking('m', {
          extensions: { 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d': { tlp_2_0: 'clear' } },
        }),
      ],
      { tlp: 'CLEAR', pap: null },
    ],
    [
      'a marking of PAP',
      [marked('m'), marking('m', { definition_type: 'PAP', definition: { PAP: 'PAP:RED' } })],
      { tlp: null, pap: 'RED' },
    ],
    [
      'a statement',
      [marked('m'), marking('m', { definition_type: 'statement', definition: { statement: '(c)' } })],
      { tlp: null, pap: null },
    ],
    ['a marking that is not there', [marked('marking-definition--gone')], { tlp: 'UNKNOWN', pap: null }],
    [
      'a TLP that nobody knows',
      [marked('m'), marking('m', { definition_type: 'tlp', definition: { tlp: 'TEST' } })],
      { tlp: 'UNKNOWN', pap: null },
    ],
    [
      'a marking of a part',
      [indicator(1, { granular_markings: [{ marking_ref: RED, selectors: ['name'] }] })],
      { tlp: 'RED', pap: null },
    ],
    ['tags', [indicator(1, { labels: ['TLP:Green', 'pap:amber', 'x'] })], { tlp: 'GREEN', pap: 'AMBER' }],
    ['the strictest', [marked(GREEN_1, RED)], { tlp: 'RED', pap: null }],
    [
      'the stricter of the report',
      [marked(GREEN_1), report(2, [indicator(1).id], { object_marking_refs: [RED] })],
      { tlp: 'RED', pap: null },
    ],
    [
      'its own below a wider report',
      [marked(RED), report(2, [indicator(1).id], { object_marking_refs: [GREEN_1] })],
      { tlp: 'RED', pap: null },
    ],
    [
      "the report's, where it has none",
      [indicator(1), report(2, [indicator(1).id], { labels: ['tlp:green'] })],
      { tlp: 'GREEN', pap: null },
    ],
  ])('%s', (_what, objects, expected) => expect(claims(read(...objects)).labels).toEqual(expected));
});

test('what a report lists belongs to it, with its actors; the rest belongs to the bundle', () => {
  const actor = (n: number, more: object = {}) => ({
    type: 'intrusion-set',
    id: `intrusion-set--${uuid(n)}`,
    name: `actor ${n}`,
    ...more,
  });
  const one = report(1, [indicator(4).id, actor(7).id], { description: 'text', labels: ['tag'] });
  const two = { ...report(2, [indicator(4).id, indicator(5).id]), type: 'grouping' };
  const document = read(
    one,
    indicator(4),
    two,
    indicator(5),
    indicator(6),
    actor(7),
    actor(8, { labels: ['tlp:red'] }),
  );
  expect([1, 3, 4].map((index) => claims(document, index).report)).toEqual([0, 1, 2]);
  const none = { tlp: null, pap: null };
  expect(document.reports).toMatchObject([
    {
      title: 'report 1',
      narrative: 'text',
      tags: ['tag'],
      sourceId: one.id,
      actors: [{ name: 'actor 7', labels: none }],
    },
    { title: 'report 2', actors: [] },
    { title: null, sourceId: `bundle--${uuid(0)}`, actors: [{ name: 'actor 8', labels: { tlp: 'RED', pap: null } }] },
  ]);
});

test('references in circles and to nowhere harm nothing', () => {
  const circle = [
    domain(1, { resolves_to_refs: [domain(2).id] }),
    domain(2, { resolves_to_refs: [domain(1).id] }),
    report(3, [`report--${uuid(3)}`, 'nowhere', domain(1).id]),
    { type: 'relationship', relationship_type: 'indicates', source_ref: 'x', target_ref: 'x' },
  ];
  expect(told(read(...circle))).toEqual(['NOTED REFERENCE', 'NOTED REFERENCE', 'NOTED CONTEXT', 'NOTED CONTEXT']);
});
