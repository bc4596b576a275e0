import { randomUUID } from 'node:crypto';

import type pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';

import { theHub } from '../../src/ledger/append.ts';
import { draft, type Fact } from '../../src/ledger/fact.ts';
import { rowIdOf } from '../../src/platform/ids.ts';
import { CasesJoined } from '../../src/triage/case.facts.ts';
import { whileFlowWaits } from '../support/rivals.ts';
import { createWorld, type Party, type World } from '../support/world.ts';
import { CommitGate } from './commit-gate.ts';
import { appendOn } from './ledger-world.ts';

let world: World;
let gate: CommitGate;
let cert: Party;
let joiner: Party;
beforeAll(async () => {
  world = await createWorld();
  gate = await CommitGate.build(world.database);
  // No feature adds readers to a case yet; this is the entry that page 9 of the design has for it.
  await world.database.admin(`INSERT INTO entry_kind VALUES ('READER_ADDED', 'triage_case', '{coordinator,reader}')`);
  cert = await world.cert();
  joiner = await world.organisation(['AUTHORITY']);
});
afterAll(async () => {
  await gate.end();
  await world[Symbol.asyncDispose]();
});

const ReaderAdded: Fact = {
  kind: 'READER_ADDED',
  subject: 'triage_case',
  row: z.object({ id: z.string() }),
  summary: () => 'A reader was added.',
};

const rowOf = (type: string, id: string): string => rowIdOf(type, id) ?? '';
const organisation = (party: Party): string => rowOf('Organisation', party.id);

/** What the joiner read of the case when it came in: everything up to this version. */
interface Joined {
  readonly version: number;
  readonly entryId: string;
}

/** Adds the joiner to the case as the design demands: under the case row's lock, and with an entry of its own. */
async function join(client: pg.Client, caseId: string): Promise<Joined> {
  await client.query('BEGIN');
  const { rows } = await client.query<{ version: number }>('SELECT version FROM triage_case WHERE id = $1 FOR UPDATE', [
    caseId,
  ]);
  await client.query(`INSERT INTO reader (organisation_id, object_id, capacity) VALUES ($1, $2, 'AUTHORITY')`, [
    organisation(joiner),
    caseId,
  ]);
  const [entryId = ''] = await appendOn(client, theHub(new Date()), [draft(ReaderAdded, [{ id: caseId }])]);
  await client.query('COMMIT');
  return { version: rows[0]?.version ?? 0, entryId };
}

/** Entries on one row in one feed, in order; `version` is what the entry says that the row became. */
async function heard(party: Party, rowId: string) {
  const rows = await world.database.admin<{ entry_id: string; kind: string; body: Buffer }>(
    `SELECT f.entry_id, f.kind, p.body FROM feed f JOIN entry_subject s USING (entry_id) JOIN ledger_payload p USING (entry_id)
      WHERE f.organisation_id = $1 AND s.subject_id = $2 ORDER BY f.seq`,
    [organisation(party), rowId],
  );
  return rows.map(({ entry_id: entryId, kind, body }) => {
    const { rows: said } = JSON.parse(body.toString()) as { rows: { id: string; version?: number }[] };
    return { entryId, kind, version: said.find(({ id }) => id === rowId)?.version ?? null };
  });
}

/**
 * What was read and what was heard make the whole: the coordinator's entries up to the joining say nothing newer than
 * the version read, and every later one was heard.
 */
async function expectComplete(caseId: string, { version, entryId }: Joined): Promise<void> {
  const all = await heard(cert, caseId);
  const joining = all.findIndex((one) => one.entryId === entryId);
  const [before, after] = [all.slice(0, joining), all.slice(joining)];
  expect(await heard(joiner, caseId)).toEqual(after);
  expect(Math.max(...before.map((one) => one.version ?? 0))).toBe(version);
}

let names = 0;
/** A case of the CERT in which one report of a vendor stands. */
async function aCase() {
  const vendor = await world.vendor(cert);
  const name = `late${(names += 1)}.example`;
  const { report } = await vendor.submits([name]);
  await world.settled();
  const found = (await cert.cases()).find(({ resource }) => resource === name);
  if (!found) throw new Error('No case.');
  return { vendor, name, report: report.id as string, found, caseId: rowOf('Case', found.id) };
}
type Scene = Awaited<ReturnType<typeof aCase>>;

const WITHDRAW = `mutation ($input: WithdrawIndicatorsInput!) { withdrawIndicators(input: $input) { errors { code } } }`;
const withdraws = (vendor: Party, report: string) =>
  vendor.ask(WITHDRAW, { input: { idempotencyKey: randomUUID(), report } });

/** Everything that appends to a case row. */
const RIVALS: readonly [string, string, (scene: Scene) => Promise<unknown>][] = [
  ['a decision of its coordinator', 'CASES_CONFIRMED', ({ found }) => cert.confirms([found])],
  ['an indicator that joins it', 'CASES_JOINED', async ({ name }) => (await world.vendor(cert)).submits([name])],
  ['a withdrawal that ends it', 'CASES_ENDED', ({ vendor, report }) => withdraws(vendor, report)],
  [
    'its forwarding',
    'CASES_FORWARDED',
    async ({ found }) => {
      await cert.confirms([found]);
      await cert.forwards([found], { confirmNoParty: true });
    },
  ],
  [
    'its end for want of a party',
    'CASES_ENDED',
    async ({ found }) => {
      await cert.confirms([found]);
      await cert.forwards([found], { confirmNoParty: true });
    },
  ],
];

test.each(RIVALS)('who joins a case during %s reads it or hears it', async (_title, kind, act) => {
  const scene = await aCase();
  const [client, impatient] = [await flowClient(), await flowClient()];
  await gate.holds(kind);
  const rival = act(scene);
  await gate.reached();
  const lock = 'SELECT FROM triage_case WHERE id = $1 FOR UPDATE NOWAIT';
  await expect(impatient.query(lock, [scene.caseId])).rejects.toMatchObject({ code: '55P03' });
  const joining = join(client, scene.caseId);
  await gate.opens();
  const [joined] = await Promise.all([joining, rival]);
  await world.settled();
  await cert.confirms([scene.found]);
  await world.settled();
  await expectComplete(scene.caseId, joined);
  await Promise.all([client.end(), impatient.end()]);
});

const flowClient = (): Promise<pg.Client> => world.database.connect('tocsin_system');

test('who appends to a case without its lock would be lost to a reader who joins meanwhile', async () => {
  const { caseId, name } = await aCase();
  const [client, careless] = [await flowClient(), await flowClient()];
  await careless.query('BEGIN');
  const row = { id: caseId, kind: 'NAME', resource: name, version: 2 };
  const [lost = ''] = await appendOn(careless, theHub(new Date()), [draft(CasesJoined, [row])]);
  const joined = await join(client, caseId);
  await careless.query('COMMIT');
  await world.settled();
  expect((await heard(cert, caseId)).map(({ entryId }) => entryId)).toContain(lost);
  expect((await heard(joiner, caseId)).map(({ entryId }) => entryId)).not.toContain(lost);
  expect(joined.version).toBe(1);
  await Promise.all([client.end(), careless.end()]);
});

const ALLOW = `mutation ($input: AllowTellingInput!) { allowTelling(input: $input) { errors { code } } }`;
const TELL = 'query ($id: ID!) { report(id: $id) { tell state } }';

async function expectWaiting(login: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const found = await world.database.admin(
        `SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE usename = $1 AND NOT granted
            AND datname = current_database() AND locktype IN ('transactionid', 'tuple')`,
        [login],
      );
      expect(found).not.toEqual([]);
    },
    { timeout: 10_000, interval: 10 },
  );
}

test('a report is shared with its coordinator after what its owner is just writing of it', async () => {
  const vendor = await world.vendor(cert);
  let allowing: Promise<unknown> = Promise.resolve();
  let report = '';
  await gate.holds('TELLING_ALLOWED');
  await whileFlowWaits(world, async () => {
    ({
      report: { id: report },
    } = await vendor.submits(['shared1.example'], { tell: 'ASK_ME' }));
    allowing = vendor.ask(ALLOW, { input: { idempotencyKey: randomUUID(), report } });
    await gate.reached();
  });
  await expectWaiting('tocsin_system');
  await gate.opens();
  await allowing;
  await world.settled();
  const kinds = (await heard(cert, rowOf('Report', report))).map(({ kind }) => kind);
  expect(kinds).toEqual(['REPORT_SHARED']);
  const { data } = await cert.ask(TELL, { id: report });
  expect(data.report).toEqual({ tell: 'RESPONSIBLE_PARTIES', state: 'SEALED' });
});

test('what an owner writes of a report while it is being shared is heard by the coordinator', async () => {
  const vendor = await world.vendor(cert);
  await gate.holds('REPORT_SHARED');
  const { report } = await vendor.submits(['shared2.example']);
  await gate.reached();
  const withdrawing = withdraws(vendor, report.id);
  await expectWaiting('tocsin_app');
  await gate.opens();
  await withdrawing;
  await world.settled();
  const kinds = (await heard(cert, rowOf('Report', report.id))).map(({ kind }) => kind);
  expect(kinds).toEqual(['REPORT_SHARED', 'REPORT_WITHDRAWN']);
});
