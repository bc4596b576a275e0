import { z } from 'zod';

import { defineFact } from '../ledger/fact.ts';

/** A desk says that it has read up to here: from now on nobody can say that it was not told. */
export const EventsAcknowledged = defineFact({
  kind: 'EVENTS_ACKNOWLEDGED',
  subject: 'organisation',
  row: z.object({ id: z.string(), clientId: z.string(), upTo: z.string() }),
  summary: () => 'The desk has read its events up to here.',
});

/** How long the feed was at a moment, and its chain there: what the signed statement says. */
export const FeedStated = defineFact({
  kind: 'FEED_STATED',
  subject: 'organisation',
  row: z.object({ id: z.string(), gen: z.int(), n: z.int(), h: z.string(), size: z.int() }),
  summary: () => 'The hub stated how long this feed is.',
});
