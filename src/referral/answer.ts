import { Refusal } from '../platform/errors.ts';
import { isKeepable } from '../platform/text.ts';

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
  'TRANSFERRED_AWAY',
  'WRONG_LAYER_CONTACT_HOST',
  'WRONG_LAYER_CONTACT_REGISTRAR',
  'NOT_HOSTED_PASS_THROUGH',
  'CANNOT_REPRODUCE',
  'ALREADY_DOWN',
  'ALREADY_SUSPENDED',
  'ALREADY_SINKHOLED',
  'EXPIRED',
  'INSUFFICIENT_EVIDENCE',
  'NOT_A_POLICY_VIOLATION',
  'OUTSIDE_DNS_ABUSE_SCOPE',
  'COMPROMISED_SITE_DISPROPORTIONATE',
  'COLLATERAL_DAMAGE',
  'FALSE_POSITIVE',
  'DUPLICATE',
  'CUSTOMER_DISPUTES',
  'UNDER_DISPUTE',
  'PRESERVE_FOR_INVESTIGATION',
  'REPORTER_NOT_AUTHORISED',
  'LEGAL_ORDER_REQUIRED',
  'NO_LEGAL_BASIS_IN_JURISDICTION',
  'OTHER',
] as const;
export type DeclineReason = (typeof DECLINE_REASONS)[number];

/** The role of the party that a reason points to instead. SAME: another one in the role that was asked. */
const POINTS_TO: Readonly<Partial<Record<DeclineReason, string>>> = {
  NOT_OUR_CUSTOMER: 'SAME',
  TRANSFERRED_AWAY: 'SAME',
  WRONG_LAYER_CONTACT_HOST: 'HOST',
  WRONG_LAYER_CONTACT_REGISTRAR: 'REGISTRAR',
  NOT_HOSTED_PASS_THROUGH: 'HOST',
};

export const pointsTo = (reason: DeclineReason | null): string | null =>
  reason === null ? null : (POINTS_TO[reason] ?? null);

/** As long as a desk may say that it looks into something, at once; it may say so again. */
export const REVIEW_AT_MOST_MS = 30 * 24 * 3600 * 1000;

/** An instant that has passed; now, where none is named. */
export function pastInstant(instant: Date | null | undefined, now: Date, path: string): Date {
  if (instant && instant > now) throw new Refusal('BAD_INPUT', `${path} lies in the future.`, [path]);
  return instant ?? now;
}

export function checkText(text: string | null | undefined, most: number, path: string): void {
  if (text != null && (text.length > most || !isKeepable(text))) {
    throw new Refusal('BAD_INPUT', `${path} has at most ${most} whole characters.`, [path]);
  }
}

export function checkNotes(content: { note?: string | null; providerReference?: string | null }): void {
  checkText(content.note, 2000, 'note');
  checkText(content.providerReference, 256, 'providerReference');
}
