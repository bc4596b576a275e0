/** What stands where words were; behind it a number where a report must not have the same twice. No observable is this. */
export const ERASED = '[erased]';

/** Kinds that say nothing but what proofs rest on: numbers, keys, and that something was erased. */
export const KEPT: ReadonlySet<string> = new Set([
  'FEED_STATED',
  'KEY_ADDED',
  'KEY_RETIRED',
  'GENERATION_OPENED',
  'ENTRIES_ERASED',
  'ERASURE_ORDERED',
  'ERASURE_DONE',
  ...['REPORTS_ERASED', 'INDICATORS_ERASED', 'CASES_ERASED', 'QUESTIONS_ERASED', 'REFERRALS_ERASED', 'ITEMS_ERASED'],
]);

export const isErasable = (kind: string): boolean => !KEPT.has(kind);
