import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { accepted, everyNode, type Payload } from '../payload.ts';
import type { Cast, Party } from './cast.ts';
import { keyOf } from './story.ts';

interface Item {
  readonly id: string;
  readonly resourceKind: string;
  readonly resource: string;
  readonly state: string;
}

interface Answered extends Payload {
  readonly results: readonly { readonly error: { readonly code: string; readonly message: string } | null }[];
}

const INBOX = `query ($after: String) { page: inbox(first: 100, after: $after) {
  edges { node { id resourceKind resource state } } pageInfo { hasNextPage endCursor } } }`;
const mutationOf = (name: string, input: string) => `mutation ($input: ${input}!) { done: ${name}(input: $input) {
  results { error { code message } } errors { code message path } } }`;
const DELEGATE = mutationOf('delegateItems', 'DelegateItemsInput');
const ACT = mutationOf('reportAction', 'ReportActionInput');
const RETRACT = mutationOf('retractCases', 'RetractCasesInput');
const RESTORED = mutationOf('reportRestored', 'ReportRestoredInput');

const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 20_000;
/** What a desk may still hand on. */
const OPEN: ReadonlySet<string> = new Set(['DELIVERED', 'ACKNOWLEDGED']);

/** What happens when the report has been dealt with; how many items each of it reached. */
export interface Afterwards {
  readonly delegated: number;
  readonly retracted: number;
}

/**
 * The registrar hands an item that it has only read on to its reseller, who acts; the CERT takes back a case on which
 * the registrar has acted, and whoever was asked undoes it. `cases`: ids of the report's cases, with their resource.
 */
export async function playAfterwards(
  { registrar, reseller, host, mailProvider, cert }: Cast,
  cases: ReadonlyMap<string, string>,
  tell: (what: string) => void,
): Promise<Afterwards> {
  const own = new Set(cases.values());
  const delegated = await delegateOne(registrar, reseller, own);
  tell(delegated ? 'the reseller acted for the registrar, whose answer it is' : 'the registrar had nothing to hand on');
  const retracted = await retractOne(cert, [registrar, host, mailProvider], cases);
  tell(`the CERT took one case back: ${retracted} items were undone`);
  return { delegated, retracted };
}

async function delegateOne(registrar: Party, reseller: Party, own: ReadonlySet<string>): Promise<number> {
  const item = (await inboxOf(registrar)).find((each) => own.has(resourceOf(each)) && OPEN.has(each.state));
  if (!item) return 0;
  await say(registrar, DELEGATE, { items: [{ id: item.id }], delegate: reseller.id, note: 'Your customer' });
  const passed = await until(async () => (await inboxOf(reseller)).find(sameAs(item)));
  if (!passed) return 0;
  await say(reseller, ACT, { items: [{ id: passed.id }], action: 'DOMAIN_CLIENT_HOLD' });
  const answered = await until(async () =>
    (await inboxOf(registrar)).find(({ id, state }) => id === item.id && state === 'ACTIONED'),
  );
  return answered ? 1 : 0;
}

async function retractOne(cert: Party, desks: readonly Party[], cases: ReadonlyMap<string, string>): Promise<number> {
  const [registrar] = desks;
  const acted = registrar ? (await inboxOf(registrar)).filter(({ state }) => state === 'ACTIONED') : [];
  const [found] = [...cases].filter(([, resource]) => acted.some((item) => resourceOf(item) === resource));
  if (!found) return 0;
  const [id, resource] = found;
  await say(cert, RETRACT, {
    cases: [{ id }],
    reason: 'FALSE_POSITIVE',
    correction: 'A training site of the ministry',
  });
  let restored = 0;
  for (const desk of desks) {
    const about = async (states: readonly string[]) =>
      (await inboxOf(desk)).filter((item) => resourceOf(item) === resource && states.includes(item.state));
    if ((await about(['DELIVERED', 'ACKNOWLEDGED', 'ACTIONED', 'DECLINED', 'RETRACTED'])).length === 0) continue;
    const corrected = await until(async () => {
      const items = await about(['RETRACTED']);
      return items.length > 0 ? items : undefined;
    });
    if (!corrected) continue;
    await say(desk, RESTORED, { items: corrected.map((item) => ({ id: item.id })) });
    restored += corrected.length;
  }
  return restored;
}

const inboxOf = ({ api }: Party): Promise<Item[]> => everyNode<Item>(api, INBOX);
const resourceOf = ({ resourceKind, resource }: Item): string => keyOf({ kind: resourceKind, value: resource });
const sameAs =
  (item: Item) =>
  (other: Item): boolean =>
    resourceOf(other) === resourceOf(item) && other.state !== 'CLOSED' && other.state !== 'ACTIONED';

async function say({ api, name }: Party, mutation: string, content: object): Promise<void> {
  const input = { idempotencyKey: randomUUID(), ...content };
  const { results } = accepted((await api.ask<{ done: Answered }>(mutation, { input })).done);
  const refused = results.find(({ error }) => error)?.error;
  if (refused) throw new Error(`${name} was refused: ${refused.code}, ${refused.message}`);
}

/** What is there by then; undefined when it never is. */
async function until<Found>(look: () => Promise<Found | undefined>): Promise<Found | undefined> {
  const late = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined || performance.now() > late) return found;
    await sleep(LOOK_EVERY_MS);
  }
}
