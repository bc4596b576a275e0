import { afterAll, beforeAll, expect, test } from 'vitest';

import { TERMS, basisToward, checkBasis } from '../../src/referral/legal-basis.ts';
import { LEGAL_BASES } from '../../src/referral/request.ts';
import { ROLES } from '../../src/platform/viewer.ts';
import { tableUnder } from '../docs/documents.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

test('docs/legal-basis.md says what the table says', () => {
  const told = tableUnder('docs/legal-basis.md', '| basis').map((row) =>
    row.slice(0, 4).map((cell) => cell.replaceAll('`', '')),
  );
  const due = LEGAL_BASES.map((basis) => {
    const { assertedBy, binds, carries } = TERMS[basis];
    return [basis, assertedBy.join(', '), binds.length === 9 ? 'every role' : binds.join(', '), carries.join(', ')];
  });
  expect(told).toEqual(due);
});

test('orders are for authorities, and a vendor, a provider and an operator assert nothing', () => {
  for (const basis of LEGAL_BASES) {
    const [action = 'INVESTIGATE'] = TERMS[basis].carries;
    const may = ROLES.filter((role) => {
      try {
        checkBasis(basis, action, new Set([role]));
        return true;
      } catch {
        return false;
      }
    });
    const order = ['COURT_ORDER', 'DSA_ART_9_ORDER', 'LAW_ENFORCEMENT_REQUEST', 'ICANN_RAA_3_18_3'].includes(basis);
    expect([basis, may]).toEqual([basis, order ? ['AUTHORITY'] : ['CERT', 'AUTHORITY']]);
  }
});

test('a basis is not held against somebody whom it does not bind', () => {
  expect(basisToward('ICANN_RAA_3_18_2', 'REGISTRAR', 'SUSPEND')).toBe('ICANN_RAA_3_18_2');
  expect(basisToward('ICANN_RAA_3_18_2', 'HOST', 'SUSPEND')).toBe('VOLUNTARY_COOPERATION');
  expect(basisToward('DSA_ART_16', 'REGISTRAR', 'TAKE_DOWN')).toBe('VOLUNTARY_COOPERATION');
});

test('a CERT that asserts an order is refused and told who may; one that is an authority may', async () => {
  for (const [roles, code] of [
    [['CERT'], 'FORBIDDEN_BASIS'],
    [['CERT', 'AUTHORITY'], undefined],
  ] as const) {
    const cert = await world.organisation(roles);
    const vendor = await world.vendor(cert);
    const name = `order-${roles.length}.example`;
    const host = await world.provider({ HOST: [name] });
    await vendor.submits([name]);
    await world.settled();
    const cases = await cert.cases();
    await cert.confirms(cases);
    const { errors } = await cert.forwards(cases, { legalBasis: 'COURT_ORDER' });
    await world.settled();
    expect(errors[0]?.code).toBe(code);
    if (code) expect(errors[0].message).toContain('AUTHORITY');
    expect(await host.inbox()).toHaveLength(code ? 0 : 1);
    const wrong = await cert.forwards(cases, { legalBasis: 'ICANN_RAA_3_18_1', requestedAction: 'SUSPEND' });
    expect(wrong.errors).toMatchObject([{ code: 'BAD_INPUT' }]);
  }
});
