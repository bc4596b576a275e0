import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

export const TriageRulesSet = defineFact({
  kind: 'TRIAGE_RULES_SET',
  subject: 'organisation',
  row: z.object({ id: z.string(), version: z.number(), rules: z.array(z.string()) }),
  summary: () => 'The rules of triage were set.',
});
export const TriageRulesSwitchedOff = defineFact({
  kind: 'TRIAGE_RULES_SWITCHED_OFF',
  subject: 'organisation',
  row: z.object({
    id: z.string(),
    rule: z.string(),
    ruleVersion: z.number(),
    cases: z.number(),
    retracted: z.number(),
  }),
  summary: () => 'A rule of triage switched itself off: too much of what it decided was taken back.',
});
/** By which rule, of which version, cases were decided without a person. */
export const CasesRuled = defineFact({
  kind: 'CASES_RULED',
  subject: 'triage_case',
  row: z.object({
    id: z.string(),
    version: z.number(),
    rule: z.string(),
    ruleVersion: z.number(),
    outcome: z.string(),
  }),
  summary: (n) => `${count(n, 'case')} decided by a rule.`,
});
