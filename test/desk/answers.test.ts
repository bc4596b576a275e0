import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { systemClock } from '../../src/platform/clock.ts';
import { passAnswersOn } from '../../src/desk/answer.flow.ts';
import { ACT } from '../support/api.ts';
import { contentsOf, outcomesOf, withdraws } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

interface Desk {
  readonly registrar: Party;
  readonly cert: Party;
  readonly vendor: Party;
  readonly report: { id: string };
  readonly items: readonly { id: string; resource: string; version: number }[];
}

/** Names that a registrar was asked to act on. */
async function deskFor(...names: string[]): Promise<Desk> {
  const registrar = await world.provider({ REGISTRAR: names });
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits(names);
  await world.settled();
  await cert.confirms(await cert.cases());
  await cert.forwards(await cert.cases());
  await world.settled();
  return { registrar, cert, vendor, report, items: await registrar.inbox() };
}

const wrong = (state: string, verb: string) => [
  { item: null, error: { code: 'WRONG_STATE', message: `An item that is ${state} does not take ${verb}.` } },
];

test('an acknowledged item is taken up, and may be acknowledged again, acted on or declined', async () => {
  const { registrar, vendor, report, items } = await deskFor('ack.example');
  for (let times = 0; times < 2; times += 1) {
    expect((await registrar.acknowledges(items)).results).toMatchObject([{ item: { state: 'ACKNOWLEDGED' } }]);
  }
  await world.settled();
  const { responsibilities } = await contentsOf(vendor, report);
  expect(responsibilities).toMatchObject([{ state: 'ACKNOWLEDGED', reason: null, toldAt: expect.any(String) }]);
});

test('what was acted on is neither acknowledged nor declined any more', async () => {
  const { registrar, items } = await deskFor('acted.example');
  await registrar.acts(items);
  expect((await registrar.acknowledges(items)).results).toEqual(wrong('ACTIONED', 'acknowledge'));
  expect((await registrar.declines(items)).results).toEqual(wrong('ACTIONED', 'decline'));
  expect((await registrar.acts(items, { action: 'DOMAIN_DELETED' })).results).toMatchObject([
    { item: { state: 'ACTIONED', action: 'DOMAIN_DELETED' } },
  ]);
});

test('who declined may find out that it can act after all, and the reporter hears both', async () => {
  const { registrar, vendor, report, items } = await deskFor('declined.example');
  await registrar.declines(items, { reason: 'WRONG_LAYER_CONTACT_HOST' });
  await world.settled();
  expect((await contentsOf(vendor, report)).responsibilities).toMatchObject([
    { state: 'ACKNOWLEDGED', reason: 'DECLINED: WRONG_LAYER_CONTACT_HOST' },
  ]);
  expect((await registrar.acknowledges(items)).results).toEqual(wrong('DECLINED', 'acknowledge'));
  await registrar.acts(items);
  await world.settled();
  expect((await contentsOf(vendor, report)).responsibilities).toMatchObject([{ state: 'ACTED_ON_WORD', reason: null }]);
  expect(await outcomesOf(vendor, report)).toEqual({ 'declined.example': 'ACTED' });
});

test.each(['NOT_OUR_CUSTOMER', 'CANNOT_REPRODUCE', 'FALSE_POSITIVE', 'LEGAL_ORDER_REQUIRED', 'OTHER'])(
  'declining for the reason %s reaches the coordinator with its note',
  async (reason) => {
    const { registrar, cert, items } = await deskFor(`${reason.toLowerCase().replaceAll('_', '-')}.example`);
    await registrar.declines(items, { reason, note: 'see the ticket' });
    await world.settled();
    const { data } = await cert.ask('{ referrals(first: 1) { edges { node { state declineReason answerNote } } } }');
    expect(data.referrals.edges[0].node).toEqual({
      state: 'DECLINED',
      declineReason: reason,
      answerNote: 'see the ticket',
    });
  },
);

test('OTHER needs a note that says what', async () => {
  const { registrar, items } = await deskFor('unsaid.example');
  for (const note of [undefined, null, '', '   ']) {
    const { errors } = await registrar.declines(items, { reason: 'OTHER', note });
    expect(errors).toMatchObject([{ code: 'BAD_INPUT' }]);
  }
  expect(await registrar.inbox()).toMatchObject([{ state: 'SENT' }]);
});

test('an act lies in the past, and texts have their limits', async () => {
  const { registrar, items } = await deskFor('limits.example');
  const future = new Date(Date.now() + 60_000).toISOString();
  const long = { note: 'x'.repeat(2001), providerReference: 'x'.repeat(257) };
  for (const input of [
    { actedAt: future },
    { note: long.note },
    { providerReference: long.providerReference },
    { note: 'a\0b' },
    { providerReference: '\ud800' },
  ]) {
    expect((await registrar.acts(items, input)).errors).toMatchObject([{ code: 'BAD_INPUT' }]);
  }
  for (const count of [0, 1001]) {
    const refs = Array.from({ length: count }, () => ({ id: items[0]?.id ?? '' }));
    expect((await registrar.acts(refs)).errors).toMatchObject([{ code: 'TOO_MANY' }]);
  }
  expect((await registrar.acts(items, { actedAt: '2026-01-01T00:00:00Z' })).errors).toEqual([]);
});

test('items are answered in the order asked, and one that is not there, or has changed, spoils no other', async () => {
  const { registrar, items } = await deskFor('o1.example', 'o2.example', 'o3.example');
  const { items: foreign } = await deskFor('foreign.example');
  const [one, two, three] = items;
  const { data } = await registrar.ask(ACT, {
    input: {
      idempotencyKey: randomUUID(),
      action: 'DOMAIN_CLIENT_HOLD',
      items: [
        { id: three?.id, expectedVersion: three?.version },
        { id: foreign[0]?.id },
        { id: one?.id, expectedVersion: (one?.version ?? 0) + 1 },
        { id: two?.id },
        { id: 'no id' },
      ],
    },
  });
  const answers = data.reportAction.results.map(
    ({ item, error }: { item?: { id: string }; error?: { code: string } }) => item?.id ?? error?.code,
  );
  expect(answers).toEqual([three?.id, 'NOT_FOUND', 'CONFLICT', two?.id, 'NOT_FOUND']);
  const states = new Map((await registrar.inbox()).map(({ id, state }) => [id, state]));
  expect([one, two, three].map((item) => states.get(item?.id ?? ''))).toEqual(['SENT', 'ACTIONED', 'ACTIONED']);
});

test('an answer sent twice answers once, and the same key for another answer is refused', async () => {
  const { registrar, items } = await deskFor('once.example');
  const input = { idempotencyKey: randomUUID(), action: 'DOMAIN_CLIENT_HOLD', items: items.map(({ id }) => ({ id })) };
  const { data: first } = await registrar.ask(ACT, { input });
  expect((await registrar.ask(ACT, { input })).data).toEqual(first);
  const { data: other } = await registrar.ask(ACT, { input: { ...input, action: 'DOMAIN_DELETED' } });
  expect(other.reportAction.errors).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
  await world.settled();
  expect((await registrar.events()).filter(({ kind }) => kind === 'ITEMS_ANSWERED')).toHaveLength(1);
});

test('an item about which nothing more is asked takes no answer', async () => {
  const { registrar, vendor, report, items } = await deskFor('closed.example');
  await withdraws(vendor, report);
  await world.settled();
  expect((await registrar.acknowledges(items)).results).toEqual(wrong('CLOSED', 'acknowledge'));
  expect((await registrar.acts(items)).results).toEqual(wrong('CLOSED', 'act'));
});

test('an earlier answer that is passed on after a later one changes nothing', async () => {
  const { registrar, cert, items } = await deskFor('overtaken.example');
  await registrar.acts(items, { action: 'DOMAIN_CLIENT_HOLD' });
  await registrar.acts(items, { action: 'DOMAIN_DELETED' });
  await world.settled();
  const [earlier] = (await registrar.events()).filter(({ kind }) => kind === 'ITEMS_ANSWERED');
  const entry = {
    position: '0',
    entryId: '',
    kind: 'ITEMS_ANSWERED',
    at: new Date(),
    actor: null,
    rows: earlier?.details ?? [],
  };
  await world.hub.app.work.asSystem((tx) => passAnswersOn(systemClock, tx, entry));
  const { data } = await cert.ask('{ referrals(first: 10) { edges { node { action } } } }');
  expect(data.referrals.edges.map(({ node }: { node: { action: string } }) => node.action)).toEqual(['DOMAIN_DELETED']);
});
