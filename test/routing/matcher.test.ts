import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ROLES_OF_KIND, type ClaimKind, type ClaimRole } from '../../src/routing/claim.ts';
import { Matcher, type Known, type RoutingClaim } from '../../bench/match/matcher/matcher.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await database.admin('CREATE TEMP TABLE drawn (id uuid, kind text, role text, value text)');
});
afterAll(() => database.drop());

// In blocks that nobody holds (RFC 1112 4, RFC 3849). Few bits that are set, and few words, so that networks hold each other and names lie below each other.
const hextet = fc.oneof(fc.constantFrom(0, 0, 0, 1, 0x8000), fc.integer({ min: 0, max: 0xffff }));
const v4 = fc
  .tuple(fc.constantFrom(240, 241), fc.constantFrom(0, 2, 113), fc.nat(3), fc.nat(255))
  .map((octets) => octets.join('.'));
const v6 = fc
  .array(hextet, { minLength: 6, maxLength: 6 })
  .map((rest) => new ipaddr.IPv6([0x2001, 0xdb8, ...rest]).toString());
const network = fc
  .oneof(fc.tuple(v4, fc.integer({ min: 8, max: 32 })), fc.tuple(v6, fc.integer({ min: 16, max: 128 })))
  .map(([address, length]) => {
    const family = address.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4;
    return `${family.networkAddressFromCIDR(`${address}/${length}`).toString()}/${length}`;
  });
const label = fc.constantFrom('a', 'b', 'ab', 'ba', 'xn--a-1fa', 'example');
const name = fc.array(label, { maxLength: 4 }).map((labels) => [...labels, 'example'].join('.'));
const number = fc.constantFrom('7', '64500', '64501');
const handle = fc.constantFrom('example/ONE', 'example/TWO');

const VALUES: Readonly<Record<ClaimKind, fc.Arbitrary<string>>> = {
  IANA_REGISTRAR_ID: number,
  REGISTRAR_HANDLE: handle,
  TLD: fc.constantFrom('example', 'test'),
  DOMAIN_SUFFIX: name,
  NAME_SERVER_SUFFIX: name,
  MAIL_DOMAIN: name,
  ASN: number,
  IP_PREFIX: network,
  CONTACT_FOR: fc.oneof(name, network),
  CONTACT_DOMAIN: name,
};
const claimOf = (kind: ClaimKind): fc.Arbitrary<RoutingClaim> =>
  fc.record({
    id: fc.uuid(),
    kind: fc.constant(kind),
    role: fc.constantFrom(...ROLES_OF_KIND[kind]),
    value: VALUES[kind],
  });
const [first = fc.constant(claimOf('ASN')), ...others] = (Object.keys(VALUES) as ClaimKind[]).map(claimOf);
const claim = fc.oneof(claimOf('IP_PREFIX'), claimOf('DOMAIN_SUFFIX'), first, ...others) as fc.Arbitrary<RoutingClaim>;

const plain = (kind: Exclude<Known['kind'], 'CONTACT_DOMAIN'>, value: fc.Arbitrary<string>): fc.Arbitrary<Known> =>
  value.map((each) => ({ kind, value: each }));
const known: fc.Arbitrary<Known> = fc.oneof(
  plain('ADDRESS', fc.oneof(v4, v6, network)),
  plain('HOST', name),
  plain('NAME_SERVER', name),
  plain('MAIL_EXCHANGER', name),
  plain('ASN', number),
  plain('IANA_REGISTRAR_ID', number),
  plain('REGISTRAR_HANDLE', handle),
  fc.record({
    kind: fc.constant('CONTACT_DOMAIN' as const),
    role: fc.constantFrom<ClaimRole>('HOST', 'REGISTRAR'),
    value: name,
  }),
);

/** Every claim compared with everything known, by what each kind means and no key. */
const NAIVELY = `
  SELECT q.n::int, d.id, d.kind, d.role
    FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS q(kind, role, value, n) JOIN drawn d ON CASE
      WHEN d.kind = 'IP_PREFIX' OR d.kind = 'CONTACT_FOR' AND d.value LIKE '%/%' THEN
        CASE WHEN q.kind = 'ADDRESS' THEN d.value::inet >>= q.value::inet ELSE false END
      WHEN d.kind IN ('DOMAIN_SUFFIX', 'CONTACT_FOR', 'TLD') THEN q.kind = 'HOST' AND ('.' || q.value) LIKE '%.' || d.value
      WHEN d.kind = 'NAME_SERVER_SUFFIX' THEN q.kind = 'NAME_SERVER' AND ('.' || q.value) LIKE '%.' || d.value
      WHEN d.kind = 'MAIL_DOMAIN' THEN q.kind = 'MAIL_EXCHANGER' AND ('.' || q.value) LIKE '%.' || d.value
      WHEN d.kind = 'CONTACT_DOMAIN' THEN q.kind = d.kind AND q.value = d.value AND q.role = d.role
      ELSE q.kind = d.kind AND q.value = d.value END`;
/** The keys by which the hub matches. */
const BY_KEYS = `
  SELECT q.n::int, d.id, d.kind, d.role
    FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS q(kind, role, value, n)
    JOIN drawn d ON (d.kind || ' ' || CASE d.kind WHEN 'CONTACT_DOMAIN' THEN d.role || ' ' ELSE '' END || d.value) = ANY (keys_of(q.kind, q.role, q.value))`;

async function asked(sql: string, questions: readonly Known[]): Promise<string[]> {
  const rows = await database.admin<{ n: number; id: string; kind: string; role: string }>(sql, [
    questions.map(({ kind }) => kind),
    questions.map((each) => ('role' in each ? each.role : null)),
    questions.map(({ value }) => value),
  ]);
  return rows.map(({ n, id, kind, role }) => `${n - 1} ${id} ${kind} ${role}`).sort();
}

function found(matcher: Matcher, questions: readonly Known[]): string[] {
  const places = (each: Known) => matcher.find(each).map((place) => matcher.at(place));
  return questions.flatMap((each, n) => places(each).map(({ id, kind, role }) => `${n} ${id} ${kind} ${role}`)).sort();
}

const insert = (claims: readonly RoutingClaim[]): Promise<unknown> =>
  database.admin('INSERT INTO drawn SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])', [
    claims.map(({ id }) => id),
    claims.map(({ kind }) => kind),
    claims.map(({ role }) => role),
    claims.map(({ value }) => value),
  ]);

describe('claims in memory are matched as the database would', () => {
  test('built from many, and after some were removed and others added', async () => {
    let matched = 0;
    const drawn = fc.record({
      claims: fc.uniqueArray(claim, { minLength: 20, maxLength: 200, selector: ({ id }) => id }),
      later: fc.uniqueArray(claim, { maxLength: 40, selector: ({ id }) => id }),
      gone: fc.array(fc.nat(), { maxLength: 120 }),
      questions: fc.array(known, { minLength: 20, maxLength: 100 }),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ claims, later, gone, questions }) => {
        await database.admin('TRUNCATE drawn');
        await insert(claims);
        const matcher = new Matcher(claims);
        const before = await asked(NAIVELY, questions);
        expect(found(matcher, questions)).toEqual(before);
        expect(await asked(BY_KEYS, questions)).toEqual(before);

        const removed = new Set(gone.map((n) => claims[n % claims.length]).filter((each) => each !== undefined));
        for (const each of removed) expect(matcher.remove(each)).toBe(true);
        await database.admin('DELETE FROM drawn WHERE id = ANY ($1)', [[...removed].map(({ id }) => id)]);
        const after = await asked(NAIVELY, questions);
        expect(found(matcher, questions)).toEqual(after);

        for (const each of later) expect(matcher.add(each)).toBe(true);
        await insert(later);
        expect(found(matcher, questions)).toEqual(await asked(NAIVELY, questions));
        matched += before.length + after.length;
      }),
      { numRuns: 60, endOnFailure: true },
    );
    expect(matched).toBeGreaterThan(2_000);
  });

  test('in any order of additions and removals, down to none', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(claim, { maxLength: 150, selector: ({ id }) => id }),
        fc.array(known),
        (claims, questions) => {
          const matcher = new Matcher(claims);
          for (const each of claims.toReversed()) matcher.remove(each);
          expect(found(matcher, questions)).toEqual([]);
          for (const each of claims.toReversed()) matcher.add(each);
          expect(found(matcher, questions)).toEqual(found(new Matcher(claims), questions));
        },
      ),
    );
  });
});

test.each([
  ['240.85.85.85', 8, 32],
  ['2001:db8:5555:5555:5555:5555:5555:5555', 16, 128],
])('around %s lie the networks that are as long or shorter, at every length from %i to %i', (address, from, to) => {
  const family = address.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4;
  const networks = Array.from({ length: to - from + 1 }, (_, n) => {
    const cidr = `${address}/${from + n}`;
    return `${family.networkAddressFromCIDR(cidr).toString()}/${from + n}`;
  });
  const matcher = new Matcher(networks.map((value) => ({ id: randomUUID(), kind: 'IP_PREFIX', role: 'HOST', value })));
  const lengths = networks.map((value) => matcher.find({ kind: 'ADDRESS', value }).length);
  expect(lengths).toEqual(networks.map((_, n) => n + 1));
});

test('a claim is added once and removed once', () => {
  const one: RoutingClaim = { id: randomUUID(), kind: 'IP_PREFIX', role: 'HOST', value: '192.0.2.0/24' };
  const matcher = new Matcher([one]);
  expect(matcher.add(one)).toBe(false);
  expect(matcher.remove({ ...one, id: randomUUID() })).toBe(false);
  expect(matcher.remove({ ...one, role: 'NETWORK' })).toBe(false);
  expect(matcher.remove(one)).toBe(true);
  expect(matcher.remove(one)).toBe(false);
  expect(matcher.find({ kind: 'ADDRESS', value: '192.0.2.1' })).toEqual([]);
});

test('what was removed leaves its room to what is added', () => {
  const round = (n: number): RoutingClaim[] =>
    Array.from({ length: 500 }, (_, at): RoutingClaim[] => [
      { id: randomUUID(), kind: 'DOMAIN_SUFFIX', role: 'HOST', value: `shop-${n}-${at}.example` },
      { id: randomUUID(), kind: 'IP_PREFIX', role: 'HOST', value: `240.${n}.${at >> 1}.${(at & 1) * 128}/25` },
      {
        id: randomUUID(),
        kind: 'IP_PREFIX',
        role: 'HOST',
        value: `2001:db8:${(n + 1).toString(16)}:${(at + 1).toString(16)}::/64`,
      },
    ]).flat();
  const matcher = new Matcher();
  const bytes = Array.from({ length: 40 }, (_, n) => {
    const claims = round(n);
    for (const each of claims) matcher.add(each);
    expect(claims.filter((each) => matcher.remove(each))).toHaveLength(1_500);
    return matcher.bytes;
  });
  expect(bytes.at(-1)).toBeLessThan(1.1 * (bytes[0] ?? 0));
});

describe('what is not in normal form is refused, and changes nothing', () => {
  const id = randomUUID();
  test.each([
    '192.0.2',
    '192.0.2.0.1',
    '192.0.2.',
    '192.0.2.256',
    '192.0.2.01',
    '192.0.2.1/',
    '192.0.2.1/33',
    '192.0.2.1/024',
    '.192.0.2',
    ':',
    ':::',
    '::1::',
    '2001:db8',
    '2001:db8:',
    '2001:db8::1:',
    ':1::',
    '2001:DB8::',
    '2001:db8::/129',
    '2001:db8::00001',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '::192.0.2.1',
    '2001:db8::%1',
    'a.example',
  ])('%s is no address', (value) => {
    const matcher = new Matcher();
    expect(() => matcher.add({ id, kind: 'IP_PREFIX', role: 'HOST', value })).toThrow(RangeError);
    expect(() => matcher.find({ kind: 'ADDRESS', value })).toThrow('is no address or network.');
  });

  test.each(['', 'a b.example', 'bücher.example'])('%j is no name', (value) => {
    const claimed: RoutingClaim = { id, kind: 'DOMAIN_SUFFIX', role: 'HOST', value };
    expect(() => new Matcher([claimed])).toThrow('is no name in normal form.');
  });

  test('an id is a UUID', () => {
    const claimed: RoutingClaim = { id: 'one', kind: 'ASN', role: 'HOST', value: '64500' };
    expect(() => new Matcher([claimed])).toThrow('is no UUID.');
  });
});

test.each([
  ['::', '::1'],
  ['2001:db8::', '2001:db8::1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5::'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:1:0:1:1:1:1'],
  ['240.0.0.0', '255.255.255.255'],
])('%s is itself, and not %s', (one, other) => {
  const value = `${one}/${one.includes(':') ? 128 : 32}`;
  const matcher = new Matcher([{ id: randomUUID(), kind: 'IP_PREFIX', role: 'HOST', value }]);
  expect(matcher.find({ kind: 'ADDRESS', value: one })).toHaveLength(1);
  expect(matcher.find({ kind: 'ADDRESS', value: other })).toEqual([]);
});
