import path from 'node:path';

import { z } from 'zod';

import { ROLES } from '../platform/viewer.ts';
import { readIfThere, writePrivately } from './private-file.ts';

/** The organisations of a trial, as scripts call them. */
export const DEMO_SLUGS = [
  'vendor',
  'vendor2',
  'cert',
  'cert2',
  'registrar',
  'reseller',
  'host',
  'mailProvider',
  'authority',
  'operator',
] as const;
export type DemoSlug = (typeof DEMO_SLUGS)[number];

const organisation = z.object({
  /** Global id. */
  id: z.string(),
  name: z.string(),
  roles: z.array(z.enum(ROLES)),
  apiKey: z.string(),
});

/** How each gets access tokens of the trial's own issuer (RFC 6749 4.4): by its secret, or by its key (RFC 7523). */
const oauth = z.object({
  issuer: z.string(),
  tokenUrl: z.string(),
  /** What `resource` says (RFC 8707), and `aud` of the tokens. May be left out. */
  resource: z.string(),
  clients: z.record(
    z.enum(DEMO_SLUGS),
    z.object({
      clientId: z.string(),
      clientSecret: z.string(),
      keyClientId: z.string(),
      privateKey: z.record(z.string(), z.string()),
    }),
  ),
});

const demoFile = z.object({
  url: z.string(),
  wsUrl: z.string(),
  oauth: oauth.optional(),
  /** Where people sign in under any name; `inviteMember` makes them members. */
  people: z.object({ signInUrl: z.string(), password: z.string() }).optional(),
  organisations: z.record(z.enum(DEMO_SLUGS), organisation),
});

/** What `.tocsin/demo.json` holds: where the trial is, the key of each demo organisation, and how it gets tokens. */
export type DemoFile = z.infer<typeof demoFile>;
export type DemoOAuth = z.infer<typeof oauth>;
export type DemoOrganisation = z.infer<typeof organisation>;

const fileIn = (folder: string): string => path.join(folder, 'demo.json');

/** Null when there is none, or one that nobody can read any more: keys can be issued anew. */
export function readDemoFile(folder: string): DemoFile | null {
  const text = readIfThere(fileIn(folder));
  if (text === null) return null;
  try {
    return demoFile.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

export function writeDemoFile(folder: string, demo: DemoFile): void {
  writePrivately(fileIn(folder), `${JSON.stringify(demo, null, 2)}\n`);
}
