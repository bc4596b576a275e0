import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

const about = z.object({ id: z.string(), kind: z.string(), resource: z.string() });

export const ReportersAsked = defineFact({
  kind: 'REPORTERS_ASKED',
  subject: 'question',
  row: about.extend({ question: z.string() }),
  summary: (n) => `The coordinator asks ${count(n, 'question')}.`,
});
export const ReportersAnswered = defineFact({
  kind: 'REPORTERS_ANSWERED',
  subject: 'question',
  row: z.object({ id: z.string(), answer: z.string() }),
  summary: (n) => `${count(n, 'question')} of the coordinator answered.`,
});
export const ReporterQuestionsLapsed = defineFact({
  kind: 'REPORTER_QUESTIONS_LAPSED',
  subject: 'question',
  row: z.object({ id: z.string() }),
  summary: (n) => `${count(n, 'question')} of the coordinator needs no answer any more.`,
});
/** The coordinator waits for a reporter. */
export const CasesAsked = defineFact({
  kind: 'CASES_ASKED',
  subject: 'triage_case',
  row: z.object({ id: z.string(), version: z.number(), question: z.string() }),
  summary: (n) => `${count(n, 'case')} ${n === 1 ? 'waits' : 'wait'} for a reporter.`,
});
export const CasesInformed = defineFact({
  kind: 'CASES_INFORMED',
  subject: 'triage_case',
  row: z.object({ id: z.string(), version: z.number() }),
  summary: (n) => `A reporter answered about ${count(n, 'case')}.`,
});
