import type { DemoFile, DemoOrganisation } from '../../server/demo-file.ts';
import type { Role } from '../../platform/viewer.ts';
import { ApiClient } from '../api-client.ts';
import { accepted, type Payload } from '../payload.ts';

/** An organisation that takes part, as an outside client: its key, and nothing else of the hub. */
export interface Party {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly key: string;
  readonly wsUrl: string;
  readonly api: ApiClient;
}

export const PROVIDERS = ['registrar', 'host', 'mailProvider'] as const;
export type ProviderSlug = (typeof PROVIDERS)[number];

/** Who acts in the story. */
export type Cast = Readonly<Record<'vendor' | 'cert' | 'operator' | 'reseller' | ProviderSlug, Party>>;

export function castOf({ url, wsUrl, organisations }: DemoFile): Cast {
  const party = ({ id, name, roles, apiKey: key }: DemoOrganisation): Party => {
    return { id, name, roles, key, wsUrl, api: new ApiClient(url, key) };
  };
  const { vendor, cert, operator, registrar, reseller, host, mailProvider } = organisations;
  return {
    vendor: party(vendor),
    cert: party(cert),
    operator: party(operator),
    registrar: party(registrar),
    reseller: party(reseller),
    host: party(host),
    mailProvider: party(mailProvider),
  };
}

const REGISTER = `mutation ($input: CreateOrganisationInput!) { created: createOrganisation(input: $input) {
  apiKey organisation { id } errors { code message } } }`;
const SUSPEND =
  'mutation ($id: ID!) { suspended: suspendOrganisation(organisation: $id) { errors { code message path } } }';

interface Created extends Payload {
  readonly apiKey: string;
  readonly organisation: { readonly id: string };
}

/** Organisations of the roles of the story that have nothing to do with it: whatever they see, they should not. */
export async function registerStrangers(operator: Party): Promise<Party[]> {
  const strangers: Party[] = [];
  for (const role of ['VENDOR', 'CERT', 'PROVIDER'] as const) {
    const name = `Stranger (${role.toLowerCase()})`;
    const { created } = await operator.api.ask<{ created: Created }>(REGISTER, { input: { name, roles: [role] } });
    const { apiKey: key, organisation } = accepted(created);
    const api = new ApiClient(operator.api.url, key);
    strangers.push({ id: organisation.id, name, roles: [role], key, wsUrl: operator.wsUrl, api });
  }
  return strangers;
}

/** So that a hub which serves on keeps no keys of theirs. */
export async function suspendStrangers(operator: Party, strangers: readonly Party[]): Promise<void> {
  for (const { id } of strangers) {
    accepted((await operator.api.ask<{ suspended: Payload }>(SUSPEND, { id })).suspended);
  }
}
