import type pg from 'pg';

import type { DatabaseAddress } from '../../src/platform/database/logins.ts';
import { CLAIM, DECIDE } from '../support/api.ts';
import { Client } from './client.ts';

/** A hub that an experiment can look into. */
export interface Place {
  readonly address: DatabaseAddress;
  /** Of the nodes that serve now. */
  readonly urls: readonly string[];
  /** The file of its anchor. */
  readonly anchor: string;
  /** Rows of one statement as the superuser, which knows better than any client. */
  rows<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** Who takes part: what the vendor reports is forwarded by the CERT to the host of everything. */
export interface Cast {
  readonly operator: Client;
  readonly cert: Client;
  readonly vendor: Client;
  readonly host: Client;
}

const CREATE = `mutation ($input: CreateOrganisationInput!) { createOrganisation(input: $input) {
  apiKey organisation { id } errors { code message } } }`;

/** Registers one. */
export async function register(operator: Client, name: string, input: object): Promise<Client> {
  const { data } = await operator.asks(CREATE, { input: { name, ...input } });
  return new Client(operator.url, data.createOrganisation.organisation.id, data.createOrganisation.apiKey);
}

/** Registers the organisations. */
export async function enrol(url: () => string, operatorKey: string): Promise<Cast> {
  const operator = new Client(url, '', operatorKey);
  const cert = await register(operator, 'A CERT', { roles: ['CERT'] });
  const vendor = await register(operator, 'A vendor', { roles: ['VENDOR'], coordinator: cert.id });
  const host = await register(operator, 'A host', { roles: ['PROVIDER'] });
  const assets = [{ role: 'HOST', kind: 'IP_PREFIX', value: '2001:db8::/32' }];
  const { results } = await host.does(CLAIM, { assets });
  await operator.does(DECIDE, { claims: results.map(({ claim }: { claim: { id: string } }) => claim.id) });
  return { operator, cert, vendor, host };
}
