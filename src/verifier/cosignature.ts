import { isSignedBy } from './ed25519.ts';
import { utf8 } from './encoding.ts';
import { FaultFound } from './fault.ts';
import { COSIGNS, keyId, linesOf, parseNote, parseVkey, signatureLine, vkeyOf } from './note.ts';
import type { Note, NoteKey, SignatureState } from './note.ts';

/** Whose cosignatures a reader asks for, and how many of them make a checkpoint one that everybody was shown. */
export interface WitnessPolicy {
  readonly witnesses: readonly NoteKey[];
  readonly quorum: number;
}

const TIME_BYTES = 8;

/** What a witness signs (C2SP tlog-cosignature): that at this second, the log was this and no longer. */
export const cosignedText = (checkpoint: string, seconds: number): string =>
  `cosignature/v1\ntime ${seconds}\n${checkpoint}`;

/** The key of a witness as one word, and back; null for what is none. */
export const witnessVkeyOf = (key: NoteKey): string => vkeyOf(key, COSIGNS);
export const parseWitnessVkey = (text: string): NoteKey | null => parseVkey(text, COSIGNS);

/** A cosignature as a line of the note. */
export function cosignatureLine(key: NoteKey, seconds: number, signature: Uint8Array): string {
  const stamped = new Uint8Array(TIME_BYTES + signature.length);
  new DataView(stamped.buffer).setBigUint64(0, BigInt(seconds));
  stamped.set(signature, TIME_BYTES);
  return signatureLine(key.name, keyId(key, COSIGNS), stamped);
}

/** BAD when any line that says it is this witness's is not. */
export async function cosignatureOf(note: Note, key: NoteKey): Promise<SignatureState> {
  const own = linesOf(note, key, COSIGNS);
  for (const { signature } of own) {
    if (!(await isCosignature(note.text, key, signature))) return 'BAD';
  }
  return own.length > 0 ? 'GOOD' : 'NONE';
}

async function isCosignature(text: string, { publicKey }: NoteKey, stamped: Uint8Array): Promise<boolean> {
  if (stamped.length <= TIME_BYTES) return false;
  const seconds = new DataView(stamped.buffer, stamped.byteOffset).getBigUint64(0);
  const message = utf8(cosignedText(text, Number(seconds)));
  return isSignedBy(publicKey, stamped.slice(TIME_BYTES), message);
}

/** How many of the witnesses cosigned the checkpoint; the fault when that is fewer than the quorum, or one is false. */
export async function assertWitnessed(
  signed: string,
  { witnesses, quorum }: WitnessPolicy,
  path: string,
): Promise<number> {
  const note = parseNote(signed);
  const missing: string[] = [];
  for (const key of witnesses) {
    const state = note ? await cosignatureOf(note, key) : 'NONE';
    if (state === 'BAD') {
      throw new FaultFound(
        'COSIGNATURE_INVALID',
        { path },
        `The cosignature of ${key.name} is not of this checkpoint.`,
      );
    }
    if (state === 'NONE') missing.push(key.name);
  }
  const found = witnesses.length - missing.length;
  if (found >= quorum) return found;
  const message = `The checkpoint was cosigned by ${found} of the ${quorum} witnesses that are needed; not by ${missing.join(', ')}.`;
  throw new FaultFound('NOT_WITNESSED', { path }, message);
}
