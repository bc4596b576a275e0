import { afterAll, beforeAll, expect, test } from 'vitest';

import { contentsOf } from '../support/reporter.ts';
import {
  coordinatorOn,
  cursorOf,
  forwards,
  heardSince,
  onlyItem,
  referralsOf,
  replies,
  says,
  type Coordinator,
} from '../support/answering.ts';
import { whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

/** A registrar whom each of these coordinators asks about one name. */
async function deskFor(name: string, coordinators: number) {
  const registrar = await world.provider({ REGISTRAR: [name] });
  const sides: Coordinator[] = [];
  for (let count = 0; count < coordinators; count += 1) sides.push(await coordinatorOn(world, name));
  for (const side of sides) await forwards(side);
  return { registrar, item: await onlyItem(registrar), sides: sides as [Coordinator, ...Coordinator[]] };
}

async function asked(name: string, coordinators: number, question = 'Which page?') {
  const desk = await deskFor(name, coordinators);
  await says(desk.registrar, 'askCoordinator', [desk.item], { question });
  await world.settled();
  return desk;
}

test('a question reaches its coordinator, who answers it; then it is the turn of the desk', async () => {
  const { registrar, item, sides } = await deskFor('asked.example', 1);
  const [{ cert, vendor, report }] = sides;
  const { results } = await says(registrar, 'askCoordinator', [item], { question: 'Which page?' });
  expect(results).toMatchObject([{ item: { state: 'NEEDS_INFORMATION', question: 'Which page?' } }]);
  await world.settled();
  const referrals = await referralsOf(cert);
  expect(referrals).toMatchObject([{ state: 'NEEDS_INFORMATION', question: 'Which page?', reply: null }]);
  expect((await contentsOf(vendor, report)).responsibilities).toMatchObject([{ state: 'ACKNOWLEDGED', reason: null }]);

  const answer = await replies(cert, referrals, '/login, from a mobile network');
  expect(answer.results).toMatchObject([{ referral: { state: 'ACKNOWLEDGED' }, error: null }]);
  expect(answer.receipt.entryId).toEqual(expect.any(String));
  await world.settled();
  expect(await onlyItem(registrar)).toMatchObject({
    state: 'ACKNOWLEDGED',
    referrals: [{ question: 'Which page?', reply: '/login, from a mobile network' }],
  });
});

test('the first answer gives the desk its turn; what the other coordinator was asked stays open, and is not told', async () => {
  const { registrar, sides } = await asked('two-asked.example', 2);
  const [first, second] = sides as [Coordinator, Coordinator];
  const before = [await referralsOf(second.cert), await second.cert.events(), await second.vendor.events()];
  await replies(first.cert, await referralsOf(first.cert), 'from us');
  await world.settled();

  expect(await onlyItem(registrar)).toMatchObject({ state: 'ACKNOWLEDGED' });
  expect([await referralsOf(second.cert), await second.cert.events(), await second.vendor.events()]).toEqual(before);
  expect(await referralsOf(second.cert)).toMatchObject([{ state: 'NEEDS_INFORMATION', reply: null }]);

  const heard = await cursorOf(first.cert);
  await replies(second.cert, await referralsOf(second.cert), 'and from us');
  expect(await heardSince(first.cert, heard)).toEqual([]);
  const { referrals } = (await onlyItem(registrar)) as unknown as { referrals: { reply: string }[] };
  expect(referrals.map(({ reply }) => reply).sort()).toEqual(['and from us', 'from us']);
});

test('one who was answered is not asked because of what another one adds', async () => {
  const { registrar, item, sides } = await deskFor('answered-before.example', 1);
  const [first] = sides;
  await registrar.acts([item]);
  await world.settled();
  const before = [await referralsOf(first.cert), await first.cert.events()];
  const second = await coordinatorOn(world, 'www.answered-before.example');
  await forwards(second);
  await says(registrar, 'askCoordinator', [item], { question: 'Still?' });
  await world.settled();
  expect([await referralsOf(first.cert), await first.cert.events()]).toEqual(before);
  expect(await referralsOf(second.cert)).toMatchObject([{ state: 'NEEDS_INFORMATION', question: 'Still?' }]);
});

test('asking again replaces the question, and an answer to the earlier one is none to the later', async () => {
  const { registrar, item, sides } = await asked('again.example', 1);
  const [{ cert }] = sides;
  await whileFlowWaits(world, async () => {
    await replies(cert, await referralsOf(cert), 'an answer to the first');
    await says(registrar, 'askCoordinator', [item], { question: 'And when?' });
  });
  await world.settled();
  expect(await onlyItem(registrar)).toMatchObject({ state: 'NEEDS_INFORMATION', question: 'And when?' });
  expect(await referralsOf(cert)).toMatchObject([{ state: 'NEEDS_INFORMATION', question: 'And when?', reply: null }]);
});

test('a desk that has asked may go on without an answer', async () => {
  const { registrar, item, sides } = await asked('on.example', 1);
  const [{ cert }] = sides;
  await registrar.acts([item]);
  await world.settled();
  expect(await referralsOf(cert)).toMatchObject([{ state: 'ACTIONED' }]);
  const { results } = await replies(cert, await referralsOf(cert), 'too late');
  expect(results).toMatchObject([{ referral: null, error: { code: 'WRONG_STATE' } }]);
});

test('questions and answers are texts with limits', async () => {
  const { registrar, item, sides } = await asked('texts.example', 1);
  for (const text of ['', '  ', 'x'.repeat(2001), 'a\0b']) {
    const { errors } = await says(registrar, 'askCoordinator', [item], { question: text });
    expect(errors).toMatchObject([{ code: 'BAD_INPUT', path: ['question'] }]);
    const [{ cert }] = sides;
    expect((await replies(cert, await referralsOf(cert), text)).errors).toMatchObject([
      { code: 'BAD_INPUT', path: ['answer'] },
    ]);
  }
});

test('answers are given per referral in the order asked, each by its own coordinator, on the version it has seen', async () => {
  const { sides } = await asked('own.example', 2);
  const [first, second] = sides as [Coordinator, Coordinator];
  const [mine] = await referralsOf(first.cert);
  const [theirs] = await referralsOf(second.cert);
  const refs = [
    { id: theirs?.id ?? '' },
    { id: mine?.id ?? '', expectedVersion: (mine?.version ?? 0) + 1 },
    { id: mine?.id ?? '', expectedVersion: mine?.version ?? 0 },
  ];
  const { results } = await replies(first.cert, refs, 'yes');
  expect(results.map(({ error }: { error: { code: string } | null }) => error?.code ?? null)).toEqual([
    'NOT_FOUND',
    'CONFLICT',
    null,
  ]);
  expect(await referralsOf(second.cert)).toMatchObject([{ state: 'NEEDS_INFORMATION', reply: null }]);
});

test('an answer that is rehearsed or sent twice changes nothing twice', async () => {
  const { registrar, sides } = await asked('rehearsed.example', 1);
  const [{ cert }] = sides;
  const [referral] = await referralsOf(cert);
  const heard = await cursorOf(registrar);
  const refs = [{ id: referral?.id ?? '' }];
  const dry = await replies(cert, refs, 'yes', { idempotencyKey: 'a key', dryRun: true });
  expect(dry).toMatchObject({ results: [{ error: null }], receipt: null, errors: [] });
  expect(await heardSince(registrar, heard)).toEqual([]);
  const once = await replies(cert, refs, 'yes', { idempotencyKey: 'a key' });
  expect(await replies(cert, refs, 'yes', { idempotencyKey: 'a key' })).toMatchObject({ receipt: once.receipt });
  expect((await replies(cert, refs, 'no', { idempotencyKey: 'a key' })).errors).toMatchObject([
    { code: 'IDEMPOTENCY_MISMATCH' },
  ]);
  expect((await heardSince(registrar, heard)).filter((kind) => kind === 'REFERRALS_REPLIED')).toHaveLength(1);
});
