import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

const item = z.object({ id: z.string(), role: z.string(), kind: z.string(), resource: z.string() });
const answer = z.object({
  id: z.string(),
  state: z.enum(['ACKNOWLEDGED', 'IN_REVIEW', 'NEEDS_INFORMATION', 'DELEGATED', 'ACTIONED', 'DECLINED']),
  action: z.string().nullable(),
  actedAt: z.string().nullable(),
  declineReason: z.string().nullable(),
  note: z.string().nullable(),
  providerReference: z.string().nullable(),
  // Entries from before these could be said do not have them.
  suggestedParty: z.string().nullable().default(null),
  reviewUntil: z.string().nullable().default(null),
  question: z.string().nullable().default(null),
  delegatedTo: z.string().nullable().default(null),
});
export type AnswerRow = z.infer<typeof answer>;
const row = z.object({ id: z.string() });
/** Null in entries from before there were bases. */
const ended = row.extend({ basis: z.string().nullable().default(null) });
const items = (n: number) => count(n, 'item');
const referrals = (n: number) => count(n, 'referral');

export const ItemsArrived = defineFact({
  kind: 'ITEMS_ARRIVED',
  subject: 'inbox_item',
  row: item,
  summary: (n) => `${items(n)} arrived on the desk.`,
});
export const ItemsAnswered = defineFact({
  kind: 'ITEMS_ANSWERED',
  subject: 'inbox_item',
  row: answer.extend({ version: z.number() }),
  summary: (n) => `${items(n)} answered.`,
});
export const ItemsDelivered = defineFact({
  kind: 'ITEMS_DELIVERED',
  subject: 'inbox_item',
  row,
  summary: (n) => `The desk has read of ${items(n)}.`,
});
export const ItemsClosed = defineFact({
  kind: 'ITEMS_CLOSED',
  subject: 'inbox_item',
  row: ended,
  summary: (n) => `Nothing more is asked about ${items(n)}.`,
});
export const ReferralsIssued = defineFact({
  kind: 'REFERRALS_ISSUED',
  subject: 'referral',
  row: item.extend({ requestedAction: z.string(), legalBasis: z.string(), dueAt: z.string() }),
  summary: (n) => `${referrals(n)} issued.`,
});
export const ReferralsExtended = defineFact({
  kind: 'REFERRALS_EXTENDED',
  subject: 'referral',
  row: z.object({ id: z.string(), observables: z.number() }),
  summary: (n) => `More was added to ${referrals(n)}.`,
});
export const ReferralsDelivered = defineFact({
  kind: 'REFERRALS_DELIVERED',
  subject: 'referral',
  row,
  summary: (n) => `The party has read of ${referrals(n)}.`,
});
export const ReferralsAnswered = defineFact({
  kind: 'REFERRALS_ANSWERED',
  subject: 'referral',
  row: answer,
  summary: (n) => `${referrals(n)} answered.`,
});
export const ReferralsClosed = defineFact({
  kind: 'REFERRALS_CLOSED',
  subject: 'referral',
  row: ended,
  summary: (n) => `${referrals(n)} closed.`,
});
const delegated = z.object({
  id: z.string(),
  delegation: z.string(),
  delegate: z.string(),
  note: z.string().nullable(),
  dueAt: z.string(),
});
export type DelegatedRow = z.infer<typeof delegated>;
/** Handed on to a delegate, who is to get an item of its own under the id `delegation`. */
export const ItemsDelegated = defineFact({
  kind: 'ITEMS_DELEGATED',
  subject: 'inbox_item',
  row: delegated,
  summary: (n) => `${items(n)} handed on to a delegate.`,
});
const resumed = z.object({
  id: z.string(),
  version: z.number(),
  reason: z.enum(['REVIEW_OVER', 'QUESTION_ANSWERED', 'NOT_ACCEPTED', 'DELEGATE_DECLINED', 'REVOKED']),
});
export type ResumedRow = z.infer<typeof resumed>;
/** The desk has the item again: the time of a review is over, a coordinator answered, or a delegate has it no more. */
export const ItemsResumed = defineFact({
  kind: 'ITEMS_RESUMED',
  subject: 'inbox_item',
  row: resumed,
  summary: (n) => `${items(n)} wait for an answer again.`,
});
const restored = z.object({
  id: z.string(),
  restoredAt: z.string(),
  note: z.string().nullable(),
  providerReference: z.string().nullable(),
});
export type RestoredRow = z.infer<typeof restored>;
export const ItemsRestored = defineFact({
  kind: 'ITEMS_RESTORED',
  subject: 'inbox_item',
  row: restored,
  summary: (n) => `What was asked about ${items(n)} was undone.`,
});
export const ReferralsReplied = defineFact({
  kind: 'REFERRALS_REPLIED',
  subject: 'referral',
  row: z.object({ id: z.string(), reply: z.string() }),
  summary: (n) => `Questions about ${referrals(n)} answered.`,
});
export const ReferralsPaused = defineFact({
  kind: 'REFERRALS_PAUSED',
  subject: 'referral',
  row,
  summary: (n) => `${referrals(n)} paused until their coordinator decides.`,
});
export const ReferralsResumed = defineFact({
  kind: 'REFERRALS_RESUMED',
  subject: 'referral',
  row,
  summary: (n) => `${referrals(n)} stand as they were asked.`,
});
