import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { silentLog } from '../../src/platform/log.ts';
import { startHub } from '../../src/server/hub.ts';
import { openCheckpoint } from '../../src/verifier/checkpoint.ts';
import { leafData } from '../../src/verifier/leaf.ts';
import { verifyInclusion } from '../../src/verifier/proof.ts';
import { openReceipt } from '../../src/verifier/receipt.ts';
import { leafHash } from '../../src/verifier/tree.ts';
import { ask, SUBMIT } from '../support/api.ts';
import { testProof } from '../support/proof.ts';
import { keysOf, signed } from '../support/proven.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { whileUnnumbered } from '../support/rivals.ts';
import { happens } from './padding.ts';

let world: World;
let vendor: Party;
let cert: Party;
beforeAll(async () => {
  world = await createWorld();
  cert = await world.cert();
  vendor = await world.vendor(cert);
});
afterAll(() => world[Symbol.asyncDispose]());

const FIELDS = `entryId token kind at leafHash salt body sequence position
  inclusion { position treeSize proof checkpoint { origin size root note } }`;
const RECEIPT = `query ($id: ID!) { receipt(entryId: $id) { ${FIELDS} } }`;
const PAGE = `query ($after: String, $first: Int!) { receipts(after: $after, first: $first) { cursor head receipts { ${FIELDS} } } }`;

const submission = () => ({
  input: {
    idempotencyKey: randomUUID(),
    title: 'a report',
    tlp: 'AMBER',
    indicators: [{ value: `${randomUUID()}.example`, category: 'PHISHING' }],
  },
});
const SUBMIT_FOR_RECEIPT = `mutation ($input: SubmitReportInput!) { submitReport(input: $input) { receipt { ${FIELDS} } errors { code } } }`;

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const receiptOf = async (party: Party, id: string) => (await party.ask(RECEIPT, { id })).data.receipt;

test('the answer of a mutation carries a token before the entry is numbered, and later ones the proof', async () => {
  const { receipt } = await whileUnnumbered(world, async () => {
    const { data } = await vendor.ask(SUBMIT_FOR_RECEIPT, submission());
    return data.submitReport;
  });
  expect(receipt).toMatchObject({ kind: 'REPORT_SUBMITTED', sequence: null, position: null, inclusion: null });
  const leaf = leafHash(leafData(bytes(receipt.salt), bytes(receipt.body)));
  expect(Buffer.from(leaf).toString('base64')).toBe(receipt.leafHash);
  await signed(world);
  const keys = await keysOf(world);
  const told = await openReceipt(receipt.token, keys, {});
  expect(told).toMatchObject({ kind: 'REPORT_SUBMITTED', within: 60, iat: Math.floor(Date.parse(receipt.at) / 1000) });
  expect(Buffer.from(told.leaf).toString('base64')).toBe(receipt.leafHash);
  expect(receipt.entryId).toBe(Buffer.from(`Entry:${told.entry}`).toString('base64url'));

  const later = await receiptOf(vendor, receipt.entryId);
  expect(later).toMatchObject({ token: receipt.token, leafHash: receipt.leafHash });
  const { position, treeSize, proof, checkpoint } = later.inclusion;
  const { size, root } = await openCheckpoint(checkpoint.note, keys, 'checkpoint');
  expect([String(size), Buffer.from(root).toString('base64')]).toEqual([treeSize, checkpoint.root]);
  expect(verifyInclusion(leaf, Number(position), { size, root }, proof.map(bytes))).toBe(true);
});

test('a repeated request is answered with the identical token, by every node', async () => {
  const variables = submission();
  const other = await startHub({
    ...{ database: world.database.address, documentation: true, log: silentLog, host: '127.0.0.1', port: 0 },
    proof: testProof(),
  });
  const tokenOf = async (url: string) =>
    (await ask(url, vendor.key, SUBMIT_FOR_RECEIPT, variables)).data.submitReport.receipt.token;
  const tokens = [await tokenOf(world.hub.url), await tokenOf(other.url)];
  await signed(world);
  tokens.push(await tokenOf(world.hub.url), await tokenOf(other.url));
  await other.stop();
  expect(tokens[0]).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(new Set(tokens).size).toBe(1);
});

test('whoever hears an entry gets the same receipt of it, with a number of its own; nobody else gets any', async () => {
  const { data } = await vendor.ask(SUBMIT_FOR_RECEIPT, submission());
  const id = data.submitReport.receipt.entryId;
  await signed(world);
  const heard = await cert.events();
  const newest = (kind: string) => heard.findLast((event) => event.kind === kind)?.entryId ?? '';
  const [theirs, ours] = [
    await receiptOf(cert, newest('INDICATORS_CHANGED')),
    await receiptOf(vendor, newest('INDICATORS_CHANGED')),
  ];
  expect({ ...theirs, sequence: ours.sequence }).toEqual(ours);
  expect(theirs.sequence).not.toBe(ours.sequence);
  expect(await receiptOf(vendor, newest('CASES_OPENED'))).toBe(null);
  expect(await receiptOf(cert, newest('CASES_OPENED'))).not.toBe(null);
  expect(await receiptOf(cert, id)).toBe(null);
  expect(await receiptOf(vendor, Buffer.from(`Entry:${randomUUID()}`).toString('base64url'))).toBe(null);
  expect(await receiptOf(vendor, vendor.id)).toBe(null);
  const stranger = await world.organisation(['AUTHORITY']);
  expect(await receiptOf(stranger, id)).toBe(null);
});

test('nobody gets a receipt of an entry that is not numbered yet and not its own', async () => {
  const { receipt } = await whileUnnumbered(world, async () => {
    const { data } = await vendor.ask(SUBMIT, submission());
    const { entryId } = data.submitReport.receipt;
    expect(await receiptOf(cert, entryId)).toBe(null);
    expect((await receiptOf(vendor, entryId)).sequence).toBe(null);
    return data.submitReport;
  });
  expect(receipt.entryId).toBeDefined();
});

test('a feed is read whole in pages, each entry with a proof, and what was erased keeps its leaf', async () => {
  const party = await world.organisation(['PROVIDER']);
  await happens(party, 25);
  const erased = (await party.events()).at(-3)?.entryId ?? '';
  const before = await receiptOf(party, erased);
  await world.database.admin('UPDATE ledger_payload SET salt = NULL, body = NULL WHERE entry_id = $1', [
    Buffer.from(erased, 'base64url').toString().slice('Entry:'.length),
  ]);
  await signed(world);
  const keys = await keysOf(world);
  const receipts = [];
  for (let after: string | null = null, head = ''; after !== head;) {
    const { data } = await party.ask(PAGE, { after, first: 10 });
    expect(data.receipts.receipts.length).toBeLessThanOrEqual(10);
    receipts.push(...data.receipts.receipts);
    ({ cursor: after, head } = data.receipts);
  }
  expect(receipts.map(({ sequence }) => Number(sequence))).toEqual(receipts.map((_, index) => index + 1));
  for (const { leafHash: leaf, inclusion } of receipts) {
    const tree = await openCheckpoint(inclusion.checkpoint.note, keys, 'checkpoint');
    expect(verifyInclusion(bytes(leaf), Number(inclusion.position), tree, inclusion.proof.map(bytes))).toBe(true);
  }
  expect(receipts.filter(({ token }) => token === null)).toMatchObject([
    { entryId: erased, at: null, salt: null, body: null, leafHash: before.leafHash },
  ]);
});

test('a page of large entries ends early, and nothing is left out', async () => {
  const party = await world.organisation(['PROVIDER']);
  await happens(party, 12, 200_000);
  const { data } = await party.ask('{ receipts(first: 1000) { cursor head receipts { sequence } } }');
  expect(data.receipts.receipts.length).toBeLessThan(12);
  const { data: rest } = await party.ask(
    'query ($after: String) { receipts(after: $after, first: 1000) { receipts { sequence } } }',
    {
      after: data.receipts.cursor,
    },
  );
  expect(Number(rest.receipts.receipts[0].sequence)).toBe(data.receipts.receipts.length + 1);
});

test.each(['7.3', '1.999999'])('receipts from outside the feed (%s) are refused', async (after) => {
  const { errors } = await vendor.ask(PAGE, { after, first: 10 });
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }]);
});

test('everybody is shown the same checkpoint', async () => {
  await signed(world);
  const CHECKPOINT = '{ checkpoint { size root note } }';
  const answers = await Promise.all([vendor.ask(CHECKPOINT), cert.ask(CHECKPOINT)]);
  expect(answers[0]?.data.checkpoint.note).toContain(`\n${answers[0]?.data.checkpoint.size}\n`);
  expect(answers[0]?.data).toEqual(answers[1]?.data);
});
