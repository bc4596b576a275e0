import {
  createLocalJWKSet,
  type CryptoKey,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose';
import { z } from 'zod';

import type { Clock } from '../platform/clock.ts';
import { Denial } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { discoveryOf, mayKeepKeysAt } from './issuer.ts';

/** After this the keys are read again, while those that are known go on. */
const FRESH_MS = 10 * 60_000;
/** Keys of an issuer that has not answered for so long are no longer believed. */
const STALE_MS = 24 * 60 * 60_000;
/** An issuer is asked this often at most, whatever key ids strangers make up: a new key must be published before it signs. */
const PAUSE_MS = 30_000;
/** Until it has answered once, somebody may be waiting for it. */
const FIRST_PAUSE_MS = 5_000;
const WITHIN_MS = 5_000;
const MOST_BYTES = 256 * 1024;

const metadata = z.object({ issuer: z.string(), jwks_uri: z.string() });
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })).max(100) });

interface Known {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly ids: ReadonlySet<string | undefined>;
  readonly readAt: number;
}

/**
 * The signing keys of one configured issuer. Found by its own description alone, never by what a token says of where
 * keys are; kept while the issuer does not answer.
 */
export class IssuerKeys {
  private known: Known | null = null;
  private askedAt = -Infinity;
  private asking: Promise<void> | null = null;

  constructor(
    private readonly issuer: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The key that the header of a token names. Throws jose's JWKSNoMatchingKey, and a Denial when none are known. */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (!this.standing()) await this.askAgain(FIRST_PAUSE_MS);
    else if (this.now() - (this.known?.readAt ?? 0) > FRESH_MS) void this.askAgain(PAUSE_MS);
    if (header.kid !== undefined && this.standing()?.ids.has(header.kid) === false) await this.askAgain(PAUSE_MS);
    const known = this.standing();
    if (!known) {
      throw new Denial('SERVICE_OVERLOADED', 'The issuer of this token cannot be asked for its keys: try again soon.');
    }
    return known.find(header, token);
  }

  private standing(): Known | null {
    return this.known && this.now() - this.known.readAt < STALE_MS ? this.known : null;
  }

  /** Once for all who ask meanwhile, and not again before the pause is over. Never throws: what is known stays. */
  private askAgain(pause: number): Promise<void> {
    if (this.asking) return this.asking;
    if (this.now() - this.askedAt < pause) return Promise.resolve();
    this.askedAt = this.now();
    this.asking = this.ask()
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        this.log.warn({ issuer: this.issuer, error: message }, 'the keys of an issuer could not be read');
      })
      .finally(() => {
        this.asking = null;
      });
    return this.asking;
  }

  private async ask(): Promise<void> {
    const { issuer, jwks_uri: address } = metadata.parse(await readJson(discoveryOf(this.issuer)));
    // OpenID Connect Discovery 1.0, 4.3: to the letter, or one issuer could speak for another.
    if (issuer !== this.issuer) throw new Error(`It calls itself ${issuer}.`);
    if (!mayKeepKeysAt(this.issuer, address)) throw new Error(`Its keys are not kept safely: ${address}`);
    const keys = keySet.parse(await readJson(address));
    const ids = new Set(keys.keys.map(({ kid }) => kid));
    this.known = { find: createLocalJWKSet(keys as JSONWebKeySet), ids, readAt: this.now() };
  }

  private now(): number {
    return this.clock.now().getTime();
  }
}

async function readJson(url: string): Promise<unknown> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(WITHIN_MS),
  });
  if (!response.ok || !response.body) throw new Error(`${url} answers with ${response.status}.`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    if ((bytes += chunk.length) > MOST_BYTES) throw new Error(`${url} says too much.`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}
