import type { Labels } from './labels.ts';

export const SHARED_FORMATS = ['STIX', 'MISP'] as const;
export type SharedFormat = (typeof SHARED_FORMATS)[number];

/** Why an object of a document gives no indicator. */
export const SHARED_CODES = [
  'BAD_CONFIDENCE',
  'BAD_DATES',
  'BENIGN',
  'CONTEXT',
  'DUPLICATE_ID',
  'MALFORMED',
  'PROPOSAL',
  'REFERENCE',
  'REVOKED',
  'UNFLAGGED',
  'UNSUPPORTED_PATTERN',
  'UNSUPPORTED_TYPE',
] as const;
export type SharedCode = (typeof SHARED_CODES)[number];

/** An object that gives no indicator: used as context, of a kind that nobody can act on, or wrong. */
export interface Passed {
  readonly status: 'NOTED' | 'UNSUPPORTED' | 'REFUSED';
  readonly code: SharedCode;
  readonly hint: string;
}

/** An observable as text, and the word for its type. */
export interface SharedValue {
  readonly text: string;
  readonly type: string | null;
}

/** What an object claims: that each of these values served abuse. */
export interface Claims {
  readonly status: 'CLAIMS';
  /** At least one. */
  readonly values: readonly SharedValue[];
  /** What names the claim in every document; null where the object has no id that could. */
  readonly name: string | null;
  /** What may say its category, the nearest word first. */
  readonly words: readonly string[];
  readonly tags: readonly string[];
  readonly confidence: number | null;
  /** ISO 8601, in UTC. */
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  readonly comment: string | null;
  /** Its own, and those of what it stands in; the strictest. */
  readonly labels: Labels;
  /** Place of its report in the document's. */
  readonly report: number;
  /** Its source has taken it back. */
  readonly revoked: boolean;
  /** Its source says that it is not fit for detection by itself. */
  readonly unflagged: boolean;
}

export interface SharedObject {
  /** As written, for the answer. */
  readonly id: string | null;
  readonly type: string;
  readonly reading: Claims | Passed;
}

/** What a document says of objects that belong together. */
export interface SharedReport {
  /** What names it in every version; null where the document has no id that could. */
  readonly sourceId: string | null;
  readonly title: string | null;
  readonly narrative: string | null;
  readonly tags: readonly string[];
  readonly labels: Labels;
  readonly actors: readonly { readonly name: string; readonly labels: Labels }[];
}

/** A document as it was shared, in the terms of no format: everything in it, in its order. */
export interface SharedDocument {
  readonly format: SharedFormat;
  readonly reports: readonly SharedReport[];
  readonly objects: readonly SharedObject[];
}

/** Objects in one document: each gets an answer. */
export const MOST_OBJECTS = 100_000;

/** A host and a port as one value. */
export function endpoint(host: string, port: string): SharedValue {
  return { text: `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`, type: 'ip-port' };
}

export function noted(code: SharedCode, hint: string): Passed {
  return { status: 'NOTED', code, hint };
}

export function unsupported(code: SharedCode, hint: string): Passed {
  return { status: 'UNSUPPORTED', code, hint };
}

export function refused(code: SharedCode, hint: string): Passed {
  return { status: 'REFUSED', code, hint };
}
