import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readShared } from '../../src/formats/read-shared.ts';

describe('a text that is no document says why', () => {
  test.each([
    ['', 'NOT_JSON'],
    ['{"type": "bundle"', 'NOT_JSON'],
    ['"x"', 'UNKNOWN_FORMAT'],
    ['null', 'UNKNOWN_FORMAT'],
    ['{}', 'UNKNOWN_FORMAT'],
    ['[1, 2]', 'UNKNOWN_FORMAT'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'TOO_DEEP'],
    ['['.repeat(5_000_000), 'TOO_DEEP'],
    [`[${'1,'.repeat(100_000)}{"type": "url"}]`, 'TOO_MANY'],
    [`{"Attribute": [${'1,'.repeat(100_000)}1]}`, 'TOO_MANY'],
  ])('%.40s: %s', (text, problem) => expect(readShared(text)).toMatchObject({ problem }));

  test('brackets in strings are no depth', () => {
    const value = JSON.stringify({ type: 'url', value: `http://n.example/"\\${'['.repeat(100)}` });
    expect(readShared(value)).toMatchObject({ objects: [{ reading: { status: 'CLAIMS' } }] });
  });
});

test('keys of an object that no JSON has are not read as fields', () => {
  const text = '{"type": "domain-name", "__proto__": {"value": "n.example"}, "id": "constructor"}';
  expect(readShared(text)).toMatchObject({ objects: [{ reading: { status: 'UNSUPPORTED' } }] });
  expect(({} as { value?: unknown }).value).toBeUndefined();
});

const words = fc.constantFrom(
  ...[
    'indicator',
    'domain-name',
    'file',
    'observed-data',
    'report',
    'relationship',
    'marking-definition',
    'bundle',
    'x',
  ],
  ...[
    "[domain-name:value = 'n.example']",
    'n.example',
    '192.0.2.1|80',
    'domain|ip',
    'tlp:red',
    '__proto__',
    'constructor',
  ],
);
const keys = fc.constantFrom(
  ...[
    'type',
    'id',
    'pattern',
    'value',
    'objects',
    'object_refs',
    'hashes',
    'labels',
    'confidence',
    'valid_from',
    'modified',
  ],
  ...['object_marking_refs', 'granular_markings', 'definition', 'kill_chain_phases', 'resolves_to_refs', 'source_ref'],
  ...[
    'Event',
    'response',
    'Attribute',
    'Object',
    'Tag',
    'Galaxy',
    'ShadowAttribute',
    'uuid',
    'info',
    'name',
    'category',
  ],
  ...['__proto__', 'constructor', 'toString'],
);
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    words,
    fc.constantFrom(null, true, 0, 1e300, '\u0000', '\ud800', ''),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(keys, tie('value')), { maxLength: 8 }).map((entries) => ({ entries })),
  ),
}));

/** As text, so that keys may be `__proto__` and stand twice. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const { entries } = value as { entries: [string, unknown][] };
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${textOf(each)}`).join(',')}}`;
}

test.each(['STIX', 'MISP', null] as const)('whatever is sent as %s is answered', (format) => {
  let documents = 0;
  fc.assert(
    fc.property(json.value, (value) => {
      const document = readShared(textOf(value), format);
      if ('problem' in document) {
        expect(document.hint).not.toBe('');
        return;
      }
      documents += 1;
      for (const { reading } of document.objects) {
        if (reading.status !== 'CLAIMS') expect(reading.hint).not.toBe('');
        else {
          expect(reading.values.length).toBeGreaterThan(0);
          expect(document.reports[reading.report]).toBeDefined();
        }
      }
    }),
    { numRuns: 3_000 },
  );
  expect(documents).toBeGreaterThan(10);
});

describe('a large document costs no more than its size', () => {
  const id = (type: string, n: number): string => `${type}--00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const many = <Each>(count: number, of: (n: number) => Each): Each[] => Array.from({ length: count }, (_, n) => of(n));
  const hostile: readonly (readonly [string, unknown])[] = [
    [
      '100,000 objects',
      many(100_000, (n) => ({ type: 'domain-name', id: id('domain-name', n), value: `n${n}.example` })),
    ],
    [
      'a report that bears a thousand markings and lists 50,000 objects',
      [
        {
          type: 'report',
          id: id('report', 1),
          object_marking_refs: many(1_000, (n) => id('marking-definition', n)),
          object_refs: many(50_000, (n) => id('url', n)),
        },
        ...many(50_000, (n) => ({ type: 'url', id: id('url', n), value: 'x' })),
      ],
    ],
    [
      '10,000 reports with an actor each',
      many(20_000, (n) =>
        n % 2
          ? { type: 'report', id: id('report', n), object_refs: [id('threat-actor', n - 1)] }
          : { type: 'threat-actor', id: id('threat-actor', n), name: 'x' },
      ),
    ],
    [
      'one infrastructure of a thousand types and 20,000 parts',
      [
        { type: 'infrastructure', id: id('infrastructure', 1), infrastructure_types: many(1_000, String) },
        ...many(20_000, (n) => ({ type: 'url', id: id('url', n), value: 'x' })),
        ...many(20_000, (n) => ({
          type: 'relationship',
          id: id('relationship', n),
          relationship_type: 'consists-of',
          source_ref: id('infrastructure', 1),
          target_ref: id('url', n),
        })),
      ],
    ],
    [
      'an event of 20,000 tags and 20,000 attributes',
      {
        Tag: many(20_000, (n) => ({ name: `tag ${n}` })),
        Attribute: many(20_000, () => ({ type: 'url', value: 'x' })),
      },
    ],
    [
      'a list of 100,000 tags',
      { type: 'indicator', pattern: "[url:value = 'x']", labels: many(200_000, (n) => `tlp:${n}`) },
    ],
    [
      'a pattern of a thousand values',
      { type: 'indicator', pattern: many(1_000, () => "[url:value = 'http://n.example/']").join(' OR ') },
    ],
  ];
  // Each was quadratic once, or would overflow; the time limit of a test is what stops such a one.
  test.each(hostile)('%s', (_what, value) => expect(readShared(JSON.stringify(value))).toHaveProperty('objects'));
});
