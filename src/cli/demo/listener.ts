import { setTimeout as sleep } from 'node:timers/promises';

import { PAGE_FIELDS, followFeed, type EventPage, type FeedEvent } from '../event-feed.ts';
import { LineCut } from '../event-line.ts';
import type { Party } from './cast.ts';

/** An event at the instant at which the socket gave it. */
export interface Heard {
  readonly event: FeedEvent;
  readonly at: number;
}

/** What a party's program does with a page; pages come in order, one at a time. */
export type React = (heard: readonly Heard[], cursor: string) => Promise<void>;

const PAGE = `query ($after: String) { events(after: $after, first: 100) { ${PAGE_FIELDS} } }`;
const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 10_000;

/**
 * One party on its own socket. It reads what its feed holds, follows from there, and notes each number that it gets; its
 * program works through the pages behind it, so that slow work makes no event late.
 */
export class Listener {
  /** Entry by number, as received. */
  readonly numbers: { readonly sequence: string; readonly entryId: string }[] = [];
  cuts = 0;
  private cursor: string | null = null;
  private dead: Promise<void> | null = null;
  private work: Promise<void> = Promise.resolve();
  private readonly fault = Promise.withResolvers<never>();

  constructor(
    readonly party: Party,
    private readonly react: React,
  ) {}

  /** Listens until `signal` is aborted; fails when its program does. `onReady`: from now on the program is given pages. */
  listen(signal: AbortSignal, onReady: () => void): Promise<unknown> {
    return Promise.race([this.follow(signal, onReady), this.fault.promise]);
  }

  /** The line goes dead with the next page, which is lost with it, and is not mended before `mended`. */
  cut(mended: Promise<void>): void {
    this.dead = mended;
  }

  /** Whether its program has worked through all that its feed holds. */
  async caughtUp(): Promise<boolean> {
    await this.work;
    const { events: page } = await this.party.api.ask<{ events: EventPage }>(PAGE, { after: this.cursor });
    return page.events.length === 0;
  }

  /** Until it has heard so many events; gives up after a while, in which every socket is tried again. */
  async hasHeard(count: number): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    while (this.numbers.length < count && performance.now() < until) await sleep(LOOK_EVERY_MS);
  }

  private async follow(signal: AbortSignal, onReady: () => void): Promise<void> {
    for (let more = true; more;) {
      const { events: page } = await this.party.api.ask<{ events: EventPage }>(PAGE, { after: this.cursor });
      this.note(page);
      more = page.cursor !== page.head;
    }
    onReady();
    await followFeed({
      ...{ wsUrl: this.party.wsUrl, key: this.party.key, after: this.cursor, signal },
      take: (page) => this.take(page),
      onCut: () => this.mend(),
    });
  }

  private take(page: EventPage): void {
    if (this.dead) throw new LineCut('cut, with a page on the line');
    const at = performance.now();
    this.note(page);
    const heard = page.events.map((event) => ({ event, at }));
    this.work = this.work.then(() => this.react(heard, page.cursor)).catch(this.fault.reject);
  }

  private note({ events, cursor }: EventPage): void {
    this.cursor = cursor;
    this.numbers.push(...events.map(({ sequence, entryId }) => ({ sequence, entryId })));
  }

  private async mend(): Promise<void> {
    this.cuts += 1;
    const { dead } = this;
    await (dead ?? sleep(LOOK_EVERY_MS));
    this.dead = null;
  }
}
