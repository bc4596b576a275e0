import { proveConsistency, type ReadNodes } from '../verifier/proof.ts';
import { toBase64 } from '../verifier/encoding.ts';
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
  /** Signature lines to be added to the note. Throws Unsigned when it does not get them: nothing is published then. */
  cosign(checkpoint: ToWitness, nodes: ReadNodes): Promise<string>;
}

const ANSWER_WITHIN_MS = 5_000;
const COSIGNATURE = /^(— [^\s+]+ [A-Za-z0-9+/]+=*\n)+$/;

/** A witness over HTTP: `POST <url>/add-checkpoint`. */
export class HttpWitness implements Witness {
  constructor(private readonly url: string) {}

  async cosign(checkpoint: ToWitness, nodes: ReadNodes): Promise<string> {
    const first = await this.send(checkpoint, checkpoint.last, nodes);
    // It says the size that it holds: ours may be older when a cosigned checkpoint was not stored in time.
    const held = first.status === 409 ? Number(first.text) : null;
    if (held === null) return this.signatures(first);
    if (!Number.isSafeInteger(held) || held > checkpoint.size) {
      const message = `The witness ${this.url} has seen ${first.text.trim()} entries of ${checkpoint.origin}, and ${checkpoint.size} are here: some are lost, and a witness does not forget. Begin a new log.`;
      throw new Unsigned('WITNESS_AHEAD', message);
    }
    return this.signatures(await this.send(checkpoint, held, nodes));
  }

  private signatures({ status, text }: { status: number; text: string }): string {
    if (status === 200 && COSIGNATURE.test(text)) return text;
    const reasons: Readonly<Record<number, string>> = {
      403: 'it does not know the key that signed',
      404: 'it does not know this log: have it added there',
      422: 'it has seen another history',
    };
    throw new Unsigned('NO_WITNESS', `The witness ${this.url} did not sign: ${reasons[status] ?? `HTTP ${status}`}.`);
  }

  private async send(
    { note, size }: ToWitness,
    old: number,
    nodes: ReadNodes,
  ): Promise<{ status: number; text: string }> {
    const proof = await proveConsistency(old, size, nodes);
    const body = `old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${note}`;
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const response = await fetch(`${this.url}/add-checkpoint`, { method: 'POST', body, signal });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw new Unsigned('NO_WITNESS', `The witness ${this.url} does not answer: ${String(error)}.`);
    }
  }
}
