import { fromBase64, toBase64 } from './encoding.ts';
import { FaultFound } from './fault.ts';
import { within, type Keys } from './keys.ts';
import { parseNote, signatureOf } from './note.ts';
import { isHash, type Hash } from './tree.ts';

/** What a log of this size is, whole (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

/** The text that is signed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Null for what is not the text of a checkpoint. Lines after the third are extensions, and say nothing to us. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin = '', size = '', root = '', ...rest] = text.split('\n');
  const hash = fromBase64(root);
  if (rest.at(-1) !== '' || origin === '' || !/^(0|[1-9]\d{0,14})$/.test(size) || !hash || !isHash(hash)) return null;
  return { origin, size: Number(size), root: hash };
}

/** The checkpoint that a log key of this hub signed while it was valid. `path` is where the note stands. */
export async function openCheckpoint(signed: string, keys: Keys, path: string): Promise<Checkpoint> {
  const note = parseNote(signed);
  const checkpoint = note && parseCheckpoint(note.text);
  if (!note || !checkpoint) throw new FaultFound('CHECKPOINT_TAMPERED', { path }, 'The checkpoint cannot be read.');
  if (checkpoint.origin !== keys.origin) {
    throw new FaultFound('CHECKPOINT_TAMPERED', { path }, `The checkpoint is not one of ${keys.origin}.`);
  }
  let signers = 0;
  let valid = 0;
  for (const logKey of keys.log) {
    const state = await signatureOf(note, logKey.key);
    if (state === 'BAD')
      throw new FaultFound('CHECKPOINT_TAMPERED', { path }, 'The checkpoint is not what was signed.');
    if (state === 'GOOD') signers += 1;
    if (state === 'GOOD' && within(checkpoint.size, logKey)) valid += 1;
  }
  if (signers === 0) throw new FaultFound('KEY_UNKNOWN', { path }, 'No log key of this hub signed the checkpoint.');
  if (valid === 0) {
    const message = `The key that signed the checkpoint of size ${checkpoint.size} was not valid for that size.`;
    throw new FaultFound('KEY_OUT_OF_WINDOW', { path }, message);
  }
  return checkpoint;
}
