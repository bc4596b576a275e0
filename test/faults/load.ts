import { randomUUID } from 'node:crypto';

import { ACT, CASES, CONFIRM, EVENTS, FORWARD, READ_UP_TO, SUBMIT } from '../support/api.ts';
import { until } from './experiment.ts';
import type { Cast } from './place.ts';

/** A report that a client was told is there. */
export interface Submitted {
  /** Its idempotency key, and its title: who repeats it makes two of the name. */
  readonly key: string;
  readonly id: string;
  readonly entryId: string;
  readonly indicators: number;
  /** What is sent again, word for word. */
  readonly input: object;
}

const SUBMITTERS = 4;
const OPEN = `{ inbox(first: 100, filter: { state: [SENT, DELIVERED] }) { edges { node { id } } } }`;

/**
 * Everybody at work: the vendor submits in four lines at once, the CERT forwards what came, the host reads its feed up
 * to the end, says so, and acts. Each mutation is repeated under its key until it is answered.
 */
export class Load {
  readonly submitted: Submitted[] = [];
  /** Cases that the CERT was told are referred, and items that the host was told are answered. */
  readonly forwarded = new Set<string>();
  readonly answered = new Set<string>();
  /** Acknowledgements of the feed, of which the last says it all. */
  readonly read: string[] = [];
  private others = 0;
  private count = 0;
  private over = false;
  private pauseMs = 0;
  private readonly lines: Promise<void>[];

  constructor(private readonly cast: Cast) {
    const submits = Array.from({ length: SUBMITTERS }, () => this.repeat(() => this.submit()));
    this.lines = [...submits, this.repeat(() => this.decide()), this.repeat(() => this.answer())];
    // Told by `ends`; a line that failed meanwhile is not yet awaited.
    for (const line of this.lines) line.catch(() => (this.over = true));
  }

  /** Mutations that were answered. */
  get acknowledged(): number {
    return this.submitted.length + this.others;
  }

  /** Requests that had to be sent again. */
  get unanswered(): number {
    return Object.values(this.cast).reduce((sum, client) => sum + client.unanswered, 0);
  }

  /** Requests that were answered as a fault of the hub's own, not as one of what it stands on. */
  get faults(): number {
    return Object.values(this.cast).reduce((sum, client) => sum + client.faults, 0);
  }

  /** Requests that hung, which no fault here explains but a node that stands still. */
  get hung(): number {
    return Object.values(this.cast).reduce((sum, client) => sum + client.hung, 0);
  }

  /** Until so many more mutations were answered. */
  async goesOn(by: number): Promise<void> {
    const enough = this.acknowledged + by;
    await until(`${by} more mutations are answered`, () => this.over || this.acknowledged >= enough, 180_000);
  }

  /** Everybody goes on at leisure: where what counts is how long it lasts. */
  slowsDown(pauseMs = 1_000): void {
    this.pauseMs = pauseMs;
  }

  /** When it has been answered so often; what was still under way is brought to its end. */
  async ends(atLeast: number): Promise<void> {
    await until(`${atLeast} mutations are answered`, () => this.over || this.acknowledged >= atLeast, 600_000);
    this.over = true;
    await Promise.all(this.lines);
  }

  private async repeat(step: () => Promise<void>): Promise<void> {
    while (!this.over) {
      await step();
      if (this.pauseMs > 0) await pause(this.pauseMs);
    }
  }

  private async submit(): Promise<void> {
    const n = (this.count += 1);
    const key = randomUUID();
    const place = `2001:db8:${(n >> 16).toString(16)}:${(n & 0xffff).toString(16)}`;
    const indicators = [`http://[${place}::1]/login`, `http://[${place}::1]/card`].map((value) => ({
      ...{ value, category: 'PHISHING' },
    }));
    const input = { title: key, tlp: 'AMBER', indicators };
    const { report, receipt } = await this.cast.vendor.does(SUBMIT, input, key);
    this.submitted.push({ key, input, id: report.id, entryId: receipt.entryId, indicators: indicators.length });
  }

  private async decide(): Promise<void> {
    const decided = (await this.takes('NEW', CONFIRM)) + (await this.takes('CONFIRMED', FORWARD, this.forwarded));
    if (decided === 0) await pause();
  }

  /** The verb on all cases that are in this state; how many there were. */
  private async takes(state: string, verb: string, told = new Set<string>()): Promise<number> {
    const { cert } = this.cast;
    const { data } = await cert.asks(CASES, { first: 50, filter: { state } });
    const cases = data.cases.edges.map(({ node }: { node: { id: string } }) => ({ id: node.id }));
    if (cases.length === 0) return 0;
    const { results } = await cert.does(verb, { cases });
    for (const result of results) if (!result.error) told.add(result.case.id);
    this.others += 1;
    return cases.length;
  }

  private async answer(): Promise<void> {
    const { host } = this.cast;
    const { data } = await host.asks(EVENTS, { after: this.read.at(-1) ?? null, first: 100 });
    const { cursor, events } = data.events;
    if (events.length === 0) return pause();
    await host.asks(READ_UP_TO, { cursor });
    this.read.push(cursor);
    this.others += 1;
    const inbox = await host.asks(OPEN);
    const items = inbox.data.inbox.edges.map(({ node }: { node: { id: string } }) => ({ id: node.id }));
    if (items.length === 0) return;
    const { results } = await host.does(ACT, { items, action: 'CONTENT_REMOVED' });
    for (const result of results) if (!result.error) this.answered.add(result.item.id);
    this.others += 1;
  }
}

const pause = (ms = 20): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
