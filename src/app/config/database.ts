import { z } from 'zod';

import type { DatabaseAddress } from '../../platform/database/logins.ts';
import { whole, type Environment } from './environment.ts';

const SECRET_LENGTH = 32;

export const databaseVariables = z.object({
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'DATABASE_URL must look like postgres://owner:password@host:5432/tocsin (a role that may create roles).',
    })
    .optional(),
  TOCSIN_LOGIN_SECRET: z
    .string()
    .min(SECRET_LENGTH, `TOCSIN_LOGIN_SECRET needs ${SECRET_LENGTH} characters or more: openssl rand -base64 32`)
    .optional(),
  REPLICA_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'REPLICA_URL must look like postgres://host:5432/tocsin: a standby of DATABASE_URL.',
    })
    .optional(),
  POOL_SIZE: whole('POOL_SIZE', 1, 150).default(10),
});

/** Null: the embedded PostgreSQL. */
export const databaseOf = (read: z.infer<typeof databaseVariables>): DatabaseAddress | null =>
  read.DATABASE_URL === undefined || read.TOCSIN_LOGIN_SECRET === undefined
    ? null
    : {
        adminUrl: read.DATABASE_URL,
        loginSecret: read.TOCSIN_LOGIN_SECRET,
        ...(read.REPLICA_URL !== undefined && { replicaUrl: read.REPLICA_URL }),
      };

export function databaseProblems({
  DATABASE_URL: url,
  TOCSIN_LOGIN_SECRET: secret,
  REPLICA_URL: replica,
}: Environment): string[] {
  if (url === undefined && replica !== undefined) {
    return ['REPLICA_URL is a standby of a database of your own: set DATABASE_URL, or unset it.'];
  }
  if (url !== undefined && secret === undefined) {
    return ['DATABASE_URL needs TOCSIN_LOGIN_SECRET, always the same: openssl rand -base64 32'];
  }
  // A forgotten DATABASE_URL would otherwise bring up a second, empty hub without a word.
  if (url === undefined && secret !== undefined) {
    return ['TOCSIN_LOGIN_SECRET is for a database of your own: set DATABASE_URL, or unset it.'];
  }
  return [];
}
