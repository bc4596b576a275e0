import path from 'node:path';

import type pg from 'pg';

import { entities } from '../../src/app/entities.ts';
import { openLog } from '../../src/ledger/open-log.service.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { connectAs, dataSourceFor } from '../../src/platform/database/data-source.ts';
import type { DatabaseAddress } from '../../src/platform/database/logins.ts';
import { Work } from '../../src/platform/database/work.ts';
import { permissionsOf, type Viewer } from '../../src/platform/viewer.ts';
import { proofFiles } from '../../src/server/proof-files.ts';
import { OrganisationService } from '../../src/tenancy/organisation.service.ts';
import { connectTo, makeDatabase } from '../support/database.ts';

/** A database with a log, and what works on it; nothing numbers it until somebody does. */
export interface LedgerPlace {
  readonly folder: string;
  readonly address: DatabaseAddress;
  readonly work: Work;
  readonly viewers: readonly Viewer[];
  readonly admin: pg.Client;
  leave(): Promise<void>;
}

const POOL = 10;

/** The unit of work of a node. */
export async function openWork(address: DatabaseAddress) {
  const app = await connectAs('tocsin_app', dataSourceFor('tocsin_app', address, entities, POOL));
  const system = await connectAs('tocsin_system', dataSourceFor('tocsin_system', address, entities, POOL));
  return { work: new Work(app, system), end: () => Promise.all([app.destroy(), system.destroy()]) };
}

export const proofIn = (folder: string) => proofFiles('EMBEDDED', path.join(folder, 'data'));

export async function makeLedgerPlace(organisations: number): Promise<LedgerPlace> {
  const { folder, address, leave } = await makeDatabase();
  const { work, end } = await openWork(address);
  await openLog(work, systemClock, proofIn(folder).vault, { origin: null, signsLog: true });
  const admin = await connectTo(address.adminUrl);
  return {
    ...{ folder, address, work, admin, viewers: await found(work, organisations) },
    leave: async () => {
      await end();
      await admin.end();
      await leave();
    },
  };
}

async function found(work: Work, organisations: number): Promise<Viewer[]> {
  const service = new OrganisationService(work, systemClock);
  const { organisationId } = await service.createFirstOperator('Operator');
  const operator = viewerOf(organisationId, 'OPERATOR');
  const viewers: Viewer[] = [];
  for (let n = 0; n < organisations; n += 1) {
    const made = await service.create(operator, { name: `Provider ${n}`, roles: ['PROVIDER'] });
    viewers.push(viewerOf(made.organisationId, 'PROVIDER'));
  }
  return viewers;
}

function viewerOf(organisationId: string, role: 'OPERATOR' | 'PROVIDER'): Viewer {
  const permissions = new Set(permissionsOf([role]));
  const who = { organisationId, organisationName: role, clientId: organisationId, memberId: null };
  return { ...who, roles: new Set([role]), permissions };
}
