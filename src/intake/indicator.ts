import { ResourceKind, type ObservableType, type Resource } from '../observable/observable.ts';
import { readObservable } from '../observable/read-observable.ts';
import { ObservableRefusal } from '../observable/refusal.ts';
import { canonical } from '../ledger/entry.ts';
import { sha256 } from '../platform/ids.ts';
import { isKeepable } from '../platform/text.ts';
import { readHosting, type Hosting, type PartyFact } from './hosting.ts';

/** What an observable served, in the field's terms (ICANN RAA 3.18, RSIT, X-ARF types, n6). */
export const ABUSE_CATEGORIES = [
  'PHISHING',
  'MALWARE_DISTRIBUTION',
  'BOTNET_C2',
  'BOTNET_INFECTION',
  'PHARMING',
  'SPAM_VECTOR',
  'SPAM_OTHER',
  'FRAUD_SCAM',
  'BRAND_IMPERSONATION',
  'SUSPICIOUS_REGISTRATION',
  'COMPROMISED_SITE',
  'CREDENTIAL_EXFILTRATION',
  'MALWARE_CONFIGURATION',
  'SCANNING_EXPLOITATION',
  'DATA_EXPOSURE',
  'OTHER',
] as const;
export type AbuseCategory = (typeof ABUSE_CATEGORIES)[number];

/** Why an item of a submission was not accepted: what `readObservable` says, and what concerns the item around it. */
export const ITEM_REFUSALS = [
  ...Object.values(ObservableRefusal),
  'BAD_CONFIDENCE',
  'BAD_DATES',
  'BAD_EXTERNAL_ID',
  'BAD_COMMENT',
  'BAD_HOSTING',
  'EXTERNAL_ID_MISMATCH',
  'LISTS_CHANGED',
] as const;
export type ItemRefusalCode = (typeof ITEM_REFUSALS)[number];

export interface SubmittedIndicator {
  readonly value: string;
  readonly type?: string | null;
  readonly category: AbuseCategory;
  readonly confidence?: number | null;
  readonly firstSeen?: Date | null;
  readonly lastSeen?: Date | null;
  readonly comment?: string | null;
  readonly externalId?: string | null;
  readonly hosting?: Hosting | null;
}

export interface Candidate {
  readonly ok: true;
  readonly type: ObservableType;
  readonly value: string;
  readonly resource: (Resource & { readonly hash: Buffer }) | null;
  readonly item: SubmittedIndicator;
  /** What its reporter knows of who can act on it; null when it says nothing of that. */
  readonly facts: readonly PartyFact[] | null;
  /** Equal for equal content; what `externalId` promises to be the name of. */
  readonly contentHash: Buffer;
  /** Equal for what is one claim within a report. */
  readonly claim: string;
}

export interface RefusedItem {
  readonly ok: false;
  readonly code: ItemRefusalCode;
  readonly hint: string;
}

/** Reads one item of a submission. A refused item never spoils its neighbours. */
export function readIndicator(item: SubmittedIndicator, options: { documentation: boolean }): Candidate | RefusedItem {
  const reading = readObservable(item.value, item.type, options);
  if (!reading.ok) return { ok: false, code: reading.code, hint: reading.hint };
  const fault = faultOf(item);
  if (fault) return fault;
  const { type, value } = reading.observable;
  const resource = reading.resource && { ...reading.resource, hash: resourceHash(reading.resource) };
  const facts = item.hosting == null ? null : readHosting(item.hosting, reading.resource, options);
  if (facts && 'hint' in facts) return { ok: false, code: 'BAD_HOSTING', hint: facts.hint };
  const content = [
    type,
    value,
    item.category,
    item.confidence ?? null,
    isoOf(item.firstSeen),
    isoOf(item.lastSeen),
    item.comment ?? null,
    // Left out where nothing was said: the hash of an older row is without it.
    ...(facts ? [facts.map(({ kind, value: known, seenAt }) => [kind, known, seenAt])] : []),
  ];
  const claim = `${item.category} ${type} ${value}`;
  return { ok: true, type, value, resource, item, facts, contentHash: sha256(canonical(content)), claim };
}

/** The identity of a resource: 32 bytes, equal for equal (kind, value). */
export function resourceHash({ kind, value }: { readonly kind: string; readonly value: string }): Buffer {
  return sha256(`${kind} ${value}`);
}

/** The name by whose holders a resource can be switched off; null where no name says who that is. */
export function hostOf({ kind, value }: Resource): string | null {
  switch (kind) {
    case ResourceKind.NAME:
    case ResourceKind.TENANT:
      return value;
    case ResourceKind.PAGE:
      return new URL(value).hostname;
    case ResourceKind.MAILBOX:
      return value.slice(value.lastIndexOf('@') + 1);
    case ResourceKind.ADDRESS:
    case ResourceKind.NETWORK:
    case ResourceKind.CERTIFICATE:
      return null;
  }
}

function faultOf({ confidence, firstSeen, lastSeen, comment, externalId }: SubmittedIndicator): RefusedItem | null {
  if (confidence != null && (confidence < 0 || confidence > 100)) {
    return { ok: false, code: 'BAD_CONFIDENCE', hint: 'Confidence is from 0 to 100.' };
  }
  if (firstSeen && lastSeen && firstSeen > lastSeen) {
    return { ok: false, code: 'BAD_DATES', hint: 'firstSeen is later than lastSeen.' };
  }
  if (comment != null && (comment.length > 2000 || !isKeepable(comment))) {
    return { ok: false, code: 'BAD_COMMENT', hint: 'A comment has at most 2,000 whole characters.' };
  }
  if (externalId != null && (externalId.length < 1 || externalId.length > 256 || !isKeepable(externalId))) {
    return { ok: false, code: 'BAD_EXTERNAL_ID', hint: 'An externalId has 1 to 256 whole characters.' };
  }
  return null;
}

const isoOf = (date: Date | null | undefined): string | null => date?.toISOString() ?? null;
