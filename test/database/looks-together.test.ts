import 'reflect-metadata';

import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { entities } from '../../src/app/entities.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { connectAs, dataSourceFor } from '../../src/platform/database/data-source.ts';
import type { Tx } from '../../src/platform/database/tx.ts';
import { Work } from '../../src/platform/database/work.ts';
import { Client } from '../../src/tenancy/client.entity.ts';
import { OrganisationService } from '../../src/tenancy/organisation.service.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { tap } from '../support/wire.ts';
import { viewerOf } from './statements.ts';

const MANY = 12;

let database: TestDatabase;
let app: DataSource;
let system: DataSource;
let work: Work;
let tenants: string[];

beforeAll(async () => {
  database = await createDatabase();
  app = await connectAs('tocsin_app', dataSourceFor('tocsin_app', database.address, entities, 1));
  system = await connectAs('tocsin_system', dataSourceFor('tocsin_system', database.address, entities, 1));
  work = new Work(app, system);
  const service = new OrganisationService(work, systemClock);
  tenants = [];
  for (let n = 0; n < MANY; n += 1) tenants.push((await service.createFirstOperator(`Operator ${n}`)).organisationId);
});
afterAll(async () => {
  await Promise.all([app.destroy(), system.destroy()]);
  await database.drop();
});

const owners = async (tx: Tx): Promise<string[]> => {
  const rows = await tx.query<{ organisation_id: string }>('SELECT organisation_id FROM client');
  return rows.map(({ organisation_id }) => organisation_id);
};

test('looks of one moment are each in their own tenant’s name, be it on one connection', async () => {
  const seen = await Promise.all(tenants.map((id) => work.readAtOnce(viewerOf(id), owners)));
  expect(seen).toEqual(tenants.map((id) => [id]));
  const listed = await Promise.all(tenants.map((id) => work.readAtOnce(viewerOf(id), (tx) => tx.list(Client, ''))));
  expect(listed.map((rows) => rows.map(({ organisationId }) => organisationId))).toEqual(tenants.map((id) => [id]));
});

test('one that fails takes none of the others with it, and leaves the connection as it was', async () => {
  const looks = tenants.map((id, n) =>
    work.readAtOnce(viewerOf(id), (tx) => (n % 3 === 1 ? tx.query<never>('SELECT 1 / 0') : owners(tx))),
  );
  for (const [n, look] of looks.entries())
    if (n % 3 === 1) await expect(look).rejects.toThrow('division by zero');
    else expect(await look).toEqual([tenants[n]]);
  expect(await app.query("SELECT current_setting('tocsin.org', true) AS me")).toEqual([{ me: '' }]);
});

test('what a look would say after it has waited is not said', async () => {
  const [mine, others] = tenants.map(viewerOf);
  if (!mine || !others) throw new Error('There are tenants.');
  const late = work.readAtOnce(mine, async (tx) => {
    await owners(tx);
    return owners(tx);
  });
  const [failed, fine] = await Promise.allSettled([late, work.readAtOnce(others, owners)]);
  expect(failed).toMatchObject({ status: 'rejected', reason: { message: /The transaction has ended/ } });
  expect(fine).toMatchObject({ status: 'fulfilled', value: [others.organisationId] });
});

test('nothing can be written in one', async () => {
  const [me] = tenants.map(viewerOf);
  if (!me) throw new Error('There are tenants.');
  const write = work.readAtOnce(me, (tx) => tx.query<never>("UPDATE member SET name = 'another'"));
  await expect(write).rejects.toThrow('read-only transaction');
});

test('together they are one turn a connection, and four connections at most', async () => {
  const wire = await tap(database.address);
  const tapped = await connectAs('tocsin_app', dataSourceFor('tocsin_app', wire.address, entities, MANY));
  const reader = new Work(tapped, system);
  const all = () => Promise.all(tenants.map((id) => reader.readAtOnce(viewerOf(id), owners)));
  await all();
  wire.turns = 0;
  await all();
  expect(wire.turns).toBeLessThanOrEqual(4);
  await tapped.destroy();
  await wire.close();
});

test('a connection that breaks fails those that were on it, and the next are on another', async () => {
  const breaking = (tx: Tx) => tx.query<never>('SELECT pg_terminate_backend(pg_backend_pid())');
  const looks = tenants.map((id, n) => work.readAtOnce(viewerOf(id), n === 0 ? breaking : owners));
  const [broken] = await Promise.allSettled(looks);
  expect(broken?.status).toBe('rejected');
  expect(await Promise.all(tenants.map((id) => work.readAtOnce(viewerOf(id), owners)))).toEqual(
    tenants.map((id) => [id]),
  );
});

test('without a database they all fail', async () => {
  const gone = await connectAs('tocsin_app', dataSourceFor('tocsin_app', database.address, entities, 2));
  const reader = new Work(gone, system);
  await gone.destroy();
  const looks = await Promise.allSettled(tenants.map((id) => reader.readAtOnce(viewerOf(id), owners)));
  expect(new Set(looks.map(({ status }) => status))).toEqual(new Set(['rejected']));
});
