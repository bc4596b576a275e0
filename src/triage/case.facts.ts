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
/** Somebody at the coordinator works on it; who, only the coordinator's own people see. */
export const CasesClaimed = defineFact({
  kind: 'CASES_CLAIMED',
  subject: 'triage_case',
  row: decided,
  summary: (n) => `${count(n, 'case')} taken in hand.`,
});
export const CasesAssessed = defineFact({
  kind: 'CASES_ASSESSED',
  subject: 'triage_case',
  row: decided.extend({ assessment: z.string() }),
  summary: (n) => `${count(n, 'case')} assessed.`,
});
export const CasesRejected = defineFact({
  kind: 'CASES_REJECTED',
  subject: 'triage_case',
  row: decided.extend({ reason: z.string(), note: z.string().nullable() }),
  summary: (n) => `${count(n, 'case')} rejected.`,
});
/** Down, on somebody's word or seen; not ended, since it may come back. */
export const CasesMitigated = defineFact({
  kind: 'CASES_MITIGATED',
  subject: 'triage_case',
  row: decided.extend({ basis: z.string() }),
  summary: (n) => `${count(n, 'case')} mitigated.`,
});
/** What was confirmed is taken back: these indicators (null: all). Everybody whom a referral reached hears a correction. */
export const CasesRetracted = defineFact({
  kind: 'CASES_RETRACTED',
  subject: 'triage_case',
  row: decided.extend({
    reason: z.string(),
    correction: z.string().nullable(),
    indicators: z.array(z.string()).nullable(),
  }),
  summary: (n) => `${count(n, 'case')} taken back, or a part of ${n === 1 ? 'it' : 'each'}.`,
});
