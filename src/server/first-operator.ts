import pg from 'pg';

import { entities } from '../app/entities.ts';
import { systemClock } from '../platform/clock.ts';
import { connectAs, dataSourceFor } from '../platform/database/data-source.ts';
import type { DatabaseAddress } from '../platform/database/logins.ts';
import { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { toGlobalId } from '../platform/ids.ts';
import { OrganisationService } from '../tenancy/organisation.service.ts';
import { requireMigrated } from './schema-version.ts';

export interface FirstOperator {
  /** Global id. */
  readonly id: string;
  readonly name: string;
  readonly apiKey: string;
}

/**
 * Makes the operator from whom everybody else's credentials come. On the database itself, since nobody can be asked
 * yet; refused (WRONG_STATE) once a hub has one.
 */
export async function createFirstOperator(address: DatabaseAddress, name: string): Promise<FirstOperator> {
  await requireMigrated(address);
  // Of two at once the second waits here, and then finds the first one's.
  const gate = new pg.Client({ connectionString: address.adminUrl });
  await gate.connect();
  try {
    await gate.query("SELECT pg_advisory_lock(hashtext('tocsin first operator'))");
    return await foundOperator(address, name);
  } finally {
    await gate.end();
  }
}

async function foundOperator(address: DatabaseAddress, name: string): Promise<FirstOperator> {
  const app = await connectAs('tocsin_app', dataSourceFor('tocsin_app', address, entities, 1));
  const system = await connectAs('tocsin_system', dataSourceFor('tocsin_system', address, entities, 1));
  try {
    const work = new Work(app, system);
    if (await hasOperator(work)) {
      throw new Refusal('WRONG_STATE', 'This hub has an operator already: it registers everybody else ("org create").');
    }
    const { organisationId, key } = await new OrganisationService(work, systemClock).createFirstOperator(name);
    return { id: toGlobalId('Organisation', organisationId), name: name.trim(), apiKey: key };
  } finally {
    await Promise.all([app.destroy(), system.destroy()]);
  }
}

/** Whether anybody can register organisations yet. */
export async function hasOperator(work: Work): Promise<boolean> {
  const operators = await work.asSystem((tx) =>
    tx.query<{ id: string }>("SELECT id FROM organisation WHERE 'OPERATOR' = ANY (roles) LIMIT 1"),
  );
  return operators.length > 0;
}
