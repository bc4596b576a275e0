import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';

import type { NoteKey } from '../../src/verifier/note.ts';

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An Ed25519 key that is the same in every run. */
export class TestKey {
  private readonly secret: KeyObject;
  readonly publicKey: Uint8Array;

  constructor(readonly word: string) {
    this.secret = createPrivateKey({ key: Buffer.concat([PKCS8, hash(word)]), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(this.secret).export({ format: 'der', type: 'spki' });
    this.publicKey = Uint8Array.from(spki.subarray(-32));
  }

  sign(text: string): Uint8Array {
    return Uint8Array.from(sign(null, Buffer.from(text), this.secret));
  }

  named(name: string): NoteKey {
    return { name, publicKey: this.publicKey };
  }

  jws(typ: string, claims: object, header: object = {}): string {
    const parts = [{ alg: 'Ed25519', kid: this.word, typ, ...header }, claims];
    const head = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${head}.${Buffer.from(this.sign(head)).toString('base64url')}`;
  }
}
