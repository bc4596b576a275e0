import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

const opened = z.object({ id: z.string(), kind: z.string(), resource: z.string(), version: z.number() });
const decided = z.object({ id: z.string(), version: z.number() });

export const CasesOpened = defineFact({
  kind: 'CASES_OPENED',
  subject: 'triage_case',
  row: opened,
  summary: (n) => `${count(n, 'case')} opened.`,
});
/** Indicators joined a case that is open: they wait for a decision of their own. */
export const CasesJoined = defineFact({
  kind: 'CASES_JOINED',
  subject: 'triage_case',
  row: opened,
  summary: (n) => `Indicators joined ${count(n, 'open case')}.`,
});
/** Every indicator that had joined up to this version stands. */
export const CasesConfirmed = defineFact({
  kind: 'CASES_CONFIRMED',
  subject: 'triage_case',
  row: decided.extend({ assessment: z.string() }),
  summary: (n) => `${count(n, 'case')} confirmed.`,
});
export const CasesEnded = defineFact({
  kind: 'CASES_ENDED',
  subject: 'triage_case',
  row: decided.extend({ state: z.string(), basis: z.string().nullable() }),
  summary: (n) => `${count(n, 'case')} ended.`,
});
