import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ResourceKind } from '../../src/observable/observable.ts';
import { CLAIM_ROLES, type ClaimRole } from '../../src/routing/claim.ts';
import { ROLES_THAT_ACT, routeOf, type Manner } from '../../src/routing/route.ts';
import { ASSESSMENTS, type Assessment } from '../../src/triage/case.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await createDatabase()));
afterAll(() => database.drop());

const NAMES = ROLES_THAT_ACT[ResourceKind.NAME];

/** Everybody is known: who is approached, and how. */
const table: readonly (readonly [Assessment, ResourceKind, Partial<Record<ClaimRole, Manner>>])[] = [
  [
    'MALICIOUSLY_REGISTERED',
    ResourceKind.NAME,
    { REGISTRAR: 'ASK', RESELLER: 'ASK', DNS_OPERATOR: 'ASK', HOST: 'ASK', CDN_PROXY: 'ASK', REGISTRY: 'LATER' },
  ],
  [
    'COMPROMISED',
    ResourceKind.NAME,
    { REGISTRAR: 'RELAY', RESELLER: 'RELAY', HOST: 'ASK', CDN_PROXY: 'ASK', REGISTRY: 'NEVER', DNS_OPERATOR: 'NEVER' },
  ],
  ['COMPROMISED', ResourceKind.ADDRESS, { HOST: 'ASK', NETWORK: 'LATER' }],
  ['PLATFORM_ACCOUNT', ResourceKind.TENANT, { PLATFORM: 'ASK', HOST: 'LATER' }],
  [
    'PLATFORM_ACCOUNT',
    ResourceKind.NAME,
    {
      HOST: 'ASK',
      REGISTRAR: 'NEVER',
      RESELLER: 'NEVER',
      REGISTRY: 'NEVER',
      DNS_OPERATOR: 'NEVER',
      CDN_PROXY: 'NEVER',
    },
  ],
  [
    'SHARED_INFRASTRUCTURE',
    ResourceKind.NAME,
    { HOST: 'ASK', CDN_PROXY: 'ASK', REGISTRAR: 'NEVER', RESELLER: 'NEVER', REGISTRY: 'NEVER', DNS_OPERATOR: 'NEVER' },
  ],
  ['SHARED_INFRASTRUCTURE', ResourceKind.ADDRESS, { HOST: 'ASK', NETWORK: 'NEVER' }],
  ['ACCOUNT_TAKEN_OVER', ResourceKind.MAILBOX, { MAIL_PROVIDER: 'ASK' }],
  ['FORGED', ResourceKind.MAILBOX, { MAIL_PROVIDER: 'RELAY' }],
  [
    'FORGED',
    ResourceKind.NAME,
    {
      REGISTRAR: 'RELAY',
      RESELLER: 'RELAY',
      HOST: 'RELAY',
      CDN_PROXY: 'NEVER',
      REGISTRY: 'NEVER',
      DNS_OPERATOR: 'NEVER',
    },
  ],
  [
    'UNKNOWN',
    ResourceKind.NAME,
    { REGISTRAR: 'ASK', RESELLER: 'ASK', DNS_OPERATOR: 'ASK', HOST: 'ASK', CDN_PROXY: 'ASK', REGISTRY: 'LATER' },
  ],
];

describe('the assessment decides whom is asked for what', () => {
  test.each(table)('%s %s', (assessment, kind, due) => {
    expect(Object.fromEntries(routeOf(assessment, ROLES_THAT_ACT[kind]))).toEqual(due);
  });

  test('a next step is taken where nobody before it is known', () => {
    const asked = (assessment: Assessment, known: readonly ClaimRole[], also: readonly ClaimRole[] = []) =>
      [...routeOf(assessment, known, also)].filter(([, manner]) => manner === 'ASK').map(([role]) => role);
    expect(asked('MALICIOUSLY_REGISTERED', ['REGISTRY', 'HOST'])).toEqual(['REGISTRY', 'HOST']);
    expect(asked('MALICIOUSLY_REGISTERED', ['REGISTRY', 'REGISTRAR'])).toEqual(['REGISTRAR']);
    expect(asked('COMPROMISED', ['NETWORK'])).toEqual(['NETWORK']);
    expect(asked('COMPROMISED', ['NETWORK', 'HOST'])).toEqual(['HOST']);
    expect(asked('PLATFORM_ACCOUNT', ['PLATFORM', 'HOST'])).toEqual(['PLATFORM']);
    expect(asked('PLATFORM_ACCOUNT', ['HOST'])).toEqual(['HOST']);
    expect(asked('COMPROMISED', ['REGISTRY'])).toEqual([]);
  });

  test('the coordinator may name a next step, and nobody that is never asked', () => {
    for (const assessment of ASSESSMENTS) {
      const [plain, named] = [routeOf(assessment, CLAIM_ROLES), routeOf(assessment, CLAIM_ROLES, CLAIM_ROLES)];
      for (const role of CLAIM_ROLES) {
        expect([role, named.get(role)]).toEqual([role, plain.get(role) === 'LATER' ? 'ASK' : plain.get(role)]);
      }
    }
  });

  test('nobody who could take the name away is asked to, at any step, for a name that is not the culprit’s', () => {
    for (const assessment of [
      'COMPROMISED',
      'ACCOUNT_TAKEN_OVER',
      'SHARED_INFRASTRUCTURE',
      'PLATFORM_ACCOUNT',
      'FORGED',
    ] as const) {
      for (const role of ['REGISTRY', 'REGISTRAR', 'RESELLER', 'DNS_OPERATOR'] as const) {
        for (const known of [NAMES, [role]]) {
          expect(routeOf(assessment, known, NAMES).get(role)).not.toBe('ASK');
        }
      }
    }
  });
});

test('the database knows the same roles for each kind of resource', async () => {
  for (const kind of Object.values(ResourceKind)) {
    const [row] = await database.admin<{ roles: string[] }>('SELECT roles_that_act($1) AS roles', [kind]);
    expect([kind, row?.roles.sort()]).toEqual([kind, [...ROLES_THAT_ACT[kind]].sort()]);
  }
});
