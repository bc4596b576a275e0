import { z } from 'zod';

import { CLAIM_ROLES } from '../routing/claim.ts';

export const REQUESTED_ACTIONS = [
  'TAKE_DOWN',
  'SUSPEND',
  'REMOVE_CONTENT',
  'RELAY_TO_HOLDER',
  'INVESTIGATE',
  'PRESERVE_EVIDENCE',
  // What a retraction asks; nobody forwards a case with it.
  'RESTORE',
] as const;
export type RequestedAction = (typeof REQUESTED_ACTIONS)[number];

/** On what a request may rest; who may assert which is said in legal-basis.ts. */
export const LEGAL_BASES = [
  'VOLUNTARY_COOPERATION',
  'TERMS_OF_SERVICE',
  // Without a section; kept for clients that send it.
  'ICANN_RAA_3_18',
  'ICANN_RAA_3_18_1',
  'ICANN_RAA_3_18_2',
  'ICANN_RAA_3_18_3',
  'ICANN_RA_SPEC_6_4_2',
  'CCTLD_POLICY',
  'REGISTRATION_DATA_INACCURACY',
  'DSA_ART_16',
  'NATIONAL_LAW',
  'LAW_ENFORCEMENT_REQUEST',
  'DSA_ART_9_ORDER',
  'COURT_ORDER',
] as const;
export type LegalBasis = (typeof LEGAL_BASES)[number];

/** What is asked of the parties of a case, as the entry keeps it between the decision and the referrals. */
export const requestSchema = z.object({
  requestedAction: z.enum(REQUESTED_ACTIONS),
  legalBasis: z.enum(LEGAL_BASES),
  note: z.string().nullable(),
  dueAt: z.string(),
  confirmNoParty: z.boolean(),
  /** Next steps that are taken at once. Older entries know of none. */
  alsoAsk: z.array(z.enum(CLAIM_ROLES)).default([]),
});
export type CaseRequest = z.infer<typeof requestSchema>;
