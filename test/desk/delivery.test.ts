import { afterAll, beforeAll, expect, test } from 'vitest';

import { READ_UP_TO } from '../support/api.ts';
import { contentsOf } from '../support/reporter.ts';
import { createWorld, Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

interface Asked {
  readonly registrar: Party;
  readonly cert: Party;
  readonly vendor: Party;
  readonly report: { id: string };
}

/** A registrar that was asked to act on a name, and has not read of it. */
async function askedFor(name: string): Promise<Asked> {
  const registrar = await world.provider({ REGISTRAR: [name] });
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits([name]);
  await forward(cert);
  return { registrar, cert, vendor, report };
}

async function forward(cert: Party): Promise<void> {
  await world.settled();
  await cert.confirms(await cert.cases());
  await cert.forwards(await cert.cases());
  await world.settled();
}

async function toldState({ vendor, report }: Asked): Promise<string> {
  await world.settled();
  const [row] = (await contentsOf(vendor, report)).responsibilities;
  return row?.state ?? 'none';
}

/** Reads everything there is, and says so; the place up to which it said so. */
async function readsAll(party: Party) {
  const events = await party.events();
  return party.readsUpTo(events.at(-1)?.cursor ?? '');
}

async function withPermissions(party: Party, permissions: readonly string[]): Promise<Party> {
  const { data } = await party.ask(
    'mutation ($input: CreateClientInput!) { createClient(input: $input) { apiKey errors { code } } }',
    { input: { name: 'A program', permissions } },
  );
  return new Party(world, party.id, party.name, data.createClient.apiKey);
}

test('a party is told when its desk says that it has read of it, from that instant', async () => {
  const asked = await askedFor('told.example');
  expect(await toldState(asked)).toBe('NOT_TOLD');
  await readsAll(asked.registrar);
  expect(await toldState(asked)).toBe('TOLD');
  expect(await asked.registrar.inbox()).toMatchObject([{ state: 'DELIVERED', referrals: [{ state: 'DELIVERED' }] }]);
});

test('a program that reads everything has told nobody', async () => {
  const asked = await askedFor('program.example');
  const program = await withPermissions(asked.registrar, ['EVENTS_READ', 'INBOX_READ']);
  const events = await program.events();
  await program.inbox();
  const { errors } = await program.ask(READ_UP_TO, { cursor: events.at(-1)?.cursor });
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  expect(await toldState(asked)).toBe('NOT_TOLD');

  const desk = await withPermissions(asked.registrar, ['DESK']);
  expect((await desk.readsUpTo(events.at(-1)?.cursor ?? '')).errors).toEqual([]);
  expect(await toldState(asked)).toBe('TOLD');
});

test('reading up to the event before proves nothing of the event', async () => {
  const asked = await askedFor('before.example');
  const events = await asked.registrar.events();
  const issued = events.findIndex(({ kind }) => kind === 'REFERRALS_ISSUED');
  expect(issued).toBeGreaterThan(0);
  await asked.registrar.readsUpTo(events[issued - 1]?.cursor ?? '');
  expect(await toldState(asked)).toBe('NOT_TOLD');
  await asked.registrar.readsUpTo(events[issued]?.cursor ?? '');
  expect(await toldState(asked)).toBe('TOLD');
});

test('what was added after the desk had read is to be read again', async () => {
  const asked = await askedFor('added.example');
  await readsAll(asked.registrar);
  const { report } = await asked.vendor.submits(['more.added.example']);
  await forward(asked.cert);
  const added = { ...asked, report };
  expect([await toldState(asked), await toldState(added)]).toEqual(['TOLD', 'NOT_TOLD']);
  await readsAll(asked.registrar);
  expect(await toldState(added)).toBe('TOLD');
});

test('saying again what was said, or less, changes nothing', async () => {
  const { registrar } = await askedFor('again.example');
  const { upTo, receipt } = await readsAll(registrar);
  expect(receipt).not.toBeNull();
  for (const cursor of [upTo, '1.1', '1.0'])
    expect(await registrar.readsUpTo(cursor)).toEqual({ upTo, receipt: null, errors: [] });
});

test('acknowledging nothing but acknowledgements is no event, or it would call for the next', async () => {
  const { registrar } = await askedFor('endless.example');
  await readsAll(registrar);
  await world.settled();
  await readsAll(registrar);
  await world.settled();
  const events = await registrar.events();
  const { receipt } = await registrar.readsUpTo(events.at(-1)?.cursor ?? '');
  expect(receipt).toBeNull();
  await world.settled();
  expect(await registrar.events()).toEqual(events);
});

test('a cursor that the feed did not give is refused', async () => {
  const { registrar } = await askedFor('cursor.example');
  for (const cursor of ['1.999999', '2.1', '', 'x', '1', '1.-1', '1.9999999999999999999']) {
    expect((await registrar.readsUpTo(cursor)).errors).toMatchObject([{ code: 'BAD_CURSOR' }]);
  }
});

test('an answer proves that the party was told, though its desk never said that it had read', async () => {
  const asked = await askedFor('answered.example');
  await asked.registrar.acknowledges(await asked.registrar.inbox());
  expect(await toldState(asked)).toBe('ACKNOWLEDGED');
  await readsAll(asked.registrar);
  expect(await toldState(asked)).toBe('ACKNOWLEDGED');
});
