import { cosignatureOf } from '../verifier/cosignature.ts';
import { toBase64 } from '../verifier/encoding.ts';
import { parseNote, type NoteKey } from '../verifier/note.ts';
import { proveConsistency, type ReadNodes } from '../verifier/proof.ts';
import { Unsigned } from './anchor.ts';

export interface ToWitness {
  readonly origin: string;
  /** The size of the last checkpoint that was published. */
  readonly last: number;
  readonly size: number;
  readonly note: string;
}

/** Somebody outside who signs that a checkpoint goes on from the one it saw before (C2SP tlog-witness). */
export interface Witness {
  readonly name: string;
  /** Signature lines to be added to the note. Throws Unsigned when it does not get them. */
  cosign(checkpoint: ToWitness, nodes: ReadNodes): Promise<string>;
}

const ANSWER_WITHIN_MS = 5_000;
/** Of an answer nothing longer is read: some signature lines, or a number. */
const ANSWER_MOST = 16_384;

/** A witness over HTTP: `POST <url>/add-checkpoint`. What it answers is published only when it is its signature. */
export class HttpWitness implements Witness {
  constructor(
    private readonly url: string,
    private readonly key: NoteKey,
  ) {}

  get name(): string {
    return this.key.name;
  }

  async cosign(checkpoint: ToWitness, nodes: ReadNodes): Promise<string> {
    const first = await this.send(checkpoint, checkpoint.last, nodes);
    if (first.status !== 409) return this.signatures(checkpoint, first);
    // It says the size that it holds: ours may be older when a cosigned checkpoint was not stored in time.
    const held = /^\d{1,15}\n?$/.test(first.text) ? Number(first.text) : null;
    if (held === checkpoint.last) throw this.disagreement();
    if (held === null || held > checkpoint.size) {
      const message = `The witness ${this.url} has seen ${first.text.trim()} entries of ${checkpoint.origin}, and ${checkpoint.size} are here: some are lost, and a witness does not forget. Begin a new log.`;
      throw new Unsigned('WITNESS_AHEAD', message);
    }
    return this.signatures(checkpoint, await this.send(checkpoint, held, nodes));
  }

  private async signatures({ note }: ToWitness, { status, text }: Answer): Promise<string> {
    if (status === 409 || status === 422) throw this.disagreement();
    const reasons: Readonly<Record<number, string>> = {
      403: 'it does not know the key that signed',
      404: 'it does not know this log: have it added there',
    };
    if (status !== 200) {
      throw new Unsigned('NO_WITNESS', `The witness ${this.url} did not sign: ${reasons[status] ?? `HTTP ${status}`}.`);
    }
    const answered = parseNote(note + text);
    if (!answered || (await cosignatureOf(answered, this.key)) !== 'GOOD') {
      const message = `What the witness ${this.url} answers is not the signature of ${this.name} on this checkpoint: is TOCSIN_WITNESS its key?`;
      throw new Unsigned('NO_WITNESS', message);
    }
    return text;
  }

  private disagreement(): Unsigned {
    const message = `The witness ${this.url} has seen another history: its checkpoint and ours are of two logs. Find out which of them was signed here before, and restore that.`;
    return new Unsigned('WITNESS_DISAGREES', message);
  }

  private async send({ note, size }: ToWitness, old: number, nodes: ReadNodes): Promise<Answer> {
    const proof = await proveConsistency(old, size, nodes);
    const body = `old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${note}`;
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const response = await fetch(`${this.url}/add-checkpoint`, { method: 'POST', body, signal, redirect: 'error' });
      return { status: response.status, text: await shortText(response) };
    } catch (error) {
      throw new Unsigned('NO_WITNESS', `The witness ${this.url} does not answer: ${String(error)}.`);
    }
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function shortText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > ANSWER_MOST) throw new Error(`more than ${ANSWER_MOST} bytes`);
  }
  return Buffer.concat(chunks).toString();
}
