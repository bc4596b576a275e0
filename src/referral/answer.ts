import { Refusal } from '../platform/errors.ts';

export type ItemState = 'SENT' | 'DELIVERED' | 'ACKNOWLEDGED' | 'ACTIONED' | 'DECLINED' | 'CLOSED';
export type ItemVerb = 'acknowledge' | 'act' | 'decline';

/** What a party did, in the field's terms. */
export const ACTIONS = [
  'DOMAIN_CLIENT_HOLD',
  'DOMAIN_SERVER_HOLD',
  'DOMAIN_LOCKED',
  'DOMAIN_DELETED',
  'DOMAIN_TRANSFERRED',
  'NAMESERVERS_REMOVED',
  'SINKHOLED',
  'DNS_RECORD_REMOVED',
  'CONTENT_REMOVED',
  'URL_BLOCKED',
  'INTERSTITIAL_WARNING',
  'ACCOUNT_SUSPENDED',
  'SERVER_ISOLATED',
  'IP_NULL_ROUTED',
  'MAILBOX_SUSPENDED',
  'OUTBOUND_MAIL_BLOCKED',
  'CERTIFICATE_REVOKED',
  'SITE_CLEANED',
  'ABANDONED_BY_REGISTRANT',
] as const;
export type ActionTaken = (typeof ACTIONS)[number];

export const DECLINE_REASONS = [
  'NOT_OUR_CUSTOMER',
  'WRONG_LAYER_CONTACT_HOST',
  'WRONG_LAYER_CONTACT_REGISTRAR',
  'NOT_HOSTED_PASS_THROUGH',
  'CANNOT_REPRODUCE',
  'ALREADY_DOWN',
  'INSUFFICIENT_EVIDENCE',
  'NOT_A_POLICY_VIOLATION',
  'COLLATERAL_DAMAGE',
  'FALSE_POSITIVE',
  'LEGAL_ORDER_REQUIRED',
  'NO_LEGAL_BASIS_IN_JURISDICTION',
  'OTHER',
] as const;
export type DeclineReason = (typeof DECLINE_REASONS)[number];

const NEXT: Readonly<Record<ItemState, Partial<Record<ItemVerb, ItemState>>>> = {
  SENT: { acknowledge: 'ACKNOWLEDGED', act: 'ACTIONED', decline: 'DECLINED' },
  DELIVERED: { acknowledge: 'ACKNOWLEDGED', act: 'ACTIONED', decline: 'DECLINED' },
  ACKNOWLEDGED: { acknowledge: 'ACKNOWLEDGED', act: 'ACTIONED', decline: 'DECLINED' },
  // A desk may still find out that it can act after all.
  DECLINED: { act: 'ACTIONED' },
  ACTIONED: { act: 'ACTIONED' },
  CLOSED: {},
};

export function itemAfter(state: ItemState, verb: ItemVerb): ItemState {
  const next = NEXT[state][verb];
  if (!next) throw new Refusal('WRONG_STATE', `An item that is ${state} does not take ${verb}.`);
  return next;
}
