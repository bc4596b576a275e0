import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

const row = z.object({ id: z.string() });

/** An operator's order, for its own feed: which entry, and why. */
export const ErasureOrdered = defineFact({
  kind: 'ERASURE_ORDERED',
  subject: 'organisation',
  row: z.object({ id: z.string(), erasure: z.string(), entry: z.string(), reason: z.string() }),
  summary: () => 'The words of an entry are to be erased.',
});
export const ErasureDone = defineFact({
  kind: 'ERASURE_DONE',
  subject: 'organisation',
  row: z.object({ id: z.string(), erasure: z.string(), entry: z.string(), entries: z.number(), rows: z.number() }),
  summary: () => 'The words of an entry are erased, with every copy that the database had.',
});
/** For each organisation that had heard them: which entries of its feed say nothing any more. */
export const EntriesErased = defineFact({
  kind: 'ENTRIES_ERASED',
  subject: 'organisation',
  row: z.object({ id: z.string(), entries: z.array(z.string()), reason: z.string() }),
  summary: () => 'Entries of this feed were erased: what they said is gone, that they stood here is not.',
});

/** For whoever reads the rows: something that stood in them, or under them, is gone. */
export const ReportsErased = defineFact({
  kind: 'REPORTS_ERASED',
  subject: 'report',
  row,
  summary: (n) => `Words of ${count(n, 'report')} were erased.`,
});
export const IndicatorsErased = defineFact({
  kind: 'INDICATORS_ERASED',
  subject: 'indicator',
  row,
  summary: (n) => `Words of ${count(n, 'indicator')} were erased.`,
});
export const CasesErased = defineFact({
  kind: 'CASES_ERASED',
  subject: 'triage_case',
  row,
  summary: (n) => `Words of ${count(n, 'case')} were erased.`,
});
export const QuestionsErased = defineFact({
  kind: 'QUESTIONS_ERASED',
  subject: 'question',
  row,
  summary: (n) => `Words of ${count(n, 'question')} were erased.`,
});
export const ReferralsErased = defineFact({
  kind: 'REFERRALS_ERASED',
  subject: 'referral',
  row,
  summary: (n) => `Words of ${count(n, 'referral')} were erased.`,
});
export const ItemsErased = defineFact({
  kind: 'ITEMS_ERASED',
  subject: 'inbox_item',
  row,
  summary: (n) => `Words of ${count(n, 'item')} were erased.`,
});
