import { z } from 'zod';

import { defineFact } from '../ledger/fact.ts';

/** `memberId`: the person at a browser, where it was one. `inputHash`: SHA-256 in hex of the verb, a space and the input. */
const asked = z.object({
  id: z.string(),
  approvalId: z.string(),
  verb: z.string(),
  inputHash: z.string(),
  memberId: z.string().nullable(),
});

export const ActPolicySet = defineFact({
  kind: 'ACT_POLICY_SET',
  subject: 'organisation',
  row: z.object({ id: z.string(), requireMfa: z.boolean(), fourEyes: z.boolean() }),
  summary: () => 'What is demanded before an outward act was changed.',
});
export const ActRequested = defineFact({
  kind: 'ACT_REQUESTED',
  subject: 'organisation',
  row: asked,
  summary: () => 'An act was asked for, and waits for a second person.',
});
/** By one person; with what she approved, it is done once enough have. */
export const ActApproved = defineFact({
  kind: 'ACT_APPROVED',
  subject: 'organisation',
  row: asked,
  summary: () => 'An act was approved by a person.',
});
export const ActDeclined = defineFact({
  kind: 'ACT_DECLINED',
  subject: 'organisation',
  row: asked,
  summary: () => 'An act that was asked for was declined.',
});
