export const ASSESSMENTS = [
  'MALICIOUSLY_REGISTERED',
  'COMPROMISED',
  'PLATFORM_ACCOUNT',
  'SHARED_INFRASTRUCTURE',
  'ACCOUNT_TAKEN_OVER',
  'FORGED',
  'UNKNOWN',
] as const;
export type Assessment = (typeof ASSESSMENTS)[number];

/** Why nothing is done about a case. */
export const REJECT_REASONS = [
  'FALSE_POSITIVE',
  'NOT_ABUSE',
  'INSUFFICIENT_EVIDENCE',
  'DUPLICATE',
  'ALREADY_DOWN',
  'OUT_OF_SCOPE',
  'OTHER',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

/** Why what was confirmed is taken back. */
export const RETRACT_REASONS = [
  'FALSE_POSITIVE',
  'WRONG_PARTY',
  'WRONG_RESOURCE',
  'BASIS_LAPSED',
  'ORDER_LIFTED',
] as const;
export type RetractReason = (typeof RETRACT_REASONS)[number];

/** Why a case ends although the abuse may go on. */
export const UNRESOLVED_REASONS = ['NO_ACTION_AFTER_LADDER', 'NO_PARTY', 'HANDED_TO_AUTHORITY', 'STALE'] as const;
export type UnresolvedReason = (typeof UNRESOLVED_REASONS)[number];

/** A new case should be decided within a working day. */
export const DECIDE_WITHIN_MS = 24 * 3600 * 1000;
