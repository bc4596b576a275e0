import { isSignedBy } from './ed25519.ts';
import { fromBase64, toBase64, toHex, utf8 } from './encoding.ts';
import { sha256 } from './sha256.ts';
import { sameBytes } from './tree.ts';

/** A key that signs notes (C2SP signed-note): the name it signs under, and its Ed25519 public key. */
export interface NoteKey {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

/** What a key signs, as its id and its word say it: notes as they are, or the cosignatures of a witness. */
export type KeyType = typeof SIGNS_NOTES | typeof COSIGNS;
const SIGNS_NOTES = 0x01;
export const COSIGNS = 0x04;
const ID_BYTES = 4;

const keyBytes = ({ publicKey }: NoteKey, type: KeyType): Uint8Array => Uint8Array.of(type, ...publicKey);

/** The four bytes by which a signature says whose it is. */
export function keyId(key: NoteKey, type: KeyType = SIGNS_NOTES): Uint8Array {
  return sha256(utf8(`${key.name}\n`), keyBytes(key, type)).slice(0, ID_BYTES);
}

/** The key as one word that a person can pin: `<name>+<key id>+<key>`. */
export function vkeyOf(key: NoteKey, type: KeyType = SIGNS_NOTES): string {
  return `${key.name}+${toHex(keyId(key, type))}+${toBase64(keyBytes(key, type))}`;
}

/** Null for what is not an Ed25519 key of this type, or whose id is another key's: somebody mistyped it. */
export function parseVkey(text: string, type: KeyType = SIGNS_NOTES): NoteKey | null {
  const [, name, , base64] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text) ?? [];
  const bytes = fromBase64(base64 ?? '');
  if (name === undefined || bytes?.length !== 33 || bytes[0] !== type) return null;
  const key = { name, publicKey: bytes.slice(1) };
  return vkeyOf(key, type) === text ? key : null;
}

/** A signed note, taken apart; who signed it is not judged yet. */
export interface Note {
  /** What was signed, with its last line feed. */
  readonly text: string;
  readonly signatures: readonly Signature[];
}

export interface Signature {
  readonly name: string;
  readonly id: Uint8Array;
  readonly signature: Uint8Array;
}

/** Null for what has not the form of a note. */
export function parseNote(note: string): Note | null {
  const split = note.lastIndexOf('\n\n');
  // The standard forbids other control characters: what a person sees must be what was signed.
  if (split < 1 || !note.endsWith('\n') || /[\x00-\x09\x0b-\x1f]/.test(note)) return null;
  const lines = note.slice(split + 2, -1).split('\n');
  const signatures = lines.flatMap((line) => parseSignature(line) ?? []);
  return signatures.length === lines.length ? { text: note.slice(0, split + 1), signatures } : null;
}

function parseSignature(line: string): Signature | null {
  const [, name, base64] = /^— ([^\s+]+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
  const bytes = fromBase64(base64 ?? '');
  if (name === undefined || !bytes || bytes.length <= ID_BYTES) return null;
  return { name, id: bytes.slice(0, ID_BYTES), signature: bytes.slice(ID_BYTES) };
}

/** A note with its signatures, as it is published. */
export function writeNote(text: string, signatures: readonly { key: NoteKey; signature: Uint8Array }[]): string {
  const lines = signatures.map(({ key, signature }) => signatureLine(key.name, keyId(key), signature));
  return `${text}\n${lines.join('')}`;
}

export const signatureLine = (name: string, id: Uint8Array, signature: Uint8Array): string =>
  `— ${name} ${toBase64(Uint8Array.of(...id, ...signature))}\n`;

/** NONE: this key did not sign. BAD: it says that it did, and it is not true; then nothing in the note may be believed. */
export type SignatureState = 'GOOD' | 'BAD' | 'NONE';

export async function signatureOf(note: Note, key: NoteKey): Promise<SignatureState> {
  const own = linesOf(note, key, SIGNS_NOTES);
  for (const { signature } of own) {
    if (!(await isSignedBy(key.publicKey, signature, utf8(note.text)))) return 'BAD';
  }
  return own.length > 0 ? 'GOOD' : 'NONE';
}

/** The signatures that say they are this key's. */
export function linesOf(note: Note, key: NoteKey, type: KeyType): readonly Signature[] {
  const id = keyId(key, type);
  return note.signatures.filter((each) => each.name === key.name && sameBytes(each.id, id));
}
