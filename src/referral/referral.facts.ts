import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

const item = z.object({ id: z.string(), role: z.string(), kind: z.string(), resource: z.string() });
const answer = z.object({
  id: z.string(),
  state: z.enum(['ACKNOWLEDGED', 'ACTIONED', 'DECLINED']),
  action: z.string().nullable(),
  actedAt: z.string().nullable(),
  declineReason: z.string().nullable(),
  note: z.string().nullable(),
  providerReference: z.string().nullable(),
});
export type AnswerRow = z.infer<typeof answer>;
const row = z.object({ id: z.string() });
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
  row,
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
  row,
  summary: (n) => `${referrals(n)} closed.`,
});
