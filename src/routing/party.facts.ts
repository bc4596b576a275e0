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
/** The coordinator's own word on who acts in a role: `says` PARTY, by an organisation's name or a key; NOBODY; or NOTHING any more. */
export const PartiesCorrected = defineFact({
  kind: 'PARTIES_CORRECTED',
  subject: 'triage_case',
  row: z.object({
    id: z.string(),
    version: z.number(),
    role: z.string(),
    says: z.string(),
    party: z.string().nullable(),
    keyKind: z.string().nullable(),
    key: z.string().nullable(),
    reason: z.string().nullable(),
  }),
  summary: (n) => `It was said by hand who can act on ${count(n, 'case')}.`,
});
/** Without the contact itself, which may be a person's. */
export const PartyContactsSet = defineFact({
  kind: 'PARTY_CONTACTS_SET',
  subject: 'triage_case',
  row: z.object({
    id: z.string(),
    version: z.number(),
    role: z.string(),
    party: z.string(),
    mark: z.string().nullable(),
  }),
  summary: (n) => `It was noted how a party of ${count(n, 'case')} is reached.`,
});
