import { z } from 'zod';

import { folder, readVariables, type Environment } from './environment.ts';

/** Which hub the command line asks, as whom, when its options do not say. */
export interface ClientConfig {
  readonly url: string | null;
  readonly key: string | null;
  readonly folder: string;
}

const variables = z.object({
  TOCSIN_URL: z
    .url({
      protocol: /^https?$/,
      error: 'TOCSIN_URL must be the http(s) address of a hub, e.g. http://127.0.0.1:4000.',
    })
    .optional(),
  TOCSIN_KEY: z
    .string()
    .regex(/^tocsin_[\w-]{20,100}$/, 'TOCSIN_KEY must be an API key: it begins with tocsin_.')
    .optional(),
  TOCSIN_FOLDER: folder,
});

export function readClientConfig(environment?: Environment): ClientConfig {
  const read = readVariables(variables, environment);
  return { url: read.TOCSIN_URL ?? null, key: read.TOCSIN_KEY ?? null, folder: read.TOCSIN_FOLDER };
}
