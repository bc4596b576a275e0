import { z } from 'zod';

import { onOrOff, whole, type Environment } from './environment.ts';

/** What a hub bounds otherwise than hubs do. */
export interface LimitConfig {
  /** A folder, or a file, of documents that are asked by their hash. */
  readonly trustedDocuments: string | null;
  readonly onlyTrusted: boolean;
  /** Addresses and ranges of proxies whose X-Forwarded-For is believed. */
  readonly proxies: string;
  /** Points of a client: how many at once, and how many come back each second. */
  readonly rate: { readonly maximum: number; readonly restoreRate: number } | null;
}

export const limitVariables = z.object({
  TRUSTED_DOCUMENTS: z.string().optional(),
  TRUSTED_DOCUMENTS_ONLY: onOrOff('TRUSTED_DOCUMENTS_ONLY').default('off'),
  TRUSTED_PROXIES: z.string().default(''),
  RATE_POINTS: whole('RATE_POINTS', 1_000, 999_999).optional(),
  RATE_PER_SECOND: whole('RATE_PER_SECOND', 1, 999_999).optional(),
});

export function limitsOf(read: z.infer<typeof limitVariables>): LimitConfig {
  const { RATE_POINTS: maximum, RATE_PER_SECOND: restoreRate } = read;
  return {
    trustedDocuments: read.TRUSTED_DOCUMENTS ?? null,
    onlyTrusted: read.TRUSTED_DOCUMENTS_ONLY === 'on',
    proxies: read.TRUSTED_PROXIES,
    rate: maximum === undefined || restoreRate === undefined ? null : { maximum, restoreRate },
  };
}

export function limitProblems(given: Environment): string[] {
  const [only, documents] = [given['TRUSTED_DOCUMENTS_ONLY'], given['TRUSTED_DOCUMENTS']];
  return [
    only === 'on' &&
      documents === undefined &&
      'TRUSTED_DOCUMENTS_ONLY needs TRUSTED_DOCUMENTS: the hub would answer nothing.',
    (given['RATE_POINTS'] === undefined) !== (given['RATE_PER_SECOND'] === undefined) &&
      'RATE_POINTS and RATE_PER_SECOND go together: what a client may use at once, and what comes back.',
  ].filter((problem) => problem !== false);
}
