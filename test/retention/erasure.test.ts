import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { tick } from '../../src/app/tick.ts';
import { ApiClient } from '../../src/cli/api-client.ts';
import { bundleFeed } from '../../src/cli/feed-bundle.ts';
import { verifyFeedBundle } from '../../src/verifier/feed-bundle.ts';
import { deskOf, forwards, onlyItem, referralsOf, replies, says } from '../support/answering.ts';
import { placesOf } from '../support/canary.ts';
import { decides } from '../support/coordinator.ts';
import { signed } from '../support/proven.ts';
import { numbered, whileFlowWaits } from '../support/rivals.ts';
import { contentsOf } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

const ERASE = `mutation ($input: EraseEntryInput!) { eraseEntry(input: $input) { receipt { entryId } errors { code message path } } }`;
const ANSWER = 'mutation ($input: AnswerQuestionInput!) { answerQuestion(input: $input) { errors { message } } }';
/** In every text that anybody writes about the report, and in the name that was reported. */
const WORD = 'quetzalcoatlus';
const NAME = `${WORD}.example`;
const NOTHING_KNOWN = { pinned: null, seen: null };

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const erases = async (party: Party, entry: string, input: object = {}) =>
  (await party.ask(ERASE, { input: { idempotencyKey: randomUUID(), entry, reason: 'Article 17', ...input } })).data
    .eraseEntry;
async function carriedOut(): Promise<void> {
  await world.settled();
  await tick(world.hub.app.work, new Date());
  await world.settled();
}
const entryOf = async (party: Party, kind: string): Promise<string> =>
  (await party.events()).findLast((event) => event.kind === kind)?.entryId ?? expect.fail(`${kind} was not heard`);

/** An act on the case that nobody else has looked at yet. */
async function waitsForOtherEyes(cert: Party): Promise<void> {
  const [on] = (await cert.cases()).filter(({ resource }) => resource === NAME);
  await world.database.admin('SET session_replication_role = replica');
  await world.database.admin(
    `INSERT INTO approval (id, organisation_id, verb, input, input_hash, client_id, requested_at, expires_at)
     VALUES (gen_random_uuid(), $1, 'retractCases', $2, sha256('asked'), gen_random_uuid(), now(), now())`,
    [Buffer.from(cert.id, 'base64url').toString().split(':')[1], `{cases: [{id: "${on?.id}"}], correction: "${WORD}"}`],
  );
  await world.database.admin('RESET session_replication_role');
}

/** A report of which everybody has written something, with a second one beside it on the same desk. */
async function toldStory() {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const [registrar, reseller] = [await world.provider(), await world.provider()];
  // Not by the name, which would be the registrar's own words.
  await world.verifies(registrar, [{ role: 'REGISTRAR', kind: 'IANA_REGISTRAR_ID', value: '146' }]);
  const hosting = { registrarIanaId: 146 };
  const kept = [{ value: 'https://other.example/', hosting }];
  const other = await vendor.submits(kept, { title: 'what stays', externalId: 'stays' });
  await world.settled();
  await forwards({ cert, vendor, report: other.report });
  const { report } = await vendor.submits(
    [
      { value: `https://${NAME}/login`, comment: `seen by ${WORD}`, externalId: `${WORD} 1` },
      {
        value: `https://www.${NAME}/`,
        category: 'MALWARE_DISTRIBUTION',
        hosting: { ...hosting, nameServers: [`ns1.${NAME}`] },
      },
      { value: 'not a value', externalId: `${WORD} 2` },
    ],
    { title: WORD, narrative: `all about ${WORD}`, externalId: `report ${WORD}`, threatActors: [WORD] },
  );
  await world.settled();
  const cases = (await cert.cases()).filter(({ resource }) => resource === NAME);
  await decides(cert, 'claimCases', cases);
  const asked = await decides(cert, 'askReporter', cases, { question: `Is it ${WORD}?` });
  expect(asked).toMatchObject({ results: [{ error: null }] });
  await world.settled();
  const question = (await vendor.events()).findLast(({ kind }) => kind === 'REPORTERS_ASKED')?.subjects[0];
  await vendor.ask(ANSWER, { input: { idempotencyKey: randomUUID(), question, answer: `${WORD} it is` } });
  await world.settled();
  await cert.confirms(cases);
  const { errors } = await cert.forwards(cases, { note: `do it for ${WORD}`, caseReference: WORD });
  expect(errors).toEqual([]);
  await world.settled();
  const item = (await deskOf(registrar)).find(({ resource }) => resource === NAME) ?? expect.fail();
  await says(registrar, 'askCoordinator', [item], { question: `who is ${WORD}?` });
  await world.settled();
  const open = (await referralsOf(cert)).filter(({ state }) => state === 'NEEDS_INFORMATION');
  await replies(cert, open, `it is ${WORD}`);
  await world.settled();
  await says(registrar, 'delegateItems', [item], { delegate: reseller.id, note: `for ${WORD}` });
  await world.settled();
  const child = await onlyItem(reseller);
  await says(reseller, 'reportAction', [child], { action: 'DOMAIN_CLIENT_HOLD', note: WORD, providerReference: WORD });
  await world.settled();
  return { cert, vendor, registrar, reseller, report, other: other.report };
}

describe('an erased report', () => {
  let story: Awaited<ReturnType<typeof toldStory>>;
  let hashes: Buffer[];
  let before: string[];
  let lengths: Map<Party, number>;
  beforeAll(async () => {
    story = await toldStory();
    const rows = await world.database.admin<{ resource: Buffer }>(
      `SELECT DISTINCT resource FROM indicator WHERE resource_value = $1`,
      [NAME],
    );
    hashes = rows.map(({ resource }) => resource);
    await waitsForOtherEyes(story.cert);
    before = await placesOf(world.database, [WORD, ...hashes]);
    lengths = new Map();
    for (const party of everybody()) lengths.set(party, (await party.events()).length);
    const entry = await entryOf(story.vendor, 'REPORT_SUBMITTED');
    const submitted = (await story.vendor.events()).findLast(({ kind }) => kind === 'REPORT_SUBMITTED');
    expect(submitted?.entryId).toBe(entry);
    expect(await erases(world.operator, entry)).toMatchObject({ errors: [] });
    await carriedOut();
  }, 60_000);
  const everybody = (): Party[] => [story.vendor, story.cert, story.registrar, story.reseller];

  test('had been in many tables', () => {
    expect(hashes).toHaveLength(1);
    expect(before).toEqual(
      expect.arrayContaining([
        ...['indicator.value', 'indicator.comment', 'indicator.hosting', 'indicator.resource', 'report.narrative'],
        ...[
          'ledger_payload.body',
          'triage_case.value',
          'triage_case.resource',
          'inbox_item.question',
          'referral.reply',
        ],
        ...[
          'question.question',
          'question.answer',
          'referred_observable.value',
          'delegated_observable.value',
          'party_fact.value',
        ],
        ...['responsibility.resource_value', 'approval.input', 'inbox_item.delegation_note', 'inbox_item.note'],
      ]),
    );
  });

  test('is in no column of any table, neither in words nor as a hash of them', async () => {
    expect(await placesOf(world.database, [WORD, ...hashes])).toEqual([]);
  });

  test('leaves what was said of others as it was', async () => {
    expect(await contentsOf(story.vendor, story.other)).toMatchObject({
      indicators: [{ value: 'https://other.example/' }],
      responsibilities: expect.arrayContaining([expect.objectContaining({ resource: 'other.example' })]),
    });
    expect(await placesOf(world.database, ['https://other.example/'])).toEqual(
      expect.arrayContaining(['indicator.value', 'ledger_payload.body', 'referred_observable.value']),
    );
  });

  test('can be read by whoever could, and says that it was erased', async () => {
    const { data } = await story.vendor.ask(
      'query ($id: ID!) { report(id: $id) { title narrative externalId indicators(first: 10) { edges { node { value } } } } }',
      { id: story.report.id },
    );
    expect(data.report).toMatchObject({ title: '[erased]', narrative: null, externalId: null });
    expect(data.report.indicators.edges).toEqual([
      { node: { value: '[erased] 0' } },
      { node: { value: '[erased] 1' } },
    ]);
    expect(await onlyItem(story.reseller)).toMatchObject({ resource: '[erased]', note: null });
  });

  test('stays in the feeds as tombstones, under its numbers, and everybody hears what was erased and why', async () => {
    for (const party of everybody()) {
      const events = await party.events();
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => String(index + 1)));
      const gone = events.filter(({ summary }) => summary === 'What this entry said was erased.');
      expect(gone.length).toBeGreaterThan(0);
      for (const { subjects, details, actor } of gone)
        expect({ subjects, details, actor }).toEqual({ subjects: [], details: [], actor: null });
      const told = events.slice(lengths.get(party)).filter(({ kind }) => kind === 'ENTRIES_ERASED');
      expect(told).toHaveLength(1);
      const [{ entries, reason } = { entries: [] as string[], reason: '' }] = told[0]?.details ?? [];
      expect(reason).toBe('Article 17');
      const ids = gone.map(({ entryId }) => Buffer.from(entryId, 'base64url').toString().replace('Entry:', ''));
      expect(ids).toEqual(entries);
    }
  });

  test('leaves every proof good: the feeds of all who had heard it verify', async () => {
    await signed(world);
    for (const { key } of everybody()) {
      const bundle = await bundleFeed(new ApiClient(world.hub.url, key), new URL(world.hub.url));
      const verdict = await verifyFeedBundle(JSON.stringify(bundle), NOTHING_KNOWN);
      expect(verdict).toMatchObject({ ok: true, fault: null });
      expect(verdict.entriesVerified).toBeGreaterThan(3);
    }
  });

  test('is done, as the operator hears, and cannot be done twice', async () => {
    const events = await world.operator.events();
    const done = events.findLast(({ kind }) => kind === 'ERASURE_DONE');
    expect(done?.details).toMatchObject([{ entries: expect.any(Number), rows: expect.any(Number) }]);
    expect(await erases(world.operator, await entryOf(story.vendor, 'REPORT_SUBMITTED'))).toMatchObject({
      errors: [{ code: 'WRONG_STATE' }],
    });
    const length = events.length;
    await carriedOut();
    expect((await world.operator.events()).length).toBe(length);
  });
});

test('an erased batch of indicators takes a case with it only where nobody else’s stands', async () => {
  const cert = await world.cert();
  const [one, two] = [await world.vendor(cert), await world.vendor(cert)];
  await one.submits(['https://shared-case.example/first', 'https://alone-case.example/']);
  const { report } = await two.submits(['https://shared-case.example/second']);
  await carriedOut();
  expect(await erases(world.operator, await entryOf(one, 'INDICATORS_ACCEPTED'))).toMatchObject({ errors: [] });
  await carriedOut();
  expect((await cert.cases()).map(({ resource }) => resource).toSorted()).toEqual(['[erased]', 'shared-case.example']);
  expect(await contentsOf(two, report)).toMatchObject({
    indicators: [{ value: 'https://shared-case.example/second' }],
  });
  expect(await placesOf(world.database, ['alone-case', 'shared-case.example/first'])).toEqual([]);
});

test('an address is erased where the database has to be able to read one', async () => {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  await vendor.submits([{ value: '203.0.113.77', type: 'IPV4', lastSeen: '2026-11-01T00:00:00Z' }]);
  await carriedOut();
  expect(await placesOf(world.database, ['203.0.113.77'])).toContain('triage_case.value');
  expect(await erases(world.operator, await entryOf(vendor, 'REPORT_SUBMITTED'))).toMatchObject({ errors: [] });
  await carriedOut();
  expect(await placesOf(world.database, ['203.0.113.77'])).toEqual([]);
});

test('words on a desk are erased without what they are about', async () => {
  const registrar = await world.provider({ REGISTRAR: ['spoken.example'] });
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits(['spoken.example']);
  await forwards({ cert, vendor, report });
  await says(registrar, 'declineItems', [await onlyItem(registrar)], {
    reason: 'NOT_OUR_CUSTOMER',
    note: 'a-persons-name',
  });
  await world.settled();
  expect(await erases(world.operator, await entryOf(registrar, 'ITEMS_ANSWERED'))).toMatchObject({ errors: [] });
  await carriedOut();
  expect(await placesOf(world.database, ['a-persons-name'])).toEqual([]);
  expect(await onlyItem(registrar)).toMatchObject({ resource: 'spoken.example', state: 'DECLINED' });
});

test('only an operator has anything erased, only what is there, and with a reason', async () => {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  await vendor.submits(['kept-words.example']);
  await world.settled();
  const entry = await entryOf(vendor, 'REPORT_SUBMITTED');
  const denied = await vendor.ask(ERASE, { input: { idempotencyKey: 'k', entry, reason: 'mine' } });
  expect(denied.errors[0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
  const nowhere = Buffer.from(`Entry:${randomUUID()}`).toString('base64url');
  for (const id of [nowhere, 'word', Buffer.from(`Report:${randomUUID()}`).toString('base64url')]) {
    expect(await erases(world.operator, id)).toMatchObject({ errors: [{ code: 'NOT_FOUND', path: ['entry'] }] });
  }
  for (const reason of ['', '  ', 'x'.repeat(2001)]) {
    expect(await erases(world.operator, entry, { reason })).toMatchObject({ errors: [{ code: 'BAD_INPUT' }] });
  }
  const key = await entryOf(world.operator, 'ERASURE_ORDERED');
  expect(await erases(world.operator, key)).toMatchObject({ errors: [{ code: 'WRONG_STATE' }] });
  expect(await placesOf(world.database, ['kept-words'])).not.toEqual([]);
});

test('what the flow has not acted on yet keeps its words until it has', async () => {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  await world.settled();
  await whileFlowWaits(world, async () => {
    await vendor.submits(['not-yet.example']);
    await numbered(world);
    expect(await erases(world.operator, await entryOf(vendor, 'REPORT_SUBMITTED'))).toMatchObject({ errors: [] });
    await numbered(world);
    await tick(world.hub.app.work, new Date());
    expect(await placesOf(world.database, ['not-yet'])).toContain('indicator.value');
  });
  await carriedOut();
  expect(await placesOf(world.database, ['not-yet'])).toEqual([]);
  expect((await cert.cases()).map(({ resource }) => resource)).toEqual(['[erased]']);
});
