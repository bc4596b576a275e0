import { generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto';
import path from 'node:path';

import { z } from 'zod';

import { DEMO_SLUGS, type DemoSlug } from '../demo-file.ts';
import { readIfThere, writePrivately } from '../private-file.ts';

const key = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string(), d: z.string() });

const secretsFile = z.object({
  signingKey: key,
  /** Beside its secret each organisation has a key, for a second client that proves itself by it. */
  clients: z.record(z.enum(DEMO_SLUGS), z.object({ secret: z.string().min(32), key })),
  /** By which a person is whom she says she is. */
  password: z.string().min(20),
});

/** What `oidc.json` of a trial holds: the key its issuer signs with, and what the clients of the demo prove themselves by. */
export type OidcSecrets = z.infer<typeof secretsFile>;
export type PrivateKey = z.infer<typeof key>;

/** Made once; a file that cannot be read any more is made anew, since tokens live for minutes only. */
export function openOidcSecrets(folder: string): OidcSecrets {
  const file = path.join(folder, 'oidc.json');
  const known = parse(readIfThere(file));
  if (known) return known;
  const made = makeSecrets();
  writePrivately(file, `${JSON.stringify(made, null, 2)}\n`);
  return made;
}

function parse(text: string | null): OidcSecrets | null {
  if (text === null) return null;
  try {
    return secretsFile.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function makeSecrets(): OidcSecrets {
  const clients = Object.fromEntries(
    DEMO_SLUGS.map((slug) => [slug, { secret: randomBytes(32).toString('base64url'), key: makeKey() }]),
  ) as Record<DemoSlug, { secret: string; key: PrivateKey }>;
  return { signingKey: makeKey(), clients, password: randomBytes(18).toString('base64url') };
}

function makeKey(): PrivateKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk: JsonWebKey = privateKey.export({ format: 'jwk' });
  return key.parse(jwk);
}
