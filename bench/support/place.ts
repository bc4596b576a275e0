import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import type pg from 'pg';

import type { EmbeddedPostgres } from '../../src/platform/database/embedded/launcher.ts';
import { urlOf, type DatabaseAddress } from '../../src/platform/database/logins.ts';
import { silentLog } from '../../src/platform/log.ts';
import type { Role } from '../../src/platform/viewer.ts';
import { startHub, type Hub } from '../../src/server/hub.ts';
import type { LimitOptions } from '../../src/server/limits/limits.ts';
import { proofFiles } from '../../src/server/proof-files.ts';
import { OrganisationService } from '../../src/tenancy/organisation.service.ts';
import { connectTo, makeDatabase } from './database.ts';

/** An organisation of the bench and how it asks. */
export interface Asker {
  readonly id: string;
  readonly key: string;
  ask<Data>(query: string, variables?: object): Promise<Data>;
}

/** A hub on a database of its own that syncs to disk as in production. */
export interface Place {
  readonly hub: Hub;
  /** The folder of its keys. */
  readonly data: string;
  readonly address: DatabaseAddress;
  readonly postgres: EmbeddedPostgres;
  readonly operator: Asker;
  organisation(roles: readonly Role[], coordinator?: Asker): Promise<Asker>;
  /** As the superuser, outside every policy. */
  connect(): Promise<pg.Client>;
  connectAs(login: 'tocsin_app'): Promise<pg.Client>;
  leave(): Promise<void>;
}

export async function makePlace(limits: LimitOptions = {}): Promise<Place> {
  const { folder, address, postgres, leave } = await makeDatabase();
  const data = join(folder, 'data');
  const hub = await startHub({
    ...{ database: address, documentation: true, log: silentLog, host: '127.0.0.1', port: 0, limits },
    proof: proofFiles('EMBEDDED', data),
  });
  const founded = await new OrganisationService(hub.app.work, hub.app.clock).createFirstOperator('Operator');
  const operator = asker(hub, founded.organisationId, founded.key);
  return {
    hub,
    data,
    address,
    postgres,
    operator,
    organisation: async (roles, coordinator) => {
      const input = { name: `${roles.join(' ')} ${randomUUID()}`, roles, coordinator: coordinator?.id };
      const { createOrganisation } = await operator.ask<{
        createOrganisation: { apiKey: string; organisation: { id: string } };
      }>(
        'mutation ($input: CreateOrganisationInput!) { createOrganisation(input: $input) { apiKey organisation { id } } }',
        { input },
      );
      return asker(hub, createOrganisation.organisation.id, createOrganisation.apiKey);
    },
    connect: () => connectTo(address.adminUrl),
    connectAs: (login) => connectTo(urlOf(login, address)),
    leave: async () => {
      await hub.stop();
      await leave();
    },
  };
}

function asker(hub: Hub, id: string, key: string): Asker {
  return {
    id,
    key,
    ask: async <Data>(query: string, variables: object = {}) => {
      const response = await fetch(`${hub.url}/bulk`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data?: Data; errors?: { message: string }[] };
      if (!data || errors?.length) throw new Error(errors?.[0]?.message ?? `HTTP ${response.status}`);
      return data;
    },
  };
}
