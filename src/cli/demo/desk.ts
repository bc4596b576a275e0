import { createHash, randomUUID } from 'node:crypto';

import { accepted, type Payload } from '../payload.ts';
import type { Party } from './cast.ts';
import { pairKey } from './declaration.ts';
import { Listener, type Heard } from './listener.ts';
import { keyOf } from './story.ts';

/** What a desk does with an item. To have read of it is the least, and proves that it was told. */
export type Deed = 'READ' | 'TAKEN_UP' | 'DECLINED' | 'ACTED';

interface Item {
  readonly id: string;
  readonly pair: string;
  readonly role: string;
  readonly deed: Deed;
}

const READ_UP_TO = `mutation ($cursor: String!) { done: acknowledgeEvents(cursor: $cursor) {
  errors { code message path } } }`;
const answerOf = (mutation: string, input: string) => `mutation ($input: ${input}!) { done: ${mutation}(input: $input) {
  results { item { id } error { code message } } errors { code message path } } }`;
const ACKNOWLEDGE = answerOf('acknowledgeItems', 'AcknowledgeItemsInput');
const ACT = answerOf('reportAction', 'ReportActionInput');
const DECLINE = answerOf('declineItems', 'DeclineItemsInput');

interface Answered extends Payload {
  readonly results: readonly { readonly item: { readonly id: string } | null }[];
}

const ACTION: Readonly<Record<string, string>> = {
  REGISTRAR: 'DOMAIN_CLIENT_HOLD',
  HOST: 'CONTENT_REMOVED',
  PLATFORM: 'ACCOUNT_SUSPENDED',
  MAIL_PROVIDER: 'MAILBOX_SUSPENDED',
};
const REASON: Readonly<Record<string, string>> = {
  REGISTRAR: 'NOT_A_POLICY_VIOLATION',
  HOST: 'NOT_HOSTED_PASS_THROUGH',
  PLATFORM: 'CANNOT_REPRODUCE',
  MAIL_PROVIDER: 'INSUFFICIENT_EVIDENCE',
};
const MOST = 1000;

/** The abuse desk of a provider: reads what arrives, says that it has, and answers most of it. */
export class Desk {
  readonly listener: Listener;
  /** When an item of the report was first given by the socket, by its id. */
  readonly arrivals = new Map<string, number>();
  /** What became of each item, by resource and role. */
  readonly deeds = new Map<string, Deed>();
  acknowledged = 0;
  actioned = 0;
  declined = 0;

  constructor(
    private readonly party: Party,
    /** What the report is about; other items on the desk are only read. */
    private readonly resources: ReadonlySet<string>,
    private readonly onItems: (desk: Desk, count: number) => void,
  ) {
    this.listener = new Listener(party, (heard, cursor) => this.read(heard, cursor));
  }

  get name(): string {
    return this.party.name;
  }

  private async read(heard: readonly Heard[], cursor: string): Promise<void> {
    const items = heard.flatMap((each) => this.itemsOf(each));
    if (items.length > 0) this.onItems(this, items.length);
    // An acknowledgement is itself an event; to acknowledge it again would never end.
    if (heard.some(({ event }) => event.kind !== 'EVENTS_ACKNOWLEDGED')) await this.acknowledgeEvents(cursor);
    const distinct = [...new Map(items.map((item) => [item.id, item])).values()];
    for (let start = 0; start < distinct.length; start += MOST) await this.answer(distinct.slice(start, start + MOST));
  }

  private itemsOf({ event: { kind, subjects, details }, at }: Heard): Item[] {
    if (kind !== 'ITEMS_ARRIVED') return [];
    return details.flatMap((detail, index): Item[] => {
      const [id = '', role = ''] = [subjects[index], String(detail['role'])];
      const resource = { kind: String(detail['kind']), value: String(detail['resource']) };
      if (!this.resources.has(keyOf(resource))) return [];
      if (!this.arrivals.has(id)) this.arrivals.set(id, at);
      const pair = pairKey(resource.kind, resource.value, role);
      return [{ id, role, pair, deed: deedFor(pair) }];
    });
  }

  private async acknowledgeEvents(cursor: string): Promise<void> {
    accepted((await this.party.api.ask<{ done: Payload }>(READ_UP_TO, { cursor })).done);
  }

  private async answer(items: readonly Item[]): Promise<void> {
    for (const { pair, deed } of items) this.deeds.set(pair, deed);
    const of = (...deeds: readonly Deed[]) => items.filter(({ deed }) => deeds.includes(deed));
    this.acknowledged += await this.say(ACKNOWLEDGE, of('TAKEN_UP', 'DECLINED', 'ACTED'), {});
    for (const [role = '', some] of Map.groupBy(of('ACTED'), (item) => item.role)) {
      this.actioned += await this.say(ACT, some, { action: ACTION[role] ?? 'URL_BLOCKED' });
    }
    for (const [role = '', some] of Map.groupBy(of('DECLINED'), (item) => item.role)) {
      this.declined += await this.say(DECLINE, some, { reason: REASON[role] ?? 'CANNOT_REPRODUCE' });
    }
  }

  /** How many of the items took it. */
  private async say(mutation: string, items: readonly Item[], rest: object): Promise<number> {
    if (items.length === 0) return 0;
    const input = { idempotencyKey: randomUUID(), items: items.map(({ id }) => ({ id })), ...rest };
    const { results } = accepted((await this.party.api.ask<{ done: Answered }>(mutation, { input })).done);
    return results.filter(({ item }) => item !== null).length;
  }
}

/** Of twelve items a desk only reads one, takes one up, declines two, and acts on eight; which is which, the name decides. */
function deedFor(pair: string): Deed {
  const [byte = 0] = createHash('sha256').update(pair).digest();
  switch (byte % 12) {
    case 0:
      return 'READ';
    case 1:
      return 'TAKEN_UP';
    case 2:
    case 3:
      return 'DECLINED';
    default:
      return 'ACTED';
  }
}
