import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { DECIDE } from '../support/api.ts';
import { contentsOf } from '../support/reporter.ts';
import { waitingForLocks, whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const revoke = (claims: readonly string[]) =>
  world.operator.ask(DECIDE, { input: { idempotencyKey: randomUUID(), claims, decision: 'REVOKE' } });

const WITHDRAW =
  'mutation ($input: WithdrawIndicatorsInput!) { withdrawIndicators(input: $input) { errors { code } } }';

const idsOf = async (vendor: Party, report: { id: string }, name: string) =>
  (await contentsOf(vendor, report)).indicators.filter(({ value }) => value === name).map(({ id }) => id);

const rolesOf = async (vendor: Party, report: { id: string }) =>
  (await contentsOf(vendor, report)).responsibilities.map(({ role, party, state, reason }) => [
    role,
    party,
    state,
    reason,
  ]);

async function reported(value: string) {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits([value]);
  await world.settled();
  return { cert, vendor, report };
}

describe('a claim that is verified', () => {
  test('finds the cases that were waiting for somebody, and their coordinator hears of it', async () => {
    const { cert, vendor, report } = await reported('www.waiting.example');
    expect(await rolesOf(vendor, report)).toEqual([['*', null, 'NOT_TOLD', 'NO_CLAIM']]);
    const host = await world.provider({ HOST: ['waiting.example'] });
    await world.settled();
    expect(await rolesOf(vendor, report)).toEqual([['HOST', host.name, 'NOT_TOLD', 'IN_TRIAGE']]);
    const heard = (await cert.events()).filter(({ kind }) => kind === 'PARTIES_CHANGED');
    expect(heard).toMatchObject([{ details: [{ roles: ['HOST'] }], actor: null }]);
    const [theCase] = await cert.cases();
    expect(heard[0]?.subjects).toEqual([theCase?.id]);
  });

  test('is added where others were told already, but not to a case that has ended', async () => {
    const host = await world.provider({ HOST: ['added.example', 'ended.example'] });
    const cert = await world.cert();
    const vendor = await world.vendor(cert);
    const { report } = await vendor.submits(['added.example', 'ended.example', 'given-up.example']);
    await world.settled();
    const cases = await cert.cases();
    await cert.confirms(cases);
    await cert.forwards(cases, { confirmNoParty: true });
    const ended = await vendor.ask(WITHDRAW, {
      input: {
        idempotencyKey: randomUUID(),
        report: report.id,
        indicators: await idsOf(vendor, report, 'ended.example'),
      },
    });
    expect(ended.data.withdrawIndicators.errors).toEqual([]);
    await world.settled();
    const names = ['added.example', 'ended.example', 'given-up.example'];
    const registrar = await world.provider({ REGISTRAR: names });
    await world.settled();
    const { responsibilities } = await contentsOf(vendor, report);
    expect(
      responsibilities.map(({ resource, role, party, state }) => `${resource} ${role} ${party} ${state}`).sort(),
    ).toEqual([
      `added.example HOST ${host.name} NOT_TOLD`,
      `added.example REGISTRAR ${registrar.name} NOT_TOLD`,
      `ended.example HOST ${host.name} NOT_APPLICABLE`,
      'given-up.example * null NO_PARTY',
    ]);
  });

  test('changes nothing, and tells nobody, where it changes nothing', async () => {
    const { cert } = await reported('settled.example');
    const count = async () => (await cert.events()).length;
    const before = await count();
    await world.provider({ MAIL_PROVIDER: ['settled.example'] });
    await world.settled();
    expect(await count()).toBe(before);
  });

  test('reaches every case, however many there are', async () => {
    const cert = await world.cert();
    const vendor = await world.vendor(cert);
    const tenants = Array.from({ length: 1_100 }, (_, index) => `tenant-${index}.blogspot.com`);
    const { report } = await vendor.submits(tenants);
    await world.settled();
    const platform = await world.provider({ PLATFORM: ['blogspot.com'] });
    await world.settled();
    const [found] = await world.database.admin<{ n: number; left: number }>(
      `SELECT count(*) FILTER (WHERE party = $2 AND role = 'PLATFORM')::int AS n, (SELECT count(*)::int FROM claim_sweep) AS left FROM responsibility WHERE report_id = $1::uuid`,
      [Buffer.from(report.id, 'base64url').toString().split(':')[1], platform.name],
    );
    expect(found).toEqual({ n: 1_100, left: 0 });
  });

  test('is found whichever is worked on first, the claim or the report', async () => {
    const cert = await world.cert();
    const vendor = await world.vendor(cert);
    const host = await world.provider();
    let report = { id: '' };
    await whileFlowWaits(world, async () => {
      await world.verifies(host, [{ role: 'HOST', domainSuffix: 'claim-first.example' }]);
      ({ report } = await vendor.submits(['claim-first.example', 'report-first.example']));
      await world.verifies(host, [{ role: 'HOST', domainSuffix: 'report-first.example' }]);
    });
    await world.settled();
    expect((await rolesOf(vendor, report)).map(([role, party]) => [role, party])).toEqual([
      ['HOST', host.name],
      ['HOST', host.name],
    ]);
  });

  test('waits for those who are just matching without it, and finds what they leave', async () => {
    const { vendor, report } = await reported('raced.example');
    const rival = await world.database.connect('tocsin_system');
    await rival.query('BEGIN');
    await rival.query(`SELECT pg_advisory_xact_lock_shared(hashtextextended('claims are matched', 4))`);
    await world.provider({ HOST: ['raced.example'] });
    await waitingForLocks(world, 1);
    expect((await rolesOf(vendor, report)).map(([role]) => role)).toEqual(['*']);
    await rival.query('COMMIT');
    await rival.end();
    await world.settled();
    expect((await rolesOf(vendor, report)).map(([role]) => role)).toEqual(['HOST']);
  });
});

describe('a claim that is lost', () => {
  test('leaves to the next who can act what was not told, and recalls nothing that was', async () => {
    const cert = await world.cert();
    const vendor = await world.vendor(cert);
    const host = await world.provider();
    const [told = '', untold = ''] = await world.verifies(host, [
      { role: 'HOST', domainSuffix: 'told.example' },
      { role: 'HOST', domainSuffix: 'untold.example' },
    ]);
    const next = await world.provider();
    await world.verifies(next, [{ kind: 'ASN', value: '64502', role: 'HOST' }]);
    const { report } = await vendor.submits(['told.example', { value: 'untold.example', hosting: { asn: '64502' } }]);
    await world.settled();
    const cases = (await cert.cases()).filter(({ resource }) => resource === 'told.example');
    await cert.confirms(cases);
    await cert.forwards(cases);
    await world.settled();
    await revoke([told, untold]);
    await world.settled();
    const [inbox] = await host.inbox();
    expect(inbox).toMatchObject({ resource: 'told.example', state: 'SENT' });
    expect((await rolesOf(vendor, report)).sort()).toEqual([
      ['HOST', host.name, 'NOT_TOLD', 'SENT'],
      ['HOST', next.name, 'NOT_TOLD', 'IN_TRIAGE'],
    ]);
  });

  test('leaves a role in which nobody is known, where there is no other', async () => {
    const host = await world.provider();
    const [claim = ''] = await world.verifies(host, [{ role: 'HOST', domainSuffix: 'alone.example' }]);
    const { vendor, report } = await reported('alone.example');
    await revoke([claim]);
    await world.settled();
    expect(await rolesOf(vendor, report)).toEqual([['HOST', null, 'NOT_TOLD', 'NO_CLAIM']]);
  });

  test('is what the claims of one who is suspended are', async () => {
    const registrar = await world.provider({ REGISTRAR: ['suspending.example'] });
    const { vendor, report } = await reported('suspending.example');
    expect(await rolesOf(vendor, report)).toEqual([['REGISTRAR', registrar.name, 'NOT_TOLD', 'IN_TRIAGE']]);
    const suspend = 'mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code } } }';
    await world.operator.ask(suspend, { id: registrar.id });
    await world.settled();
    expect(await rolesOf(vendor, report)).toEqual([['REGISTRAR', null, 'NOT_TOLD', 'NO_CLAIM']]);
  });
});
