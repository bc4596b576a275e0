import { Refusal } from '../platform/errors.ts';

export type CaseState = 'NEW' | 'CONFIRMED' | 'REFERRED' | 'UNRESOLVED' | 'WITHDRAWN';
export type CaseVerb = 'confirm' | 'forward' | 'endWithoutParty' | 'withdraw';

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

/** Confirming and forwarding again takes in what joined since. Nothing here is an end that cannot be told apart. */
const NEXT: Readonly<Record<CaseState, Partial<Record<CaseVerb, CaseState>>>> = {
  NEW: { confirm: 'CONFIRMED', withdraw: 'WITHDRAWN' },
  CONFIRMED: { confirm: 'CONFIRMED', forward: 'REFERRED', withdraw: 'WITHDRAWN', endWithoutParty: 'UNRESOLVED' },
  REFERRED: { confirm: 'REFERRED', forward: 'REFERRED', withdraw: 'WITHDRAWN', endWithoutParty: 'UNRESOLVED' },
  UNRESOLVED: {},
  WITHDRAWN: {},
};

/** The state after a verb; WRONG_STATE where a case does not take it. */
export function caseAfter(state: CaseState, verb: CaseVerb): CaseState {
  const next = NEXT[state][verb];
  if (!next) throw new Refusal('WRONG_STATE', `A case that is ${state} does not take ${verb}.`);
  return next;
}

/** A new case should be decided within a working day. */
export const DECIDE_WITHIN_MS = 24 * 3600 * 1000;
