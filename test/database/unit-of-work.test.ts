import 'reflect-metadata';

import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { entities } from '../../src/app/entities.ts';
import { appendOne, authorOf } from '../../src/ledger/append.ts';
import { draft } from '../../src/ledger/fact.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { connectAs, dataSourceFor } from '../../src/platform/database/data-source.ts';
import { Transaction } from '../../src/platform/database/transaction.ts';
import type { Tx } from '../../src/platform/database/tx.ts';
import { Work } from '../../src/platform/database/work.ts';
import { newId } from '../../src/platform/ids.ts';
import type { Viewer } from '../../src/platform/viewer.ts';
import { MemberInvited } from '../../src/tenancy/organisation.facts.ts';
import { Member } from '../../src/tenancy/member.entity.ts';
import { OrganisationService } from '../../src/tenancy/organisation.service.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { tap } from '../support/wire.ts';

let database: TestDatabase;
let app: DataSource;
let system: DataSource;
let work: Work;
let one: Viewer;
let other: Viewer;

const viewer = (organisationId: string): Viewer => ({
  organisationId,
  organisationName: 'Tenant',
  roles: new Set(['OPERATOR']),
  clientId: organisationId,
  memberId: null,
  permissions: new Set(['organisation:manage']),
});

beforeAll(async () => {
  database = await createDatabase();
  // One connection each: whatever a unit leaves behind, the next one meets.
  app = await connectAs('tocsin_app', dataSourceFor('tocsin_app', database.address, entities, 1));
  system = await connectAs('tocsin_system', dataSourceFor('tocsin_system', database.address, entities, 1));
  work = new Work(app, system);
  const service = new OrganisationService(work, systemClock);
  one = viewer((await service.createFirstOperator('One')).organisationId);
  other = viewer((await service.createFirstOperator('Other')).organisationId);
});
afterAll(async () => {
  await Promise.all([app.destroy(), system.destroy()]);
  await database.drop();
});

const ME = `SELECT current_setting('tocsin.org', true) AS me, pg_backend_pid() AS pid`;
const me = async (tx: Tx) => (await tx.query<{ me: string; pid: number }>(ME))[0];

async function invite(tx: Tx, who: Viewer, email: string): Promise<string> {
  const id = newId();
  const { organisationId } = who;
  await tx.query('INSERT INTO member (id, organisation_id, name, email) VALUES ($1, $2, $3, $4)', [
    id,
    organisationId,
    'A member',
    email,
  ]);
  await appendOne(tx, authorOf(who, new Date()), draft(MemberInvited, [{ id: organisationId, memberId: id }]));
  return id;
}

const members = () => database.admin<{ email: string }>('SELECT email FROM member ORDER BY email');

test('a unit’s opening and its first statement travel together', async () => {
  const wire = await tap(database.address);
  const tapped = await connectAs('tocsin_app', dataSourceFor('tocsin_app', wire.address, entities, 1));
  const reader = new Work(tapped, system);
  // The first unit of a connection makes it; what is counted is what each later one costs.
  await reader.read(one, me);
  wire.turns = 0;
  expect(await reader.read(one, me)).toMatchObject({ me: one.organisationId });
  expect(wire.turns).toBe(2);
  await tapped.destroy();
  await wire.close();
});

test('a statement that failed and that nobody awaited lets nothing be saved', async () => {
  const saving = work.as(one, async (tx) => {
    await invite(tx, one, 'lost@tenant.example');
    tx.query('SELECT 1 / 0').catch(() => undefined);
  });
  await expect(saving).rejects.toThrow('nothing was saved');
  expect(await members()).toEqual([]);
  expect(await work.read(one, me)).toMatchObject({ me: one.organisationId });
});

test('a statement that is only sent lets nothing be saved when it fails, and its unit says with what', async () => {
  const division = (after: (tx: Tx) => Promise<unknown>) =>
    work.as(one, async (tx) => {
      await invite(tx, one, 'sent@tenant.example');
      tx.send('SELECT 1 / 0');
      await after(tx);
    });
  await expect(division(() => Promise.resolve())).rejects.toThrow('division by zero');
  await expect(division((tx) => tx.query('SELECT 1'))).rejects.toThrow('division by zero');
  const sentTwice = division((tx) => Promise.resolve(tx.send('SELECT')));
  await expect(sentTwice).rejects.toThrow('division by zero');
  expect(await members()).toEqual([]);
  expect(await work.read(one, me)).toMatchObject({ me: one.organisationId });
});

test('what a unit throws undoes it, and is what its caller hears', async () => {
  const undone = work.as(one, async (tx) => {
    await invite(tx, one, 'undone@tenant.example');
    throw new RangeError('no');
  });
  await expect(undone).rejects.toThrow(RangeError);
  expect(await members()).toEqual([]);
});

test('no tenant is left on the connection by a unit that was saved, undone or only read', async () => {
  await work.as(one, me);
  await work.as(one, () => Promise.reject(new Error('no'))).catch(() => undefined);
  await work.read(one, me);
  const [left] = await app.query<{ me: string | null }[]>(ME);
  expect(left?.me ?? '').toBe('');
  expect((await work.read(other, me))?.me).toBe(other.organisationId);
});

test('a connection given back inside a transaction is destroyed, and its tenant with it', async () => {
  const before = await work.read(other, me);
  const tx = await Transaction.open(app, { begin: 'BEGIN', organisationId: one.organisationId });
  expect(await me(tx)).toEqual({ me: one.organisationId, pid: before?.pid });
  await tx.release();
  const [next] = await app.query<{ me: string | null; pid: number }[]>(ME);
  expect(next?.me ?? '').toBe('');
  expect(next?.pid).not.toBe(before?.pid);
});

test('who still asks after the end of its unit is refused, and never answered in another’s name', async () => {
  let kept: Tx | null = null;
  await work.read(one, async (tx) => void (kept = tx));
  const late = (): Promise<unknown> => kept?.query(ME) ?? Promise.reject(new Error('none'));
  await work.read(other, async (tx) => {
    await expect(late()).rejects.toThrow('has ended');
    expect(() => kept?.manager).toThrow('has ended');
    expect((await me(tx))?.me).toBe(other.organisationId);
  });
});

test('a connection that breaks within a unit fails that unit alone, with the reason', async () => {
  const kill = 'SELECT pg_terminate_backend(pg_backend_pid())';
  await expect(work.as(one, (tx) => tx.query(kill))).rejects.toMatchObject({ code: '57P01' });
  await expect(work.read(one, (tx) => tx.query(kill))).rejects.toMatchObject({ code: '57P01' });
  expect((await work.read(one, me))?.me).toBe(one.organisationId);
});

test('a connection that broke while nobody used it is replaced', async () => {
  const before = await work.read(one, me);
  await database.admin('SELECT pg_terminate_backend($1)', [before?.pid]);
  await vi.waitFor(async () => expect((await work.read(one, me))?.pid).not.toBe(before?.pid));
});

test('a look changes nothing, and sees one moment', async () => {
  await work.read(one, async (tx) => {
    const count = () => tx.query('SELECT id FROM member');
    expect(await count()).toEqual([]);
    await database.admin('SET session_replication_role = replica');
    await database.admin(
      `INSERT INTO member (id, organisation_id, name, email) VALUES ($1, $2, 'Rival', 'rival@tenant.example')`,
      [newId(), one.organisationId],
    );
    await database.admin('SET session_replication_role = origin');
    expect(await count()).toEqual([]);
  });
  await expect(work.read(one, (tx) => invite(tx, one, 'look@tenant.example'))).rejects.toMatchObject({ code: '25006' });
  expect(await members()).toEqual([{ email: 'rival@tenant.example' }]);
});

test('one prepared plan, run by two tenants in turn on one connection, answers each with its own', async () => {
  const own = await work.as(other, (tx) => invite(tx, other, 'other@tenant.example'));
  await work.read(one, (tx) => tx.query('PREPARE everybody AS SELECT id, organisation_id FROM member'));
  // More than five times: from then on PostgreSQL keeps one plan for all.
  for (let turn = 0; turn < 8; turn += 1) {
    for (const tenant of [one, other]) {
      const rows = await work.read(tenant, (tx) => tx.query<{ organisation_id: string }>('EXECUTE everybody'));
      expect(rows.map(({ organisation_id }) => organisation_id)).toEqual([tenant.organisationId]);
    }
  }
  expect((await work.read(other, (tx) => tx.query<{ id: string }>('EXECUTE everybody')))[0]?.id).toBe(own);
});

test('what TypeORM saves within a unit is committed by the unit alone', async () => {
  const member = { name: 'Saved', email: 'saved@tenant.example', state: 'ACTIVE', organisationId: one.organisationId };
  const saved = async (tx: Tx) => {
    await tx.manager.save(Member, { ...member, id: newId() });
    expect(await members()).not.toContainEqual({ email: member.email });
  };
  await expect(work.asSystem(async (tx) => (await saved(tx), Promise.reject(new Error('no'))))).rejects.toThrow('no');
  // Without an entry of the ledger the commit itself refuses.
  await expect(work.asSystem(saved)).rejects.toMatchObject({ code: 'HB001' });
  expect(await members()).not.toContainEqual({ email: member.email });
});

test('what is rehearsed gives its answer, and leaves no row, no entry and no tenant behind', async () => {
  const count = () => database.admin('SELECT count(*) FROM ledger_payload');
  const before = await count();
  const found = await work.rehearse(one, async (tx) => {
    const id = await invite(tx, one, 'rehearsed@one.example');
    return tx.list(Member, 'WHERE t.id = $1', [id]);
  });
  expect(found).toMatchObject([{ email: 'rehearsed@one.example' }]);
  expect((await members()).map(({ email }) => email)).not.toContain('rehearsed@one.example');
  expect(await count()).toEqual(before);
  expect(await work.read(other, me)).toMatchObject({ me: other.organisationId });
});

test('a rehearsal fails where COMMIT would: a change that no entry lists', async () => {
  const insert = "INSERT INTO member (id, organisation_id, name, email) VALUES ($1, $2, 'x', 'x@one.example')";
  await expect(work.rehearse(one, (tx) => tx.query(insert, [newId(), one.organisationId]))).rejects.toMatchObject({
    code: 'HB001',
  });
});
