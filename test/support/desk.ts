import { randomUUID } from 'node:crypto';

import type { Party } from './world.ts';

/** An item as its desk sees it, with what is asked under it. */
export interface DeskItem {
  readonly id: string;
  readonly resource: string;
  readonly state: string;
  readonly basis: string | null;
  readonly version: number;
  readonly requestedActions: readonly string[];
  readonly observables: readonly string[];
  readonly referrals: readonly DeskReferral[];
}

export interface DeskReferral {
  readonly id: string;
  readonly coordinator: string;
  readonly state: string;
  readonly basis: string | null;
  readonly requestedAction: string;
  readonly retractReason: string | null;
  readonly correction: string | null;
  readonly observables: readonly string[];
}

const VALUES = 'observables(first: 20) { edges { node { value } } }';
const REFERRAL = `id coordinator state basis requestedAction retractReason correction ${VALUES}`;
const DESK = `{ inbox(first: 50) { edges { node { id resource state basis version requestedActions ${VALUES} referrals { ${REFERRAL} } } } } }`;
const REQUESTS = `{ referrals(first: 50) { edges { node { ${REFERRAL} } } } }`;

/* eslint-disable @typescript-eslint/no-explicit-any -- the answer's shape is the schema's business. */
const nodesOf = ({ edges }: any): any[] => edges.map(({ node }: any) => node);
const withValues = (row: any): any => ({ ...row, observables: nodesOf(row.observables).map(({ value }) => value) });

export async function deskOf(provider: Party): Promise<DeskItem[]> {
  const { data } = await provider.ask(DESK);
  return nodesOf(data.inbox).map((item) => ({ ...withValues(item), referrals: item.referrals.map(withValues) }));
}

export async function requestsOf(cert: Party): Promise<DeskReferral[]> {
  return nodesOf((await cert.ask(REQUESTS)).data.referrals).map(withValues);
}
/* eslint-enable @typescript-eslint/no-explicit-any */

/** What a desk says of items by the name of a mutation; each answer's state or code. */
export async function says(
  desk: Party,
  field: string,
  items: readonly { id: string }[],
  input: object = {},
): Promise<string[]> {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const { data, errors } = await desk.ask(
    `mutation ($input: ${type}!) { ${field}(input: $input) { errors { message } results { item { state } error { code } } } }`,
    { input: { idempotencyKey: randomUUID(), items: items.map(({ id }) => ({ id })), ...input } },
  );
  if (errors[0] ?? data[field].errors[0]) throw new Error((errors[0] ?? data[field].errors[0]).message);
  return data[field].results.map(
    ({ item, error }: { item: { state: string } | null; error: { code: string } | null }) => item?.state ?? error?.code,
  );
}
