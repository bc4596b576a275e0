import { PAGE_FIELDS, type EventPage, type FeedEvent } from '../event-feed.ts';
import type { Party } from './cast.ts';

const PAGE = `query ($after: String) { events(after: $after, first: 100) { ${PAGE_FIELDS} } }`;

export type Numbered = Pick<FeedEvent, 'sequence' | 'entryId'>;

/** A party's whole feed, as it is polled. */
export async function readFeed({ api }: Party): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { events: page }: { events: EventPage } = await api.ask(PAGE, { after });
    events.push(...page.events);
    after = page.cursor;
    more = page.cursor !== page.head;
  }
  return events;
}

/** Where a party's feed ends now. */
export async function headOf({ api }: Party): Promise<string> {
  return (await api.ask<{ events: EventPage }>('query { events(first: 1) { head } }')).events.head;
}

/** The events after a cursor; all of them when the feed was empty there. */
export function eventsAfter(feed: readonly FeedEvent[], cursor: string): FeedEvent[] {
  return feed.slice(feed.findIndex((event) => event.cursor === cursor) + 1);
}

/** Whether a socket gave what the feed held when it was read: each entry once, in its place. It may have gone on since. */
export function gaveAll(numbers: readonly Numbered[], feed: readonly Numbered[]): boolean {
  return isDense(numbers) && feed.every(({ entryId }, index) => entryId === numbers[index]?.entryId);
}

/** Whether the numbers are 1, 2, 3 ... without a gap or a repeat. */
export function isDense(events: readonly Pick<Numbered, 'sequence'>[]): boolean {
  return events.every(({ sequence }, index) => sequence === String(index + 1));
}
