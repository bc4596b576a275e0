import { describe, expect, test } from 'vitest';

import { readShared } from '../../src/formats/read-shared.ts';
import type { Claims, SharedDocument } from '../../src/formats/shared-document.ts';

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

const attribute = (type: string, value: unknown, more: object = {}) => ({
  ...{ type, value, category: 'Network activity', to_ids: true, ...more },
});
const tags = (...names: string[]) => ({ Tag: names.map((name) => ({ name })) });
const event = (...attributes: unknown[]) => ({ info: 'an event', uuid: uuid(1), Attribute: attributes });

function read(value: unknown): SharedDocument {
  const document = readShared(JSON.stringify(value));
  if ('problem' in document) throw new Error(document.hint);
  return document;
}

/** Of each object: its values with their types, or its status and code. */
const told = (document: SharedDocument): string[] =>
  document.objects.map(({ reading }) =>
    reading.status === 'CLAIMS'
      ? reading.values.map(({ type, text }) => `${type} ${text}`).join(', ')
      : `${reading.status} ${reading.code}`,
  );

function claims(value: unknown, index = 1): Claims {
  const reading = read(value).objects[index]?.reading;
  if (reading?.status !== 'CLAIMS') throw new Error(JSON.stringify(reading));
  return reading;
}

describe('MISP comes', () => {
  const one = event(attribute('domain', 'n.example'));
  test.each([
    ['as a bare event', one, 1],
    ['as an event in its wrapper', { Event: one }, 1],
    ['as the answer of a server', { response: [{ Event: one }, { Event: one }] }, 2],
    ['as the answer to a search for attributes', { response: { Attribute: one.Attribute } }, 1],
    ['as a list', [{ Event: one }, one], 2],
  ])('%s', (_how, value, events) => {
    expect(read(value).reports).toHaveLength(events);
    expect(told(read(value)).slice(0, 2)).toEqual(['NOTED CONTEXT', 'domain n.example']);
  });

  test.each([
    ['deeper in wrappers', { response: [[[{ Event: one }]]] }],
    ['beside what is no event', [{ Event: one }, 5]],
    ['as an attribute', attribute('domain', 'n.example')],
    ['empty', []],
  ])('not %s', (_how, value) =>
    expect(readShared(JSON.stringify(value), 'MISP')).toMatchObject({ problem: 'UNKNOWN_FORMAT' }),
  );
});

describe('an attribute of type', () => {
  const no = 'UNSUPPORTED UNSUPPORTED_TYPE';
  test.each([
    ['domain', 'n.example', 'domain n.example'],
    ['hostname', 'www.n.example', 'domain www.n.example'],
    ['url', 'http://n.example/', 'url http://n.example/'],
    ['ip-src', '192.0.2.1', 'ip 192.0.2.1'],
    ['ip-dst|port', '192.0.2.1|443', 'ip-port 192.0.2.1:443'],
    ['ip-dst|port', '2001:db8::1|443', 'ip-port [2001:db8::1]:443'],
    ['hostname|port', 'n.example|8080', 'ip-port n.example:8080'],
    ['domain|ip', 'n.example|192.0.2.1', 'domain n.example, ip 192.0.2.1'],
    ['email-src', 'a@n.example', 'email a@n.example'],
    ['email-dst', 'victim@n.example', 'NOTED REFERENCE'],
    ['target-email', 'victim@n.example', 'NOTED REFERENCE'],
    ['link', 'http://blog.example/', 'NOTED REFERENCE'],
    ['sha256', 'a', 'sha256 a'],
    ['filename|sha1', 'a|b.exe|c', 'sha1 c'],
    ['malware-sample', 'a.exe|b', 'md5 b'],
    ['x509-fingerprint-sha256', 'a', 'x509-sha256 a'],
    ['x509-fingerprint-sha1', 'a', no],
    ['filename', 'a.exe', no],
    ['filename|ssdeep', 'a.exe|b', no],
    ['yara', 'rule', no],
    ['constructor', 'a', no],
    ['filename|constructor', 'a|b', no],
    ['comment', 'a', 'NOTED CONTEXT'],
    ['domain', 5, 'REFUSED MALFORMED'],
    ['domain', ' ', 'REFUSED MALFORMED'],
  ])('%s: %s', (type, value, expected) =>
    expect(told(read(event(attribute(type, value))))).toEqual(['NOTED CONTEXT', expected]),
  );

  test('any, about the threat, accuses nothing', () => {
    const categories = [
      'External analysis',
      'Internal reference',
      'Antivirus detection',
      'Targeting data',
      'Attribution',
    ];
    const all = categories.map((category) => attribute('url', 'http://blog.example/', { category }));
    expect(new Set(told(read(event(...all))).slice(1))).toEqual(new Set(['NOTED REFERENCE']));
  });
});

test('everything in an event is answered in its order', () => {
  const document = read({
    ...event(attribute('domain', 'n.example', { uuid: uuid(2), ShadowAttribute: [{ value: 'x' }, 5] }), 'x'),
    Object: [{ name: 'url', uuid: 'no uuid', Attribute: [attribute('url', 'http://n.example/')] }, 5],
    ShadowAttribute: [{ uuid: uuid(3) }],
    EventReport: [{ name: 'r', content: 'what happened' }],
  });
  expect(document.objects.map(({ id, type, reading }) => [id, type, reading.status])).toEqual([
    [uuid(1), 'event', 'NOTED'],
    [uuid(2), 'attribute domain', 'CLAIMS'],
    [null, 'proposal', 'UNSUPPORTED'],
    [null, 'proposal', 'UNSUPPORTED'],
    [null, 'attribute', 'REFUSED'],
    ['no uuid', 'object url', 'NOTED'],
    [null, 'attribute url', 'CLAIMS'],
    [null, 'object', 'REFUSED'],
    [uuid(3), 'proposal', 'UNSUPPORTED'],
    [null, 'event report', 'NOTED'],
  ]);
  expect(document.reports).toMatchObject([{ title: 'an event', sourceId: uuid(1), narrative: 'what happened' }]);
});

describe('an attribute says', () => {
  test('its name, times, flags and text', () => {
    const more = {
      uuid: uuid(2).toUpperCase(),
      first_seen: '2017-04-18T09:30:00.000000+02:00',
      comment: 'kit',
      to_ids: '1',
    };
    expect(claims(event(attribute('domain', 'n.example', more)))).toMatchObject({
      ...{ name: uuid(2), firstSeen: '2017-04-18T07:30:00.000Z', lastSeen: null, comment: 'kit' },
      ...{ unflagged: false, revoked: false },
    });
    expect(claims(event(attribute('domain', 'n.example', { uuid: 'a', to_ids: false, deleted: true })))).toMatchObject({
      ...{ name: null, unflagged: true, revoked: true },
    });
    expect(told(read(event(attribute('domain', 'n.example', { first_seen: 'today' }))))[1]).toBe('REFUSED BAD_DATES');
  });

  test('nothing twice under one uuid', () => {
    const twice = attribute('domain', 'n.example', { uuid: uuid(2) });
    expect(told(read([event(twice, twice), event(twice)]))).toEqual([
      'NOTED CONTEXT',
      'domain n.example',
      'NOTED DUPLICATE_ID',
      'NOTED CONTEXT',
      'NOTED DUPLICATE_ID',
    ]);
  });

  test('more by the object that it is in: times, tags, a port, that it was deleted', () => {
    const object = {
      ...{ name: 'ip-port', first_seen: '2017-04-18T00:00:00Z', deleted: true, ...tags('tlp:red', 'phishing') },
      Attribute: [attribute('port', '443', { object_relation: 'dst-port' }), attribute('ip-dst', '192.0.2.1')],
    };
    const one = claims({ ...event(), Object: [object] }, 3);
    expect(one).toMatchObject({
      ...{ values: [{ text: '192.0.2.1:443', type: 'ip-port' }], firstSeen: '2017-04-18T00:00:00.000Z', revoked: true },
      ...{
        labels: { tlp: 'RED', pap: null },
        words: ['Network activity', 'red', 'phishing'],
        tags: ['tlp:red', 'phishing'],
      },
    });
  });

  test.each([
    ['nothing', event(attribute('domain', 'n.example')), { tlp: null, pap: null }],
    [
      "its event's labels",
      { ...event(attribute('domain', 'n.example')), ...tags('tlp:white', 'PAP:AMBER') },
      { tlp: 'CLEAR', pap: 'AMBER' },
    ],
    [
      'its own, where they are stricter',
      { ...event(attribute('domain', 'n.example', tags('tlp:red'))), ...tags('tlp:green') },
      { tlp: 'RED', pap: null },
    ],
    [
      "its event's, where those are stricter",
      { ...event(attribute('domain', 'n.example', tags('tlp:green'))), ...tags('tlp:amber+strict') },
      { tlp: 'AMBER_STRICT', pap: null },
    ],
    [
      'what nobody can read',
      { ...event(attribute('domain', 'n.example')), ...tags('tlp:ex:chr') },
      { tlp: 'UNKNOWN', pap: null },
    ],
  ])('as labels %s', (_what, value, labels) => expect(claims(value).labels).toEqual(labels));

  test('its category and how sure it is, in tags, the nearest first', () => {
    const own = tags('ecsirt:fraud="phishing"', 'misp:confidence-level="usually-confident"');
    const value = {
      ...event(attribute('domain', 'n.example', own)),
      ...tags('circl:incident-classification="malware"'),
    };
    expect(claims(value).words.slice(0, 1)).toEqual(['phishing']);
    expect(claims(value).words.at(-2)).toBe('malware');
    expect(claims(value).confidence).toBe(75);
  });
});

test('threat actors stand in tags and galaxies, each once', () => {
  const galaxy = { type: 'threat-actor', GalaxyCluster: [{ value: 'Sofacy' }, { value: 'Other' }, 5] };
  const value = {
    ...event(),
    ...tags('misp-galaxy:threat-actor="Sofacy"', 'misp-galaxy:mitre-intrusion-set="APT28 - G0007"'),
    Galaxy: [galaxy, 'x'],
  };
  expect(read(value).reports[0]?.actors.map(({ name }) => name)).toEqual(['Sofacy', 'APT28', 'Other']);
});
