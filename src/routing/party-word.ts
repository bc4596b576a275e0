import type { ReadingOptions } from '../observable/observable.ts';
import { Refusal } from '../platform/errors.ts';
import { isKeepable } from '../platform/text.ts';
import { readAsset, type Asset, type ClaimKind, type ClaimRole } from './claim.ts';

export const CONTACT_MARKS = ['FORM', 'DEAD', 'HOSTILE'] as const;
export type ContactMark = (typeof CONTACT_MARKS)[number];

export const CORRECTIONS = ['REPLACE', 'REMOVE', 'FORGET'] as const;
export type Correction = (typeof CORRECTIONS)[number];

/** Who gave a party: its own claim on the resource, a reporter, a look-up, or the coordinator. */
export const PARTY_SOURCES = ['CLAIM', 'REPORT', 'LOOKUP', 'COORDINATOR'] as const;
export type PartySource = (typeof PARTY_SOURCES)[number];

/** What a coordinator says of one role: who acts in it, that nobody does, or nothing any more. */
export type Word =
  | { readonly says: 'PARTY'; readonly by: Asset }
  | { readonly says: 'PARTY'; readonly by: { readonly organisation: string; readonly name: string } }
  | { readonly says: 'NOBODY' | 'NOTHING'; readonly by: null };

/** The kinds of key of which each names one party, and for which an organisation is made. */
const KEYS: ReadonlySet<ClaimKind> = new Set(['IANA_REGISTRAR_ID', 'REGISTRAR_HANDLE', 'ASN', 'CONTACT_DOMAIN']);
const LONGEST = 300;

export interface WrittenKey {
  readonly kind?: ClaimKind | null;
  readonly value?: string | null;
  readonly tld?: string | null;
}

/** BAD_INPUT or PUBLIC_SUFFIX for what names nobody, or nobody in this role. */
export function readKey({ kind, value, tld }: WrittenKey, role: ClaimRole, options: ReadingOptions): Asset {
  if (kind == null || value == null) {
    throw new Refusal('BAD_INPUT', 'Send either organisation, or kind and value.', ['party']);
  }
  if (!KEYS.has(kind)) {
    throw new Refusal('BAD_INPUT', `A party is named by ${[...KEYS].join(', ')} or its organisation.`, ['party']);
  }
  if (value.length > LONGEST || !isKeepable(value)) {
    throw new Refusal('BAD_INPUT', `A key has at most ${LONGEST} whole characters.`, ['party']);
  }
  return readAsset({ kind, role, value, tld: tld ?? null }, options);
}
