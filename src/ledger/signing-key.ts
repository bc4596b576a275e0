import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

import { z } from 'zod';

import { sha256 } from '../platform/ids.ts';
import { toHex } from '../verifier/encoding.ts';
import { keyId } from '../verifier/note.ts';

/** LOG: signs checkpoints and the note of keys. RECEIPT: signs receipts and statements. Never one key for both. */
export type KeyPurpose = 'LOG' | 'RECEIPT';

/** A private key as it is kept: the JWK of RFC 8037 2, and what it is for. */
export const keptKey = z.object({
  purpose: z.enum(['LOG', 'RECEIPT']),
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
});
export type KeptKey = z.infer<typeof keptKey>;

export function newKeptKey(purpose: KeyPurpose): KeptKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  return { purpose, kty: 'OKP', crv: 'Ed25519', x, d };
}

/** An Ed25519 key that signs here. */
export class SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: Buffer;

  constructor({ kty, crv, x, d }: KeptKey) {
    this.privateKey = createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' });
    // Computed, not taken from the file: a public half that is another key's would sign what nobody can check.
    const { x: own = '' } = createPublicKey(this.privateKey).export({ format: 'jwk' });
    this.publicKey = Buffer.from(own, 'base64url');
  }

  sign(text: string): Buffer {
    return sign(null, Buffer.from(text), this.privateKey);
  }
}

/** By which a key is known: the key id of signed notes, or the JWK thumbprint of RFC 7638. */
export function idOfKey(purpose: KeyPurpose, publicKey: Uint8Array, origin: string): string {
  if (purpose === 'LOG') return toHex(keyId({ name: origin, publicKey }));
  const x = Buffer.from(publicKey).toString('base64url');
  return sha256(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x })).toString('base64url');
}

/** Where private keys are kept. What is read is used and forgotten: the log key is held only by the node that leads. */
export interface KeyVault {
  /** For people: where it is. */
  readonly place: string;
  /** Null: it was never made. */
  read(): Promise<readonly KeptKey[] | null>;
  add(keys: readonly KeptKey[]): Promise<void>;
  /** Forgets keys for good, by their public halves (base64url). */
  remove(publicKeys: readonly string[]): Promise<void>;
}
