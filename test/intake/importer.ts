import { randomUUID } from 'node:crypto';

import { ask } from '../support/api.ts';
import type { Party, World } from '../support/world.ts';

export const IMPORT = `mutation ($input: ImportBundleInput!) { importBundle(input: $input) {
  reports { id title narrative threatActors tlp pap tell state sourceFormat sourceId externalId }
  results { objectId objectType status code hint indicators { __typename
    ... on IndicatorAccepted { indicator { id type value resource category confidence firstSeen lastSeen comment externalId } }
    ... on IndicatorJoined { indicator { id } } ... on IndicatorRefused { code hint } } }
  receipt { entryId } errors { code message path retryable } } }`;

/** Imports a document on the path for large ones; the payload of the mutation. */
export async function imports(importer: Party, document: unknown, input: object = {}) {
  const bundle = typeof document === 'string' ? document : JSON.stringify(document);
  const { data, errors } = await ask(`${importer.world.hub.url}/bulk`, importer.key, IMPORT, {
    input: { idempotencyKey: randomUUID(), bundle, ...input },
  });
  if (errors[0]) throw new Error(errors[0].message);
  return data.importBundle;
}

/** What was answered, in a line an object: its status, and why or what. */
export function told({ results }: Awaited<ReturnType<typeof imports>>): string[] {
  return results.map(({ status, code, indicators }: Result) =>
    [status, code, ...indicators.map(({ indicator }) => indicator?.value)].filter((each) => each != null).join(' '),
  );
}

export interface Result {
  readonly objectId: string | null;
  readonly objectType: string;
  readonly status: string;
  readonly code: string | null;
  readonly hint: string | null;
  readonly indicators: readonly { readonly indicator?: { readonly id: string; readonly value?: string } }[];
}

export const indicator = (value: string, more: object = {}) => ({
  ...{ type: 'indicator', spec_version: '2.1', id: `indicator--${randomUUID()}`, pattern_type: 'stix' },
  ...{ pattern: `[domain-name:value = '${value}']`, valid_from: '2017-04-18T09:30:00Z', ...more },
});
export const bundle = (...objects: object[]) => ({ type: 'bundle', id: `bundle--${randomUUID()}`, objects });
export const event = (attributes: object[], more: object = {}) => ({
  Event: { info: 'an event', uuid: randomUUID(), Attribute: attributes, ...more },
});
export const attribute = (value: string, more: object = {}) => ({
  ...{ type: 'domain', category: 'Network activity', to_ids: true, uuid: randomUUID(), value, ...more },
});
export const tagged = (...names: string[]) => ({ Tag: names.map((name) => ({ name })) });

/** How much of everything there is. */
export async function counted(world: World): Promise<unknown> {
  await world.settled();
  const [row] = await world.database.admin(
    `SELECT (SELECT count(*) FROM report) AS reports, (SELECT count(*) FROM indicator) AS indicators,
       (SELECT count(*) FROM triage_case) AS cases, (SELECT count(*) FROM ledger_payload) AS entries`,
  );
  return row;
}
