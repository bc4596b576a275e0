import { parseCheckpoint, type Checkpoint } from '../../verifier/checkpoint.ts';
import { fromBase64 } from '../../verifier/encoding.ts';
import { parseNote, type Note } from '../../verifier/note.ts';
import { isHash, type Hash } from '../../verifier/tree.ts';

/** What `add-checkpoint` is asked (C2SP tlog-witness). */
export interface WitnessRequest {
  readonly old: number;
  readonly proof: readonly Hash[];
  /** The checkpoint as it came, with its signatures. */
  readonly signed: string;
  readonly note: Note;
  readonly checkpoint: Checkpoint;
}

const MOST_HASHES = 63;
const FORM = /^old (0|[1-9]\d{0,14})\n((?:\S+\n)*)\n([^]+)$/;

/** Null for what has not the form of a request. */
export function readWitnessRequest(body: string): WitnessRequest | null {
  const [, old, lines = '', signed = ''] = FORM.exec(body) ?? [];
  const note = parseNote(signed);
  const checkpoint = note && parseCheckpoint(note.text);
  if (old === undefined || !note || !checkpoint) return null;
  const words = lines === '' ? [] : lines.slice(0, -1).split('\n');
  const proof = words.flatMap((word) => hashIn(word) ?? []);
  if (words.length > MOST_HASHES || proof.length !== words.length) return null;
  return { old: Number(old), proof, signed, note, checkpoint };
}

function hashIn(word: string): Hash | null {
  const bytes = fromBase64(word);
  return bytes && isHash(bytes) ? bytes : null;
}
