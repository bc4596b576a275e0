import { z } from 'zod';

import { defineFact } from '../ledger/fact.ts';

/** A desk says that it has read up to here: from now on nobody can say that it was not told. */
export const EventsAcknowledged = defineFact({
  kind: 'EVENTS_ACKNOWLEDGED',
  subject: 'organisation',
  row: z.object({ id: z.string(), clientId: z.string(), upTo: z.string() }),
  summary: () => 'The desk has read its events up to here.',
});
