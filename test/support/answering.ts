import { randomUUID } from 'node:crypto';

import type { Party, World } from './world.ts';

/** An item as the desk, or whoever else may read it, sees it. */
const ITEM = `id resource role state version basis dueAt deliveredAt acknowledgedAt action actedAt declineReason suggestedParty note
  reviewUntil question restoredAt delegatedTo delegate delegator delegationNote requestedActions providerReference
  observables(first: 100) { edges { node { type value category } } }`;
const REFERRAL = `id coordinator state version basis pausedAt action declineReason answerNote providerReference caseReference reviewUntil
  delegatedTo question reply proposedRole proposedParty restoredAt deliveredAt`;

const refOf = ({ id, expectedVersion }: { id: string; expectedVersion?: number }) => ({
  id,
  ...(expectedVersion !== undefined && { expectedVersion }),
});

/** Says it of items by their ids, or by id and expected version; the payload of the mutation. */
export async function says(
  party: Party,
  field: string,
  items: readonly { id: string; expectedVersion?: number }[],
  input: object = {},
) {
  const refs = items.map(refOf);
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const answer = await party.ask(
    `mutation ($input: ${type}!) { ${field}(input: $input) {
       results { item { ${ITEM} } error { code message } } receipt { entryId } errors { code message path } } }`,
    { input: { idempotencyKey: randomUUID(), items: refs, ...input } },
  );
  if (answer.errors[0]) throw new Error(answer.errors[0].message);
  return answer.data[field];
}

/** A coordinator's answer to the questions on its referrals. */
export async function replies(
  cert: Party,
  referrals: readonly { id: string; expectedVersion?: number }[],
  answer: string,
  input: object = {},
) {
  const refs = referrals.map(refOf);
  const { data } = await cert.ask(
    `mutation ($input: AnswerProviderInput!) { answerProvider(input: $input) {
       results { referral { ${REFERRAL} } error { code message } } receipt { entryId } errors { code path } } }`,
    { input: { idempotencyKey: randomUUID(), referrals: refs, answer, ...input } },
  );
  return data.answerProvider;
}

const nodes = ({ edges }: { edges: readonly { node: unknown }[] }) => edges.map(({ node }) => node) as never[];

interface SeenReferral {
  readonly id: string;
  readonly state: string;
  readonly version: number;
  readonly pausedAt: string | null;
}

/** The referrals of a coordinator. */
export async function referralsOf(cert: Party): Promise<SeenReferral[]> {
  return nodes((await cert.ask(`{ referrals(first: 100) { edges { node { ${REFERRAL} } } } }`)).data.referrals);
}

export interface SeenItem {
  readonly id: string;
  readonly state: string;
  readonly version: number;
  readonly dueAt: string;
  readonly resource: string;
  readonly observables: { readonly edges: readonly { readonly node: { readonly value: string } }[] };
  readonly referrals: readonly SeenReferral[];
  readonly delegation: SeenItem | null;
}

/** A desk with everything that it may see of its items. */
export async function deskOf(provider: Party): Promise<SeenItem[]> {
  const query = `{ inbox(first: 100) { edges { node { ${ITEM} referrals { ${REFERRAL} } delegation { ${ITEM} } } } } }`;
  return nodes((await provider.ask(query)).data.inbox);
}

/** The one item of a desk that has one. */
export async function onlyItem(provider: Party): Promise<SeenItem> {
  const [item, ...others] = await deskOf(provider);
  if (!item || others.length > 0) throw new Error(`The desk has ${others.length + (item ? 1 : 0)} items.`);
  return item;
}

/** A coordinator and its reporter, with a case on each of the names. */
export interface Coordinator {
  readonly cert: Party;
  readonly vendor: Party;
  readonly report: { readonly id: string };
}

export async function coordinatorOn(world: World, ...names: string[]): Promise<Coordinator> {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  const { report } = await vendor.submits(names);
  await world.settled();
  return { cert, vendor, report };
}

/** Confirms and forwards all that is open. */
export async function forwards({ cert }: Coordinator, input: object = {}): Promise<void> {
  const { world } = cert;
  await world.settled();
  const cases = await cert.cases();
  await cert.confirms(cases);
  await cert.forwards(cases, input);
  await world.settled();
}

/** Reads everything in the feed for the desk, and says so. */
export async function readsAll(party: Party): Promise<void> {
  const events = await party.events();
  await party.readsUpTo(events.at(-1)?.cursor ?? '');
  await party.world.settled();
}

/** The kinds of entry heard since a cursor. */
export async function heardSince(party: Party, cursor: string | null): Promise<string[]> {
  await party.world.settled();
  return (await party.events(cursor)).map(({ kind }) => kind);
}

export async function cursorOf(party: Party): Promise<string | null> {
  return (await party.events()).at(-1)?.cursor ?? null;
}
