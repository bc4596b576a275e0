import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createDatabase, type TestDatabase } from '../support/database.ts';
import { matchNaively, reachesNaively, type AClaim, type ACase, type AFact } from './naive-matcher.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await createDatabase()));
afterAll(() => database.drop());

// Few words, so that names lie below each other, and addresses within networks.
const label = fc.constantFrom('a', 'b', 'ab');
const name = fc.array(label, { minLength: 1, maxLength: 2 }).map((labels) => [...labels, 'example'].join('.'));
const v4 = fc
  .tuple(fc.constantFrom(0, 1, 2, 128, 255), fc.constantFrom(0, 3, 64, 200))
  .map((ends) => `192.0.${ends.join('.')}`);
const v6 = fc.constantFrom('2001:db8::1', '2001:db8:0:1::', '2001:db8:1::5', '2001:db8:0:0:1::1');
const network = fc
  .oneof(
    fc.tuple(v4, fc.constantFrom(8, 16, 23, 24, 25, 30, 32)),
    fc.tuple(v6, fc.constantFrom(16, 32, 48, 64, 127, 128)),
  )
  .map(([address, length]) => {
    const net = ipaddr.parseCIDR(`${address}/${length}`)[0];
    const base =
      net.kind() === 'ipv4'
        ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${length}`)
        : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${length}`);
    return `${base.toString()}/${length}`;
  });
const small = fc.constantFrom('64500', '64501', '7');
const handle = fc.constantFrom('example/ONE', 'example/TWO');

const asset = fc.oneof(
  fc.record({
    kind: fc.constantFrom('DOMAIN_SUFFIX', 'CONTACT_FOR', 'NAME_SERVER_SUFFIX', 'MAIL_DOMAIN', 'CONTACT_DOMAIN'),
    value: name,
  }),
  fc.record({ kind: fc.constantFrom('IP_PREFIX', 'CONTACT_FOR'), value: network }),
  fc.record({ kind: fc.constantFrom('ASN', 'IANA_REGISTRAR_ID'), value: small }),
  fc.record({ kind: fc.constant('REGISTRAR_HANDLE'), value: handle }),
  fc.record({ kind: fc.constant('TLD'), value: fc.constant('example') }),
);
const role = fc.oneof(
  { weight: 3, arbitrary: fc.constant('HOST') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'REGISTRY',
      'REGISTRAR',
      'RESELLER',
      'DNS_OPERATOR',
      'NETWORK',
      'PLATFORM',
      'MAIL_PROVIDER',
    ),
  },
);
const claim = fc.record({
  asset,
  role,
  holder: fc.integer({ min: 0, max: 5 }),
  state: fc.constantFrom('VERIFIED', 'VERIFIED', 'VERIFIED', 'EXPIRING', 'PENDING', 'DISPUTED', 'REVOKED'),
  at: fc.integer({ min: 0, max: 3 }),
});
const fact = fc.oneof(
  fc.record({ kind: fc.constantFrom('NAME_SERVER', 'MAIL_EXCHANGER'), role: fc.constant(null), value: name }),
  fc.record({ kind: fc.constant('ADDRESS'), role: fc.constant(null), value: fc.oneof(v4, v6) }),
  fc.record({ kind: fc.constantFrom('ASN', 'IANA_REGISTRAR_ID'), role: fc.constant(null), value: small }),
  fc.record({ kind: fc.constant('REGISTRAR_HANDLE'), role: fc.constant(null), value: handle }),
  fc.record({ kind: fc.constant('CONTACT_DOMAIN'), role, value: name }),
);
const aCase = fc.record({
  resource: fc.oneof(
    name.map((host) => ({ kind: 'NAME', value: host, host })),
    name.map((host) => ({ kind: 'TENANT', value: host, host })),
    name.map((host) => ({ kind: 'MAILBOX', value: `x@${host}`, host })),
    fc.oneof(v4, v6).map((value) => ({ kind: 'ADDRESS', value, host: null })),
    network
      .filter((value) => !/\/(32|128)$/.test(value) || value.includes(':'))
      .map((value) => ({ kind: 'NETWORK', value, host: null })),
  ),
  facts: fc.array(fc.record({ fact, report: fc.constantFrom(0, 1, null) }), { maxLength: 5 }),
  isLate: fc.boolean(),
});

interface Drawn {
  readonly claims: readonly AClaim[];
  readonly cases: readonly ACase[];
}

const STATES = ['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'UNCLAIMED', 'SUSPENDED'];
const drawn = fc
  .record({
    claims: fc.array(claim, { minLength: 5, maxLength: 80 }),
    cases: fc.array(aCase, { minLength: 5, maxLength: 40 }),
  })
  .map(({ claims, cases }): Drawn => {
    const holders = STATES.map((state) => ({ id: randomUUID(), state }));
    return {
      claims: claims.map(({ asset: what, holder, at, ...rest }) => ({
        id: randomUUID(),
        ...what,
        ...rest,
        holder: holders[holder] ?? { id: '', state: '' },
        at: new Date(Date.UTC(2026, 0, 1 + at)),
      })),
      cases: cases.map(({ resource, facts, isLate }): ACase => {
        const reports = [randomUUID(), randomUUID()];
        const known = facts.map(({ fact: each, report }): AFact => ({
          ...each,
          report: report === null ? null : (reports[report] ?? null),
        }));
        return { id: randomUUID(), ...resource, reports, late: isLate ? reports.slice(1) : [], facts: known };
      }),
    };
  });

async function write({ claims, cases }: Drawn): Promise<void> {
  const { admin } = database;
  await admin('SET LOCAL session_replication_role = replica');
  for (const { id, state } of new Map(claims.map(({ holder }) => [holder.id, holder])).values()) {
    await admin(
      `INSERT INTO organisation (id, name, roles, state, operator_id) VALUES ($1, 'o', '{PROVIDER}', $2, $1)`,
      [id, state],
    );
  }
  for (const { id, kind, role: as, value, holder, state, at } of claims) {
    await admin(
      `INSERT INTO asset_claim (id, organisation_id, organisation_name, operator_id, kind, role, value, state, created_at, decided_at)
       VALUES ($1, $2, 'o', $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING`,
      [id, holder.id, kind, as, value, state, at],
    );
  }
  for (const { id, kind, value, host, facts, reports, late } of cases) {
    await admin(
      `INSERT INTO triage_case (id, coordinator_id, coordinator_name, resource, resource_kind, value, host, list_version, state, opened_at, due_at, hosting_version)
       VALUES ($1, $1, 'c', sha256(convert_to($2, 'UTF8')), $3, $2, $4, 'l', 'NEW', now(), now(), 1)`,
      [id, value, kind, host],
    );
    for (const report of reports) {
      await admin(
        `INSERT INTO indicator (id, report_id, reporter_id, coordinator_id, case_id, case_version, ord, type, value, list_version, category, content_hash, outcome, consents)
         VALUES (gen_random_uuid(), $1, $1, $2, $2, $3, 0, 'DOMAIN', 'v', 'l', 'PHISHING', '', 'IN_TRIAGE', true)`,
        [report, id, late.includes(report) ? 2 : 1],
      );
    }
    for (const known of facts) {
      await admin(
        `INSERT INTO party_fact (id, object_id, report_id, source, kind, role, value, noted_at)
         VALUES (gen_random_uuid(), $1, $2, CASE WHEN $2::uuid IS NULL THEN 'COORDINATOR' ELSE 'REPORTER' END, $3, $4, $5, now()) ON CONFLICT DO NOTHING`,
        [id, known.report, known.kind, known.role, known.value],
      );
    }
  }
}

/** What is there after `write`: of two claims of one holder on one asset only the first. */
async function standing(claims: readonly AClaim[]): Promise<AClaim[]> {
  const rows = await database.admin<{ id: string }>('SELECT id FROM asset_claim');
  const ids = new Set(rows.map(({ id }) => id));
  return claims.filter(({ id }) => ids.has(id));
}

async function inRollback(act: () => Promise<void>): Promise<void> {
  await database.admin('BEGIN');
  try {
    await act();
  } finally {
    await database.admin('ROLLBACK');
  }
}

describe('the matcher agrees with one that compares every claim with everything known', () => {
  test('for whole cases, and for each report alone', async () => {
    let matched = 0;
    await fc.assert(
      fc.asyncProperty(drawn, (world) =>
        inRollback(async () => {
          await write(world);
          const claims = await standing(world.claims);
          const questions = world.cases.flatMap((one) => [null, ...one.reports].map((report) => ({ one, report })));
          const rows = await database.admin<{ place: string }>(
            `SELECT concat_ws(' ', case_id, coalesce(report_id::text, '*'), role, provider_id, claim_kind, claim, unclaimed) AS place FROM match_parties($1, $2)`,
            [questions.map(({ one }) => one.id), questions.map(({ report }) => report)],
          );
          const due = questions.flatMap(({ one, report }) =>
            matchNaively(claims, one, report).map((by) =>
              [
                one.id,
                report ?? '*',
                by.role,
                by.holder.id,
                by.kind,
                by.value,
                by.holder.state === 'UNCLAIMED' ? 't' : 'f',
              ].join(' '),
            ),
          );
          matched += due.length;
          expect(rows.map(({ place }) => place).sort()).toEqual(due.sort());
        }),
      ),
      { numRuns: 30, endOnFailure: true },
    );
    expect(matched).toBeGreaterThan(100);
  });

  test('the other way round: every case that a claim reaches is found again when the claim is decided', async () => {
    let reached = 0;
    await fc.assert(
      fc.asyncProperty(drawn, (world) =>
        inRollback(async () => {
          await write(world);
          for (const one of await standing(world.claims)) {
            const found = await database.admin<{ id: string }>(
              `SELECT id FROM cases_of_claims(ARRAY[$1::uuid], '00000000-0000-0000-0000-000000000000', 1000)`,
              [one.id],
            );
            const ids = new Set(found.map(({ id }) => id));
            const due = world.cases.filter((each) => reachesNaively(one, each)).map(({ id }) => id);
            reached += due.length;
            expect(due.filter((id) => !ids.has(id))).toEqual([]);
            expect(found.map(({ id }) => id)).toEqual([...ids].sort());
          }
        }),
      ),
      { numRuns: 10, endOnFailure: true },
    );
    expect(reached).toBeGreaterThan(100);
  });
});

test('a network is written by the database as claims are', async () => {
  await fc.assert(
    fc.asyncProperty(network, async (text) => {
      const [row] = await database.admin(
        `SELECT $1::text::cidr::text AS written, (keys_of('ADDRESS', NULL, $1::text))[cardinality(keys_of('ADDRESS', NULL, $1::text)) - 1] AS key`,
        [text],
      );
      expect(row).toEqual({ written: text, key: `IP_PREFIX ${text}` });
    }),
  );
});
