import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { toGlobalId } from '../../src/platform/ids.ts';
import { deskOf, forwards, coordinatorOn, onlyItem, referralsOf, says } from '../support/answering.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const uuidOf = ({ id }: { id: string }): string => Buffer.from(id, 'base64url').toString().split(':')[1] ?? '';

/** Everything that a party hears and can read, as text. */
async function allOf(party: Party): Promise<string> {
  await world.settled();
  const trails: unknown[] = [];
  for (const { id } of await deskOf(party)) {
    const { data } = await party.ask(
      'query ($id: ID!) { auditTrail(subject: $id, first: 100) { edges { node { kind summary details actor { name } } } } node(id: $id) { id } }',
      { id },
    );
    trails.push(data);
  }
  return JSON.stringify([await party.events(), await deskOf(party), trails]);
}

test('a delegate learns nothing of coordinators, reporters, their words, or other requests', async () => {
  const registrar = await world.provider({ REGISTRAR: ['secret.example'] });
  const reseller = await world.provider();
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  await vendor.submits([{ value: 'secret.example', comment: 'victim is Jane' }], { attribution: true });
  const other = await coordinatorOn(world, 'www.secret.example');
  await world.settled();
  await forwards({ cert, vendor, report: { id: '' } }, { note: 'from the coordinator' });
  const item = await onlyItem(registrar);
  await says(registrar, 'acknowledgeItems', [item], { providerReference: 'ticket 7', note: 'between us' });
  await says(registrar, 'delegateItems', [item], { delegate: reseller.id });
  await world.settled();
  await forwards(other);
  await reseller.acknowledges([await onlyItem(reseller)]);
  await registrar.acts([item], { note: 'done by ourselves' });

  const known = await allOf(reseller);
  expect(known).toContain('secret.example');
  const [mine, others] = [await referralsOf(cert), await referralsOf(other.cert)];
  const secrets = [
    ...[cert, other.cert, vendor, other.vendor].flatMap((party) => [party.name, party.id, uuidOf(party)]),
    ...[...mine, ...others, item].flatMap((row) => [row.id, uuidOf(row)]),
    ...['Jane', 'from the coordinator', 'ticket 7', 'between us', 'done by ourselves'],
  ];
  for (const secret of secrets) expect(known).not.toContain(secret);
  for (const { id } of [...mine, ...others, item]) {
    const { data } = await reseller.ask(
      'query ($id: ID!) { node(id: $id) { id } referral(id: $id) { id } inboxItem(id: $id) { id } }',
      { id },
    );
    expect(data).toEqual({ node: null, referral: null, inboxItem: null });
  }
});

test('coordinators and reporters do not learn who the delegate is', async () => {
  const registrar = await world.provider({ REGISTRAR: ['hidden.example'] });
  const reseller = await world.provider();
  const { cert, vendor } = await coordinatorOn(world, 'hidden.example');
  await forwards({ cert, vendor, report: { id: '' } });
  const item = await onlyItem(registrar);
  await says(registrar, 'delegateItems', [item], { delegate: reseller.id, note: 'customer 17' });
  await world.settled();
  const child = await onlyItem(reseller);
  await says(reseller, 'reviewUntil', [child], {
    until: new Date(Date.now() + 3_600_000).toISOString(),
    note: 'by us',
  });
  await reseller.acts([child], { note: 'signed, the reseller', providerReference: 'reseller 9' });
  await world.settled();
  const known = JSON.stringify([await cert.events(), await referralsOf(cert), await vendor.events()]);
  expect(known).toContain('a reseller');
  for (const secret of [
    ...[reseller.name, reseller.id, uuidOf(reseller), child.id, uuidOf(child)],
    ...['customer 17', 'by us', 'signed, the reseller', 'reseller 9'],
  ]) {
    expect(known).not.toContain(secret);
  }
  for (const asker of [cert, vendor]) {
    const { data } = await asker.ask('query ($id: ID!) { node(id: $id) { id } }', { id: child.id });
    expect(data).toEqual({ node: null });
  }
});

test('nobody else sees a delegated item, and nobody but its delegate answers it', async () => {
  const registrar = await world.provider({ REGISTRAR: ['theirs.example'] });
  const reseller = await world.provider();
  const stranger = await world.provider();
  await forwards(await coordinatorOn(world, 'theirs.example'));
  await says(registrar, 'delegateItems', [await onlyItem(registrar)], { delegate: reseller.id });
  await world.settled();
  const child = await onlyItem(reseller);
  expect((await stranger.ask('query ($id: ID!) { inboxItem(id: $id) { id } }', { id: child.id })).data).toEqual({
    inboxItem: null,
  });
  for (const asker of [stranger, registrar]) {
    expect((await asker.acts([child])).results).toMatchObject([{ error: { code: 'NOT_FOUND' } }]);
    expect((await says(asker, 'revokeDelegation', [child])).results).toMatchObject([{ error: { code: 'NOT_FOUND' } }]);
  }
  expect((await registrar.inbox()).map(({ id }) => id)).not.toContain(child.id);
});

test('handing on to one who has the same on its own desk tells neither', async () => {
  const answers: unknown[] = [];
  for (const name of ['same.example', 'another.example']) {
    const registrar = await world.provider({ REGISTRAR: [name] });
    const delegate = await world.provider();
    await forwards(await coordinatorOn(world, name));
    const item = await onlyItem(registrar);
    if (name === 'same.example') await putOnDesk(delegate, item);
    const { errors, results } = await says(registrar, 'delegateItems', [item], { delegate: delegate.id });
    await world.settled();
    answers.push([
      errors,
      results[0].error,
      (await onlyItem(registrar)).delegation?.state,
      (await deskOf(delegate)).length,
    ]);
  }
  expect(answers).toEqual([
    [[], null, 'SENT', 2],
    [[], null, 'SENT', 1],
  ]);
});

/** An open item of its own in the same role about the same, as if it had been asked itself; nobody hears of it. */
async function putOnDesk({ id }: Party, item: { id: string }): Promise<void> {
  await world.database.admin('SET session_replication_role = replica');
  await world.database.admin(
    `INSERT INTO inbox_item (id, provider_id, role, resource, resource_kind, value, state, due_at, sent_at)
     SELECT gen_random_uuid(), $1, role, resource, resource_kind, value, 'SENT', due_at, sent_at FROM inbox_item WHERE id = $2`,
    [uuidOf({ id }), uuidOf(item)],
  );
  await world.database.admin('SET session_replication_role = origin');
}

test('whether an organisation is not there, is no provider, is suspended, or is oneself is one answer', async () => {
  const registrar = await world.provider({ REGISTRAR: ['whom.example'] });
  const suspended = await world.provider();
  await world.operator.ask('mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code } } }', {
    id: suspended.id,
  });
  const { cert, vendor } = await coordinatorOn(world, 'whom.example');
  await forwards({ cert, vendor, report: { id: '' } });
  const item = await onlyItem(registrar);
  const answers = new Set<string>();
  for (const delegate of [
    ...[toGlobalId('Organisation', randomUUID()), 'no id', item.id],
    ...[cert.id, vendor.id, suspended.id, registrar.id],
  ]) {
    answers.add(JSON.stringify(await says(registrar, 'delegateItems', [item], { delegate })));
  }
  expect([...answers].map((answer) => JSON.parse(answer) as unknown)).toMatchObject([
    { errors: [{ code: 'NOT_FOUND', path: ['delegate'] }], receipt: null, results: null },
  ]);
  expect(await onlyItem(registrar)).toMatchObject({ state: 'SENT' });
});
