import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { SUBMIT, ask } from '../support/api.ts';
import { adds, contentsOf, outcomesOf, toItem } from '../support/reporter.ts';
import { createWorld, type Party, type SubmittedItem, type World } from '../support/world.ts';

let world: World;
let cert: Party;
let vendor: Party;
beforeAll(async () => {
  world = await createWorld();
  cert = await world.cert();
  vendor = await world.vendor(cert);
});
afterAll(() => world[Symbol.asyncDispose]());

/** How each item was answered, in order: the kind of answer, or the code of the refusal. */
const answersOf = ({ results }: { results: { __typename: string; code?: string }[] }): string[] =>
  results.map(({ __typename, code }) => code ?? __typename);
const idOf = ({ results }: { results: { indicator: { id: string } }[] }, index: number) => results[index]?.indicator.id;

describe('a submission', () => {
  test('answers each item in the order sent, and a refused one spoils no other', async () => {
    const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
    const sent = await vendor.submits([
      'a.example',
      '',
      'B[.]example',
      '10.0.0.1',
      'com',
      md5,
      'no such thing',
      'c.example',
    ]);
    expect(answersOf(sent)).toEqual([
      'IndicatorAccepted',
      'EMPTY',
      'IndicatorAccepted',
      'RESERVED',
      'PUBLIC_SUFFIX',
      'IndicatorAccepted',
      'WHITESPACE',
      'IndicatorAccepted',
    ]);
    expect(sent.errors).toEqual([]);
    const { indicators } = await contentsOf(vendor, sent.report);
    expect(indicators.map(({ value }) => value)).toEqual(['a.example', 'b.example', md5, 'c.example']);
  });

  test('says why an item is refused, and what to send instead', async () => {
    const item = (more: object): SubmittedItem => ({ value: 'fine.example', ...more });
    const sent = await vendor.submits([
      item({ confidence: 101 }),
      item({ confidence: -1 }),
      item({ firstSeen: '2026-02-01T00:00:00Z', lastSeen: '2026-01-01T00:00:00Z' }),
      item({ comment: 'x'.repeat(2001) }),
      item({ comment: 'a\0b' }),
      item({ externalId: '' }),
      item({ externalId: 'x'.repeat(257) }),
      item({ externalId: 'a\0b' }),
    ]);
    expect(answersOf(sent)).toEqual([
      'BAD_CONFIDENCE',
      'BAD_CONFIDENCE',
      'BAD_DATES',
      'BAD_COMMENT',
      'BAD_COMMENT',
      'BAD_EXTERNAL_ID',
      'BAD_EXTERNAL_ID',
      'BAD_EXTERNAL_ID',
    ]);
    for (const { hint, retryable } of sent.results) expect([hint.length > 10, retryable]).toEqual([true, false]);
  });

  test('joins what it says twice, and takes another category for another claim', async () => {
    const sent = await vendor.submits([
      'twice.example',
      'TWICE.example.',
      { value: 'twice.example', category: 'SPAM_VECTOR' },
      'twice.example',
    ]);
    expect(answersOf(sent)).toEqual(['IndicatorAccepted', 'IndicatorJoined', 'IndicatorAccepted', 'IndicatorJoined']);
    expect([idOf(sent, 1), idOf(sent, 3)]).toEqual([idOf(sent, 0), idOf(sent, 0)]);
    expect(idOf(sent, 2)).not.toBe(idOf(sent, 0));
  });

  test('joins what the same report already claims, and not what another report does', async () => {
    const sent = await vendor.submits(['again.example']);
    const added = await adds(vendor, sent.report, ['again.example', 'more.again.example']);
    expect(answersOf(added)).toEqual(['IndicatorJoined', 'IndicatorAccepted']);
    expect(idOf(added, 0)).toBe(idOf(sent, 0));
    const other = await vendor.submits(['again.example']);
    expect(answersOf(other)).toEqual(['IndicatorAccepted']);
  });

  test('keeps file hashes as context, for which there is no case and nobody to tell', async () => {
    const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    const reporter = await world.vendor(await world.cert());
    const sent = await reporter.submits([sha256, 'context.example']);
    await world.settled();
    const { indicators, responsibilities } = await contentsOf(reporter, sent.report);
    expect(indicators).toMatchObject([{ outcome: 'CONTEXT' }, { outcome: 'IN_TRIAGE' }]);
    expect(responsibilities.map(({ resource }) => resource)).toEqual(['context.example']);
    const rows = await world.database.admin('SELECT FROM triage_case WHERE value = $1', [sha256]);
    expect(rows).toEqual([]);
  });

  test('opens one case for all that is on a resource, and goes to the coordinator that it names', async () => {
    const [named, unnamed] = [await world.cert(), await world.cert()];
    const reporter = await world.vendor(unnamed);
    await reporter.submits(['one.onecase.example', 'two.onecase.example', 'https://onecase.example/x'], {
      coordinator: named.id,
    });
    await world.settled();
    expect(await named.cases()).toMatchObject([{ resource: 'onecase.example', state: 'NEW' }]);
    expect(await unnamed.cases()).toEqual([]);
  });

  test('needs a coordinator', async () => {
    const alone = await world.organisation(['VENDOR']);
    const sent = await alone.submits(['alone.example']);
    expect(sent.errors).toMatchObject([{ code: 'NO_COORDINATOR', path: ['coordinator'] }]);
    for (const coordinator of [vendor.id, world.operator.id, 'no id']) {
      const refused = await alone.submits(['alone.example'], { coordinator });
      expect(refused.errors).toMatchObject([{ code: 'NOT_FOUND', path: ['coordinator'] }]);
    }
    const known = await world.database.admin('SELECT FROM indicator WHERE value = $1', ['alone.example']);
    expect(known).toEqual([]);
  });
});

describe('an externalId', () => {
  test('of the same content joins for ever, in whichever report; of other content it is refused', async () => {
    const item = { value: 'named.example', externalId: 'a name', confidence: 50 };
    const sent = await vendor.submits([item]);
    const again = await vendor.submits([item, { ...item, confidence: 51 }, { ...item, value: 'other.example' }]);
    expect(answersOf(again)).toEqual(['IndicatorJoined', 'EXTERNAL_ID_MISMATCH', 'EXTERNAL_ID_MISMATCH']);
    expect(idOf(again, 0)).toBe(idOf(sent, 0));
    expect(Object.keys(await outcomesOf(vendor, again.report))).toEqual([]);
  });

  test('holds within one call too', async () => {
    const externalId = 'within a call';
    const sent = await vendor.submits([
      { value: 'first.example', externalId },
      { value: 'second.example', externalId },
      { value: 'first.example', externalId },
    ]);
    expect(answersOf(sent)).toEqual(['IndicatorAccepted', 'EXTERNAL_ID_MISMATCH', 'IndicatorJoined']);
  });

  test("is one organisation's own", async () => {
    const item = { value: 'mine.example', externalId: 'a common name' };
    await vendor.submits([item]);
    const other = await world.vendor(cert);
    expect(answersOf(await other.submits([{ ...item, value: 'yours.example' }]))).toEqual(['IndicatorAccepted']);
  });
});

describe('limits', () => {
  test('10,001 indicators are refused as a whole', async () => {
    const indicators = Array.from({ length: 10_001 }, (_, index) => toItem(`n${index}.example`));
    const input = { idempotencyKey: randomUUID(), title: 'Too many', tlp: 'AMBER', indicators };
    const { data } = await ask(`${world.hub.url}/bulk`, vendor.key, SUBMIT, { input });
    expect(data.submitReport).toMatchObject({ report: null, results: null, receipt: null });
    expect(data.submitReport.errors).toMatchObject([{ code: 'TOO_MANY', path: ['indicators'], retryable: false }]);
  });

  test.each([
    ['title', { title: '' }],
    ['title', { title: 'x'.repeat(301) }],
    ['title', { title: 'a\0b' }],
    ['narrative', { narrative: 'x'.repeat(65_537) }],
    ['narrative', { narrative: '\0' }],
    ['externalId', { externalId: '' }],
    ['externalId', { externalId: 'x'.repeat(257) }],
    ['threatActors', { threatActors: [''] }],
    ['targets', { targets: ['x'.repeat(257)] }],
    ['idempotencyKey', { idempotencyKey: '' }],
    ['idempotencyKey', { idempotencyKey: 'x'.repeat(129) }],
    ['idempotencyKey', { idempotencyKey: 'a\0b' }],
  ])('a bad %s is refused, and named', async (path, input) => {
    const { errors, report } = await vendor.submits(['limits.example'], input);
    expect([report, errors]).toMatchObject([null, [{ code: 'BAD_INPUT', path: [path] }]]);
  });

  test('half a character pair is kept out of what is signed, or refused, and is never a fault of ours', async () => {
    for (const input of [{ title: 'a \ud800 b' }, { narrative: '\udfff' }, { threatActors: ['\ud800'] }]) {
      const { errors } = await vendor.submits(['pairs.example'], input);
      expect(errors).toMatchObject([{ code: 'BAD_INPUT' }]);
    }
    expect(answersOf(await vendor.submits([{ value: 'pairs.example', comment: '\ud800' }]))).toEqual(['BAD_COMMENT']);
  });
});
