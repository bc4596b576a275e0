import { z } from 'zod';

import { FACT_KINDS } from '../intake/hosting.ts';
import { count, defineFact } from '../ledger/fact.ts';
import { CLAIM_ROLES } from './claim.ts';

const named = z.object({
  id: z.string(),
  version: z.number(),
  facts: z.array(
    z.object({
      kind: z.enum(FACT_KINDS),
      role: z.enum(CLAIM_ROLES).nullable(),
      value: z.string(),
      seenAt: z.string().nullable(),
    }),
  ),
});
export type DescribedRow = z.infer<typeof named>;

/** A coordinator says who holds what lies behind its cases; what it said before and does not say again is taken back. */
export const HostingDescribed = defineFact({
  kind: 'HOSTING_DESCRIBED',
  subject: 'triage_case',
  row: named,
  summary: (n) => `It was said who can act on ${count(n, 'case')}.`,
});

/** More is known of who holds what lies behind these cases, asked of the world or said by their coordinator; `facts`: how much. */
export const PartiesResolved = defineFact({
  kind: 'PARTIES_RESOLVED',
  subject: 'triage_case',
  row: z.object({ id: z.string(), facts: z.number() }),
  summary: (n) => `More is known of who can act on ${count(n, 'case')}.`,
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
