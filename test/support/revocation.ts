import { ask } from './api.ts';
import type { TestIssuer } from './issuer.ts';

/** Who acts on the hub in a way of ending a credential. */
export interface Ending {
  readonly url: string;
  readonly operator: string;
  readonly issuer: TestIssuer;
  /** What tokens for the hub are for. */
  readonly audience: string;
  /** An organisation's id and the key of its administrator. */
  readonly organisation: { readonly id: string; readonly key: string };
  readonly now: () => Date;
}

/** Opens nothing yet: a credential of the organisation, and how it ends. */
export interface Ended {
  readonly credential: string;
  readonly end: () => Promise<unknown>;
}

type Way = (ending: Ending) => Promise<Ended>;

const CREATE =
  'mutation ($input: CreateClientInput!) { createClient(input: $input) { client apiKey errors { code } } }';
const LINK = 'mutation ($input: LinkClientInput!) { linkClient(input: $input) { client errors { code } } }';
const UPDATE = 'mutation ($input: UpdateClientInput!) { updateClient(input: $input) { errors { code } } }';
const REVOKE = 'mutation ($id: ID!) { revokeClient(client: $id) { errors { code } } }';
const SUSPEND = 'mutation ($id: ID!) { suspendOrganisation(organisation: $id) { errors { code } } }';

/** Asks, and fails where the hub refuses. */
async function done(url: string, key: string, query: string, variables: object) {
  const { data, errors } = await ask(url, key, query, variables);
  const [payload] = Object.values((data ?? {}) as Record<string, { errors: { code: string }[] }>);
  const refusal = errors[0] ?? payload?.errors[0];
  if (!payload || refusal) throw new Error(JSON.stringify(refusal));
  return payload as unknown as { client: string; apiKey: string };
}

async function issue({ url, organisation }: Ending, input: object = {}) {
  const permissions = ['EVENTS_READ', 'REPORTS_READ'];
  return done(url, organisation.key, CREATE, { input: { name: 'A listener', permissions, ...input } });
}

/** Every way in which a credential ends while a socket of it is open. */
export const WAYS: Readonly<Record<string, Way>> = {
  'a key that is revoked': async (ending) => {
    const { client, apiKey } = await issue(ending);
    return { credential: apiKey, end: () => done(ending.url, ending.organisation.key, REVOKE, { id: client }) };
  },
  'a key that expires': async (ending) => {
    const { client, apiKey } = await issue(ending);
    const input = { client, expiresAt: new Date(ending.now().getTime() + 10).toISOString() };
    return { credential: apiKey, end: () => done(ending.url, ending.organisation.key, UPDATE, { input }) };
  },
  'an organisation that is suspended': async (ending) => {
    const { apiKey } = await issue(ending);
    return {
      credential: apiKey,
      end: () => done(ending.url, ending.operator, SUSPEND, { id: ending.organisation.id }),
    };
  },
  'a permission that is taken away': async (ending) => {
    const { client, apiKey } = await issue(ending);
    const input = { client, permissions: ['REPORTS_READ'] };
    return { credential: apiKey, end: () => done(ending.url, ending.organisation.key, UPDATE, { input }) };
  },
  'a link that ends': async (ending) => {
    const { url, issuer, audience, organisation } = ending;
    const credential = issuer.sign({ ...(await issuer.claims('machine')), aud: audience });
    const input = { name: 'By tokens', permissions: ['EVENTS_READ'], accessToken: credential };
    const { client } = await done(url, organisation.key, LINK, { input });
    return { credential, end: () => done(url, organisation.key, REVOKE, { id: client }) };
  },
};
