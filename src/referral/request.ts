import { z } from 'zod';

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

/** What a CERT may rest a request on. Orders of courts and authorities are asserted by authorities alone. */
export const LEGAL_BASES = [
  'VOLUNTARY_COOPERATION',
  'TERMS_OF_SERVICE',
  'ICANN_RAA_3_18',
  'CCTLD_POLICY',
  'REGISTRATION_DATA_INACCURACY',
  'DSA_ART_16',
  'NATIONAL_LAW',
] as const;
export type LegalBasis = (typeof LEGAL_BASES)[number];

/** What is asked of the parties of a case, as the entry keeps it between the decision and the referrals. */
export const requestSchema = z.object({
  requestedAction: z.enum(REQUESTED_ACTIONS),
  legalBasis: z.enum(LEGAL_BASES),
  note: z.string().nullable(),
  dueAt: z.string(),
  confirmNoParty: z.boolean(),
});
export type CaseRequest = z.infer<typeof requestSchema>;
