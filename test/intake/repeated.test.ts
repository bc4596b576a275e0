import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { rowIdOf } from '../../src/platform/ids.ts';
import { SUBMIT } from '../support/api.ts';
import { waitingForLocks, whileLocked } from '../support/rivals.ts';
import { toItem, withdraws } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
let vendor: Party;
beforeAll(async () => {
  world = await createWorld();
  vendor = await world.vendor(await world.cert());
});
afterAll(() => world[Symbol.asyncDispose]());

// Everything in the answer but `outcome`, which tells how things stand now.
const LASTING = SUBMIT.replace(' outcome ', ' ');

const inputOf = (values: readonly string[], more: object = {}) => ({
  idempotencyKey: randomUUID(),
  title: 'a report',
  tlp: 'AMBER',
  indicators: values.map(toItem),
  ...more,
});

/** The answer as it came over the wire, without what it cost: that leaves less in the bucket each time. */
async function textOf(input: object): Promise<string> {
  const response = await fetch(world.hub.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${vendor.key}` },
    body: JSON.stringify({ query: LASTING, variables: { input } }),
  });
  const text = await response.text();
  expect(text).toMatch(/"extensions":\{"cost":.*\}\s*$/);
  return text.replace(/,"extensions":\{"cost":.*$/s, '}');
}

async function payloadOf(input: object) {
  return (await vendor.ask(SUBMIT, { input })).data.submitReport;
}

/** How much of everything there is. */
async function counted(): Promise<unknown> {
  const [row] = await world.database.admin(
    `SELECT (SELECT count(*) FROM report) AS reports, (SELECT count(*) FROM indicator) AS indicators,
       (SELECT count(*) FROM triage_case) AS cases, (SELECT count(*) FROM ledger_payload) AS entries`,
  );
  return row;
}

test('the same request twice has one effect and two identical answers, to the byte', async () => {
  const input = inputOf(['same.example', 'not a name', 'same.example', 'other.example']);
  const first = await textOf(input);
  await world.settled();
  const before = await counted();
  expect(await textOf(input)).toBe(first);
  await world.settled();
  expect(await textOf(input)).toBe(first);
  expect(await counted()).toEqual(before);
  expect(first).toContain('IndicatorJoined');
});

test('the answer stays the same after its indicators were withdrawn', async () => {
  const input = inputOf(['taken-back.example']);
  const first = await textOf(input);
  const { data } = JSON.parse(first) as { data: { submitReport: { report: { id: string } } } };
  await withdraws(vendor, data.submitReport.report);
  await world.settled();
  expect((await textOf(input)).replace('"WITHDRAWN"', '"SEALED"')).toBe(first);
});

test('a key with another input, or for another act, is refused and changes nothing', async () => {
  const input = inputOf(['key.example']);
  const { report } = await payloadOf(input);
  const mismatch = [{ code: 'IDEMPOTENCY_MISMATCH', path: ['idempotencyKey'], retryable: false }];
  expect((await payloadOf({ ...input, title: 'another title' })).errors).toMatchObject(mismatch);
  expect((await payloadOf({ ...input, indicators: [toItem('other.example')] })).errors).toMatchObject(mismatch);
  const { data } = await vendor.ask(
    'mutation ($input: WithdrawIndicatorsInput!) { withdrawIndicators(input: $input) { errors { code path retryable } } }',
    { input: { idempotencyKey: input.idempotencyKey, report: report.id } },
  );
  expect(data.withdrawIndicators.errors).toEqual(mismatch);
});

test("a key is one organisation's own", async () => {
  const input = inputOf(['keys.example']);
  await payloadOf(input);
  const other = await world.vendor(await world.cert());
  const { data } = await other.ask(SUBMIT, { input: { ...input, title: 'another title' } });
  expect(data.submitReport.errors).toEqual([]);
});

test('a refused request leaves its key free', async () => {
  const input = inputOf(['free.example']);
  expect((await payloadOf({ ...input, title: '' })).errors).toMatchObject([{ code: 'BAD_INPUT' }]);
  expect((await payloadOf(input)).errors).toEqual([]);
});

test('while the first request with a key is still running, the second is told to come back', async () => {
  const input = inputOf(['running.example']);
  const name = `${rowIdOf('Organisation', vendor.id)} ${input.idempotencyKey}`;
  const refused = await whileLocked(world, [name, 0], () => payloadOf(input));
  expect(refused).toMatchObject({ report: null, errors: [{ code: 'IN_PROGRESS', retryable: true }] });
  expect((await payloadOf(input)).errors).toEqual([]);
});

test('a report sent again under its externalId is the same report, whatever the key', async () => {
  const content = { externalId: 'our report 1', narrative: 'seen in the wild' };
  const input = inputOf(['external.example', 'not a name'], content);
  const first = await payloadOf(input);
  await world.settled();
  const before = await counted();
  const again = await payloadOf({ ...input, idempotencyKey: randomUUID() });
  expect(again.report.id).toBe(first.report.id);
  expect(again.receipt).toEqual(first.receipt);
  expect(again.results.map(({ __typename }: { __typename: string }) => __typename)).toEqual(
    first.results.map(({ __typename }: { __typename: string }) => __typename),
  );
  expect(await counted()).toEqual(before);
});

test('a report of other content under the same externalId is refused', async () => {
  const content = { externalId: 'our report 2' };
  await payloadOf(inputOf(['first.example'], content));
  for (const other of [inputOf(['second.example'], content), inputOf(['first.example'], { ...content, tlp: 'RED' })]) {
    expect((await payloadOf(other)).errors).toMatchObject([{ code: 'EXTERNAL_ID_MISMATCH', path: ['externalId'] }]);
  }
});

test('two requests at once under one externalId make one report', async () => {
  const externalId = 'our report 3';
  const name = `${rowIdOf('Organisation', vendor.id)} ${externalId}`;
  const both = await whileLocked(world, [name, 3], async () => {
    const running = [
      payloadOf(inputOf(['at-once.example'], { externalId })),
      payloadOf(inputOf(['at-once.example'], { externalId })),
    ];
    await waitingForLocks(world, 2);
    return running;
  });
  const [one, two] = await Promise.all(both);
  expect(one.report.id).toBe(two.report.id);
  expect([one.errors, two.errors]).toEqual([[], []]);
});

test('two requests at once that name an indicator alike make one indicator', async () => {
  const item = { ...toItem('named-at-once.example'), externalId: 'named at once' };
  const name = rowIdOf('Organisation', vendor.id) ?? '';
  const both = await whileLocked(world, [name, 2], async () => {
    const running = [payloadOf(inputOf([], { indicators: [item] })), payloadOf(inputOf([], { indicators: [item] }))];
    await waitingForLocks(world, 2);
    return running;
  });
  const answers = (await Promise.all(both)).map(({ results }) => results[0]);
  expect(answers.map(({ __typename }) => __typename).sort()).toEqual(['IndicatorAccepted', 'IndicatorJoined']);
  expect(answers[0].indicator.id).toBe(answers[1].indicator.id);
});
