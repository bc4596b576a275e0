import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';
import { requestSchema } from './request.ts';

/** The parties are to be told what is confirmed, and what is asked of them. */
export const CasesForwarded = defineFact({
  kind: 'CASES_FORWARDED',
  subject: 'triage_case',
  row: requestSchema.extend({
    id: z.string(),
    version: z.number(),
    /** What is to follow was done in the same transaction. */
    issued: z.boolean().optional(),
  }),
  summary: (n) => `${count(n, 'case')} forwarded to the parties that can act.`,
});
