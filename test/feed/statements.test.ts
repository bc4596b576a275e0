import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { EMPTY_CHAIN, nextInChain } from '../../src/verifier/leaf.ts';
import { openStatement, recordedEnds } from '../../src/verifier/statement.ts';
import { rowIdOf } from '../../src/platform/ids.ts';
import { keysOf, signed } from '../support/proven.ts';
import { waitingForLocks, whileLocked } from '../support/rivals.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { happens } from './padding.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const STATEMENT = 'token generation n hash treeSize at receipt { entryId token }';
const ISSUE = `mutation ($input: IssueFeedStatementInput!) { issueFeedStatement(input: $input) {
  statement { ${STATEMENT} } receipt { entryId token } errors { code } } }`;
const issue = async (party: Party, idempotencyKey: string = randomUUID()) =>
  (await party.ask(ISSUE, { input: { idempotencyKey } })).data.issueFeedStatement;
const last = async (party: Party) => (await party.ask(`{ feedStatement { ${STATEMENT} } }`)).data.feedStatement;
const own = (party: Party) => rowIdOf('Organisation', party.id);

test('a statement says how long the feed is and its chain there, is signed, and is itself an entry', async () => {
  const party = await world.organisation(['PROVIDER']);
  await happens(party, 7);
  expect(await last(party)).toBe(null);
  const { statement, receipt } = await issue(party);
  await signed(world);
  expect(await last(party)).toEqual(statement);
  expect(statement.receipt).toEqual(receipt);

  const told = await openStatement(statement.token, await keysOf(world), {});
  const events = await party.events();
  const recorded = events.findIndex(({ kind }) => kind === 'FEED_STATED');
  expect(events[recorded]?.entryId).toBe(receipt.entryId);
  expect(told).toMatchObject({ organisation: own(party), generation: 1, n: recorded });
  expect(recordedEnds(events[recorded]?.details)).toMatchObject([{ n: recorded, size: told.size }]);
  const { data } = await party.ask('{ receipts(first: 1000) { receipts { leafHash position } } }');
  let chain = EMPTY_CHAIN;
  for (const { leafHash, position } of data.receipts.receipts.slice(0, told.n)) {
    chain = nextInChain(chain, Buffer.from(leafHash, 'base64'));
    expect(Number(position)).toBeLessThan(told.size);
  }
  expect(Buffer.from(told.h).toString('hex')).toBe(Buffer.from(chain).toString('hex'));
});

test('where nothing has come but statements, the last one is answered again', async () => {
  const party = await world.organisation(['PROVIDER']);
  await happens(party, 2);
  const first = await issue(party);
  await world.settled();
  expect(await issue(party)).toEqual({ ...first, receipt: null });
  await happens(party, 1);
  const next = await issue(party);
  expect(Number(next.statement.n)).toBe(Number(first.statement.n) + 2);
});

test('the same key is answered with the same statement, whatever has come since', async () => {
  const party = await world.organisation(['PROVIDER']);
  const key = randomUUID();
  await happens(party, 2);
  const first = await issue(party, key);
  await happens(party, 2);
  expect(await issue(party, key)).toEqual(first);
});

test('of two statements at once one is made', async () => {
  const party = await world.organisation(['PROVIDER']);
  await happens(party, 2);
  const both = whileLocked(world, [own(party) ?? '', 2], async () => {
    const asked = Promise.all([issue(party), issue(party)]);
    await waitingForLocks(world, 2);
    return { asked };
  });
  const [one, other] = await (await both).asked;
  await world.settled();
  expect(one.statement.token).toBe(other.statement.token);
  expect((await party.events()).filter(({ kind }) => kind === 'FEED_STATED')).toHaveLength(1);
});

test('an organisation is answered with its own statement, and with none where it has none', async () => {
  const [party, stranger] = [await world.organisation(['PROVIDER']), await world.organisation(['PROVIDER'])];
  await happens(party, 2);
  await issue(party);
  expect(await last(stranger)).toBe(null);
});
