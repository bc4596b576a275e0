import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

const lines = z.object({
  id: z.string(),
  /** By their place in the referral. */
  observables: z.array(z.object({ ord: z.number(), value: z.string() })),
});
export type FallenLines = z.infer<typeof lines>;
const items = (n: number) => count(n, 'item');
const referrals = (n: number) => count(n, 'referral');

/** Who reported them took them back; the request stands for what else was seen. */
export const LinesWithdrawn = defineFact({
  kind: 'LINES_WITHDRAWN',
  subject: 'referral',
  row: lines,
  summary: (n) => `Some of what was seen was withdrawn by who reported it, in ${referrals(n)}.`,
});
/** The coordinator took them back; the request stands for what else was seen. */
export const LinesRetracted = defineFact({
  kind: 'LINES_RETRACTED',
  subject: 'referral',
  row: lines.extend({ reason: z.string(), correction: z.string().nullable() }),
  summary: (n) => `Some of what was seen does not stand, in ${referrals(n)}.`,
});
/** The request was a mistake: what was done because of it is to be undone. */
export const ReferralsRetracted = defineFact({
  kind: 'REFERRALS_RETRACTED',
  subject: 'referral',
  row: z.object({
    id: z.string(),
    reason: z.string(),
    correction: z.string().nullable(),
    requestedAction: z.literal('RESTORE'),
    dueAt: z.string(),
  }),
  summary: (n) => `${referrals(n)} taken back: undo what was done.`,
});
/** Nothing stands under the item any more, and some of what stood was a mistake. */
export const ItemsRetracted = defineFact({
  kind: 'ITEMS_RETRACTED',
  subject: 'inbox_item',
  row: z.object({ id: z.string(), requestedAction: z.literal('RESTORE'), dueAt: z.string() }),
  summary: (n) => `What was asked about ${items(n)} was a mistake: undo what was done.`,
});
/** Less is said of the item than before, and still something; its requests say what. */
export const ItemsReduced = defineFact({
  kind: 'ITEMS_REDUCED',
  subject: 'inbox_item',
  row: z.object({ id: z.string() }),
  summary: (n) => `Some of what was said of ${items(n)} stands no more.`,
});
