import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

/** The world was asked who holds what lies behind these cases; `facts`: how much was learnt. */
export const PartiesResolved = defineFact({
  kind: 'PARTIES_RESOLVED',
  subject: 'triage_case',
  row: z.object({ id: z.string(), facts: z.number() }),
  summary: (n) => `It was looked up who can act on ${count(n, 'case')}.`,
});
/** Others than before can act on these cases: claims were decided, or more is known. Forwarding again takes them in. */
export const PartiesChanged = defineFact({
  kind: 'PARTIES_CHANGED',
  subject: 'triage_case',
  row: z.object({ id: z.string(), roles: z.array(z.string()) }),
  summary: (n) => `Others can act on ${count(n, 'case')} than before.`,
});
