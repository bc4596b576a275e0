import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { rowIdOf } from '../../src/platform/ids.ts';
import { contentsOf, outcomesOf, withdraws } from '../support/reporter.ts';
import { waitingForLocks, whileLocked } from '../support/rivals.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import {
  IMPORT,
  attribute,
  bundle,
  counted,
  event,
  imports,
  indicator,
  tagged,
  told,
  type Result,
} from './importer.ts';

let world: World;
let cert: Party;
let vendor: Party;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  cert = await world.cert();
  vendor = await world.vendor(cert);
});

describe('importing again', () => {
  test('has one effect, whatever the key', async () => {
    const document = bundle(indicator('again.example'), { type: 'domain-name', value: 'more.example' });
    const first = await imports(vendor, document);
    const before = await counted(world);
    const again = await imports(vendor, document);
    expect(told(again)).toEqual(['JOINED', 'JOINED']);
    expect([again.reports, again.receipt]).toEqual([first.reports, null]);
    expect(await counted(world)).toEqual(before);
  });

  test('under the same key gives the same answer, to the byte, also when more came later', async () => {
    const document = event([attribute('key.example'), attribute('not a name')]);
    const input = { idempotencyKey: randomUUID(), bundle: JSON.stringify(document) };
    const ask = async () => JSON.stringify((await vendor.ask(IMPORT, { input })).data);
    const first = await ask();
    document.Event.Attribute.push(attribute('later.example'));
    await imports(vendor, document);
    expect(await ask()).toBe(first);
    const joined = { ...input, idempotencyKey: randomUUID() };
    const joinedFirst = JSON.stringify((await vendor.ask(IMPORT, { input: joined })).data);
    document.Event.Attribute.push(attribute('latest.example'));
    await imports(vendor, document);
    expect(JSON.stringify((await vendor.ask(IMPORT, { input: joined })).data)).toBe(joinedFirst);
    const other = await vendor.ask(IMPORT, { input: { ...input, takeUnflagged: true } });
    expect(other.data.importBundle.errors).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
  });

  test('adds what is new to the report that is there, and refuses other content under a known id', async () => {
    const document = event([attribute('first.example')]);
    const [report] = (await imports(vendor, document)).reports;
    const changed = { ...document.Event.Attribute[0], value: 'changed.example' };
    const answer = await imports(vendor, event([changed, attribute('second.example')], { uuid: document.Event.uuid }));
    expect(told(answer)).toEqual(['NOTED CONTEXT', 'REFUSED EXTERNAL_ID_MISMATCH', 'ACCEPTED second.example']);
    expect(answer.reports).toMatchObject([{ id: report.id }]);
    await world.settled();
    expect(Object.keys(await outcomesOf(vendor, report))).toEqual(['first.example', 'second.example']);
    expect(await cert.cases()).toHaveLength(2);
  });

  test('never widens what was said of it, and never revives what was withdrawn', async () => {
    const document = event([attribute('open.example')]);
    const [open] = (await imports(vendor, document)).reports;
    document.Event.Attribute.push(attribute('closed.example'));
    const closed = await imports(vendor, document, { tell: 'COORDINATOR_ONLY' });
    expect(closed.reports).toMatchObject([{ tell: 'COORDINATOR_ONLY' }]);
    expect(closed.reports[0].id).not.toBe(open.id);
    await withdraws(vendor, open);
    document.Event.Attribute.push(attribute('third.example'));
    const third = await imports(vendor, document);
    expect(told(third)).toEqual(['NOTED CONTEXT', 'JOINED', 'JOINED', 'ACCEPTED third.example']);
    expect(await outcomesOf(vendor, open)).toMatchObject({ 'open.example': 'WITHDRAWN' });
    expect([open.id, closed.reports[0].id]).not.toContain(third.reports[0].id);
  });

  test('under a stricter label says that what is known stands under a wider one', async () => {
    const document = event([attribute('known.example')], tagged('tlp:green', 'pap:green'));
    await imports(vendor, document);
    for (const stricter of [tagged('tlp:red', 'pap:green'), tagged('tlp:green', 'pap:red')]) {
      const answer = await imports(vendor, { Event: { ...document.Event, ...stricter } });
      expect(told(answer)).toEqual(['NOTED CONTEXT', 'JOINED WIDER_LABEL']);
    }
    expect(told(await imports(vendor, { Event: { ...document.Event, ...tagged('tlp:clear') } }))[1]).toBe('JOINED');
  });

  test('at the same moment waits, and finds what the first has made', async () => {
    const document = event([attribute('moment.example')]);
    const both = await whileLocked(world, [rowIdOf('Organisation', vendor.id) ?? '', 4], async () => {
      // The path for large documents takes one at a time from a key, so the second goes by the other.
      const first = imports(vendor, document);
      const input = { idempotencyKey: randomUUID(), bundle: JSON.stringify(document) };
      const second = vendor.ask(IMPORT, { input }).then(({ data }) => data.importBundle);
      await waitingForLocks(world, 2);
      return [first, second] as const;
    });
    const [one, two] = await Promise.all(both);
    expect([...told(one), ...told(two)].sort()).toEqual([
      'ACCEPTED moment.example',
      'JOINED',
      'NOTED CONTEXT',
      'NOTED CONTEXT',
    ]);
    expect(one.reports[0].id).toBe(two.reports[0].id);
  });
});

test('what its source takes back is withdrawn, if it stands here', async () => {
  const [one, two] = [indicator('back.example'), indicator('stays.example')];
  const document = bundle(one, two);
  const [report] = (await imports(vendor, document)).reports;
  await world.settled();
  const revoked = bundle({ ...one, revoked: true }, { ...indicator('never.example'), revoked: true }, two);
  const answer = await imports(vendor, revoked);
  expect(told(answer)).toEqual(['WITHDRAWN', 'NOTED REVOKED', 'JOINED']);
  expect(answer.receipt).not.toBeNull();
  await world.settled();
  expect(await outcomesOf(vendor, report)).toEqual({ 'back.example': 'WITHDRAWN', 'stays.example': 'IN_TRIAGE' });
  const before = await counted(world);
  expect(told(await imports(vendor, revoked))).toEqual(['WITHDRAWN', 'NOTED REVOKED', 'JOINED']);
  expect(await counted(world)).toEqual(before);
  await imports(vendor, bundle({ ...two, revoked: true }));
  expect((await contentsOf(vendor, report)).state).toBe('WITHDRAWN');
});

test('10,000 indicators of one bundle in one call; the same again has one effect', { timeout: 120_000 }, async () => {
  const document = bundle(...Array.from({ length: 10_000 }, (_, n) => indicator(`many-${n}.example`)));
  const first = await imports(vendor, document);
  expect(first.errors).toEqual([]);
  expect(new Set(first.results.map(({ status }: Result) => status))).toEqual(new Set(['ACCEPTED']));
  expect(first.results.map(({ objectId }: Result) => objectId)).toEqual(
    document.objects.map((each) => (each as { id: string }).id),
  );
  const before = await counted(world);
  const again = await imports(vendor, document);
  expect(new Set(again.results.map(({ status }: Result) => status))).toEqual(new Set(['JOINED']));
  expect(again.reports).toEqual(first.reports);
  expect(await counted(world)).toEqual(before);
});
