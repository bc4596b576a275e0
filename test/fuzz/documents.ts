import fc from 'fast-check';

import { csvFields } from '../../src/formats/csv-record.ts';
import { csvRecord } from '../../src/formats/csv-text.ts';
import { readIndicatorRows, type IndicatorRow } from '../../src/formats/csv.ts';
import { instantOf } from '../../src/formats/instant.ts';
import { readShared } from '../../src/formats/read-shared.ts';
import type { RowError } from '../../src/formats/row-error.ts';
import { readPattern } from '../../src/formats/stix/pattern.ts';
import { planImport } from '../../src/intake/import.ts';
import { mangled, must, same, target } from './target.ts';

const CSV = [
  'value,type,category,first_seen,last_seen,confidence,id,comment\r\nshop.example,domain,phishing,2026-01-02T03:04:05Z,,80,a-1,"a, ""b"""\r\n192.0.2.7,,,,,,,\r\n',
  '# exported\nioc;type\n"hxxp://shop[.]example/;";url\n',
  'value\tcomment\nshop.example\tx\n',
];
const SIGNS = ['"', '""', ',', ';', '\t', '\r', '\n', '\r\n', '\0', '\ufeff', '#', "'", '=', '\ud800', 'value'];
const CHOICES = {
  ...{ title: null, tell: null, takeUnflagged: false, keepComments: true },
  defaults: { category: 'OTHER', tlp: 'AMBER', pap: null },
} as const;

const STIX = JSON.stringify({
  type: 'bundle',
  id: 'bundle--00000000-0000-4000-8000-000000000001',
  objects: [
    { type: 'marking-definition', id: 'marking-definition--1', definition_type: 'tlp', definition: { tlp: 'red' } },
    {
      type: 'indicator',
      id: 'indicator--1',
      pattern_type: 'stix',
      pattern: "[domain-name:value = 'shop.example']",
      object_marking_refs: ['marking-definition--1'],
      labels: ['pap:amber', 'phishing'],
    },
    { type: 'observed-data', id: 'observed-data--1', object_refs: ['url--1'], first_observed: '2026-01-02T03:04:05Z' },
    { type: 'url', id: 'url--1', value: 'http://shop.example/' },
    { type: 'report', id: 'report--1', name: 'a report', object_refs: ['indicator--1', 'observed-data--1'] },
  ],
});
const MISP = JSON.stringify({
  Event: {
    uuid: '00000000-0000-4000-8000-000000000002',
    info: 'an event',
    Tag: [{ name: 'tlp:amber+strict' }, { name: 'PAP:RED' }],
    Attribute: [
      {
        uuid: '00000000-0000-4000-8000-000000000003',
        type: 'url',
        value: 'http://shop.example/a',
        to_ids: true,
        timestamp: '1767323045',
      },
      { type: 'ip-dst|port', value: '192.0.2.7|443', to_ids: true },
    ],
    Object: [
      { name: 'url', Attribute: [{ type: 'domain', object_relation: 'domain', value: 'shop.example', to_ids: '1' }] },
    ],
    Galaxy: [{ type: 'threat-actor', GalaxyCluster: [{ value: 'an actor' }] }],
  },
});
const JSON_SIGNS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  'null',
  '1e999',
  'true',
  '"__proto__":',
  '"type":',
  '"objects":',
  '"Event":',
  '[[',
];
const PATTERNS = [
  "[domain-name:value = 'shop.example'] OR [url:value IN ('http://a.example/', 'http://b.example/')]",
  "([ipv4-addr:value ISSUBSET '192.0.2.0/24'] FOLLOWEDBY [file:hashes.'SHA-256' = 'a']) WITHIN 5 SECONDS",
  "[email-message:from_ref.value = 'a@shop.example' AND NOT file:name MATCHES '^(a+)+$'] START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'",
];

export const DOCUMENTS = [
  target('csv', fc.tuple(mangled(CSV, SIGNS), fc.array(fc.nat(400), { maxLength: 6 })), async ([text, cuts]) => {
    const whole = await rowsOf([Buffer.from(text)]);
    same(await rowsOf(parted(Buffer.from(text), cuts)), whole, 'rows do not depend on how the bytes came');
    for (const row of whole)
      must('error' in row ? row.hint.isWellFormed() : row.value !== '', 'a row is a value, or says why not');
    return whole.some((row) => !('error' in row));
  }),

  target(
    'csv-text',
    fc.array(
      fc.string({
        unit: fc.oneof(fc.constantFrom(...SIGNS), fc.string({ minLength: 1, maxLength: 1 })),
        maxLength: 12,
      }),
      { minLength: 1, maxLength: 5 },
    ),
    (fields) => {
      const written = csvRecord(fields);
      must(written.endsWith('\r\n'), 'a record has its line ending');
      // A record of several lines is put together by the reader of lines; half a surrogate pair has no UTF-8.
      if (fields.some((field) => /[\r\n]/.test(field) || !field.isWellFormed())) return false;
      const read = csvFields(written.slice(0, -2), ',');
      // The reader takes white space around a field for layout, the writer puts an apostrophe before a formula.
      const due = fields.map((field) => (/^[=+\-@\t]/.test(field) ? `'${field}` : field).trim());
      if (fields.every((field) => field === field.trim())) same(read, due, 'a record reads as it was written');
      return true;
    },
  ),

  target('stix', mangled([STIX], JSON_SIGNS), (text) => plans(text)),
  target('misp', mangled([MISP], JSON_SIGNS), (text) => plans(text)),
  target('json', fc.json({ maxDepth: 6 }), (text) => plans(text)),

  target(
    'stix-pattern',
    mangled(PATTERNS, ['[', ']', '(', ')', "'", "\\'", ' OR ', ' AND ', ' NOT ', 'FOLLOWEDBY', '=', 'IN', ',']),
    (text) => {
      const reading = readPattern(text);
      if ('reason' in reading) must(reading.reason.isWellFormed(), 'a reason is a whole text');
      return !('reason' in reading);
    },
  ),

  target(
    'instant',
    mangled(
      ['2026-01-02T03:04:05.678+05:30', '2026-04', '2026', '2026-01-02 03:04 UTC'],
      ['-', ':', 'T', 'Z', '.', ',', '9', '0', '+'],
    ),
    (text) => {
      const instant = instantOf(text);
      if (instant) same(instantOf(instant.at)?.at, instant.at, 'an instant reads as itself');
      return instant !== null;
    },
  ),
];

async function rowsOf(chunks: readonly Uint8Array[]): Promise<(IndicatorRow | RowError)[]> {
  const source = async function* () {
    yield* chunks;
  };
  const rows: (IndicatorRow | RowError)[] = [];
  for await (const row of readIndicatorRows(source())) rows.push(row);
  return rows;
}

function parted(bytes: Buffer, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

/** Reads a document as a stranger sent it, and what would be imported of it. */
function plans(text: string): boolean {
  const document = readShared(text);
  if ('problem' in document) {
    must(document.hint.isWellFormed(), 'a hint is a whole text');
    return false;
  }
  same(readShared(text), document, 'a document reads the same twice');
  const { reports, steps } = planImport(document, 'hash', CHOICES);
  must(steps.length === document.objects.length, 'every object has an answer');
  for (const { tlp, tell } of reports) {
    must(
      tell === 'ASK_ME' || (tlp !== 'RED' && tlp !== 'AMBER_STRICT'),
      'nobody is told of what is strict without a word',
    );
  }
  return reports.length > 0;
}
