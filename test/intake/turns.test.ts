import 'reflect-metadata';

import { randomUUID } from 'node:crypto';

import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { entities } from '../../src/app/entities.ts';
import { ReportService } from '../../src/intake/report.service.ts';
import { rowIdOf } from '../../src/platform/ids.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { connectAs, dataSourceFor } from '../../src/platform/database/data-source.ts';
import { Work } from '../../src/platform/database/work.ts';
import { PERMISSIONS, type Viewer } from '../../src/platform/viewer.ts';
import { tap, type Wire } from '../support/wire.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
let vendor: Party;
let wire: Wire;
let tapped: DataSource;
let reports: ReportService;
let viewer: Viewer;
beforeAll(async () => {
  world = await createWorld();
  vendor = await world.vendor(await world.cert());
  wire = await tap(world.database.address);
  tapped = await connectAs('tocsin_app', dataSourceFor('tocsin_app', wire.address, entities, 1));
  reports = new ReportService(new Work(tapped, tapped), systemClock, { documentation: true });
  const organisationId = rowIdOf('Organisation', vendor.id) ?? '';
  viewer = {
    ...{ organisationId, organisationName: vendor.name, roles: new Set(['VENDOR']), clientId: organisationId },
    ...{ memberId: null, permissions: new Set(PERMISSIONS) },
  };
});
afterAll(async () => {
  await tapped.destroy();
  await wire.close();
  await world[Symbol.asyncDispose]();
});

const inputOf = (values: readonly string[], more: object = {}) => ({
  ...{ idempotencyKey: randomUUID(), title: 'a report', tlp: 'AMBER' as const, seal: true, attribution: false },
  ...{ threatActors: [], targets: [], ...more },
  indicators: values.map((value) => ({ value, category: 'PHISHING' as const })),
});

/** How often the database is waited for. */
async function turnsOf(act: () => Promise<unknown>): Promise<number> {
  wire.turns = 0;
  await act();
  return wire.turns;
}

test('a submission waits for the database twice, of one indicator as of a hundred: for what is known, and for COMMIT', async () => {
  await reports.submit(viewer, inputOf(['first.example']));
  expect(await turnsOf(() => reports.submit(viewer, inputOf(['second.example'])))).toBe(2);
  const many = Array.from({ length: 100 }, (_, n) => `many-${n}.example`);
  expect(await turnsOf(() => reports.submit(viewer, inputOf(many)))).toBe(2);
});

test('a name of an indicator, or of the report, is looked up in a turn of its own', async () => {
  const named = {
    ...inputOf([]),
    indicators: [{ value: 'named.example', category: 'PHISHING' as const, externalId: 'n' }],
  };
  expect(await turnsOf(() => reports.submit(viewer, named))).toBe(3);
  expect(await turnsOf(() => reports.submit(viewer, inputOf(['x.example'], { externalId: 'r' })))).toBe(3);
});

test('the answer given at once is the one that the rows give later', async () => {
  const input = inputOf(['one.example', 'not a name', 'one.example', 'two.example']);
  const first = await reports.submit(viewer, input);
  expect(first.answers.map(({ kind }) => kind)).toEqual(['ACCEPTED', 'REFUSED', 'JOINED', 'ACCEPTED']);
  expect(await reports.submit(viewer, input)).toEqual(first);
});
