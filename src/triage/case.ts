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

/** A new case should be decided within a working day. */
export const DECIDE_WITHIN_MS = 24 * 3600 * 1000;
