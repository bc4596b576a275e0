import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { issueReferrals } from '../../src/referral/issue.flow.ts';
import { kindsOf } from '../support/coordinator.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { aTrustingCert, page } from './trusting.ts';

let world: World;
let registrar: Party;
beforeAll(async () => {
  world = await createWorld();
  registrar = await world.provider();
});
afterAll(() => world[Symbol.asyncDispose]());

const REQUEST = {
  requestedAction: 'SUSPEND',
  legalBasis: 'TERMS_OF_SERVICE',
  note: null,
  dueAt: new Date(Date.now() + 3600_000).toISOString(),
  confirmNoParty: false,
};

const arrivals = async () => kindsOf(await registrar.events()).filter((kind) => kind === 'ITEMS_ARRIVED').length;

test('what a rule takes is admitted, decided on and on the desk at one instant', async () => {
  await world.verifies(registrar, [{ role: 'REGISTRAR', domainSuffix: 'at-once.example' }]);
  const { cert, vendor } = await aTrustingCert(world);
  await vendor.submits([page('at-once.example')]);
  await world.settled();
  const instants = new Map([...(await cert.events()), ...(await registrar.events())].map(({ kind, at }) => [kind, at]));
  const opened = instants.get('CASES_OPENED');
  expect(opened).toEqual(expect.any(String));
  for (const kind of ['CASES_RULED', 'CASES_FORWARDED', 'REFERRALS_ISSUED', 'ITEMS_ARRIVED']) {
    expect([kind, instants.get(kind)]).toEqual([kind, opened]);
  }
});

test('what was issued with its entry is not issued again by the flow, though it was closed meanwhile', async () => {
  await world.verifies(registrar, [{ role: 'REGISTRAR', domainSuffix: 'closed.example' }]);
  const { vendor } = await aTrustingCert(world);
  await vendor.submits([page('closed.example')]);
  await world.settled();
  const [forwarded] = await world.database.admin(`SELECT id, version FROM triage_case WHERE value = 'closed.example'`);
  const before = await arrivals();
  const again = (issued: boolean) =>
    world.hub.app.work.asSystem(async (tx) => {
      await tx.query(`UPDATE inbox_item SET state = 'CLOSED', basis = 'WITHDRAWN' WHERE value = 'closed.example'`);
      const row = { id: forwarded?.id as string, version: forwarded?.version as number, ...REQUEST, issued };
      const entry = { position: '1', entryId: randomUUID(), kind: 'CASES_FORWARDED', at: new Date(), actor: null };
      await issueReferrals(world.hub.app.clock, tx, [{ ...entry, rows: [row as never] }]);
      const items = await tx.query(`SELECT FROM inbox_item WHERE value = 'closed.example' AND state = 'SENT'`);
      throw new Error(`${items.length} open`);
    });
  await expect(again(true)).rejects.toThrow('0 open');
  await expect(again(false)).rejects.toThrow('1 open');
  expect(await arrivals()).toBe(before);
});

test('what rules fail with does not keep a report from its coordinator, and is told', async () => {
  await world.verifies(registrar, [{ role: 'REGISTRAR', domainSuffix: 'failing.example' }]);
  const { cert, vendor } = await aTrustingCert(world);
  await world.database.admin('REVOKE INSERT ON inbox_item FROM tocsin_system');
  await vendor.submits([page('failing.example')]);
  await expect.poll(() => cert.cases()).toMatchObject([{ resource: 'failing.example', state: 'NEW' }]);
  const told = () => world.database.admin(`SELECT FROM follower_failure WHERE error LIKE '%inbox_item%'`);
  await expect.poll(told).toHaveLength(1);

  await world.database.admin('GRANT INSERT ON inbox_item TO tocsin_system');
  await expect.poll(() => cert.cases()).toMatchObject([{ state: 'REFERRED' }]);
});
