import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { cosignatureLine, cosignedText } from '../../verifier/cosignature.ts';
import { signatureOf, type NoteKey } from '../../verifier/note.ts';
import { verifyConsistency } from '../../verifier/proof.ts';
import { sameBytes } from '../../verifier/tree.ts';
import type { WitnessFolder } from './witness-folder.ts';
import { readWitnessRequest, type WitnessRequest } from './witness-request.ts';

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly text: string;
}

/** The logs that are witnessed: by origin, the keys of which one has to have signed. */
export type WitnessedLogs = ReadonlyMap<string, readonly NoteKey[]>;

/**
 * Cosigns a checkpoint that goes on from the one it cosigned last (C2SP tlog-witness), and no other: not a shorter one,
 * not one of another history. One request a log at a time, and what was seen is on disk before the answer is.
 */
export class Cosigner {
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    private readonly folder: WitnessFolder,
    private readonly logs: WitnessedLogs,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async add(body: string): Promise<WitnessAnswer> {
    const request = readWitnessRequest(body);
    if (!request) return { status: 400, text: 'This is no request of C2SP tlog-witness.\n' };
    const { origin, size } = request.checkpoint;
    const keys = this.logs.get(origin);
    if (!keys) return { status: 404, text: 'This log is not witnessed here.\n' };
    if (!(await isSigned(request, keys))) return { status: 403, text: 'No key that is known here signed this.\n' };
    if (request.old > size) return { status: 400, text: 'The old size is larger than the new one.\n' };
    return this.inTurn(origin, () => this.decide(request));
  }

  private async decide(request: WitnessRequest): Promise<WitnessAnswer> {
    const { old, proof, signed, note, checkpoint } = request;
    const { origin, size } = checkpoint;
    const seen = this.folder.lastSeen(origin);
    const held = { status: 409, text: `${seen.size}\n` } as const;
    if (old !== seen.size) return held;
    const isSame = size === seen.size && sameBytes(checkpoint.root, seen.root);
    if (size === seen.size && !isSame) return this.contradicted(request, held);
    const goesOn = old === 0 ? proof.length === 0 : verifyConsistency(seen, checkpoint, proof);
    if (!goesOn) {
      return this.contradicted(request, { status: 422, text: 'The proof does not lead from what was seen to this.\n' });
    }
    if (!isSame) await this.folder.see(origin, signed);
    const seconds = Math.floor(this.clock.now().getTime() / 1000);
    const signature = this.folder.sign(cosignedText(note.text, seconds));
    return { status: 200, text: cosignatureLine(this.folder.key, seconds, signature) };
  }

  /** Signed by the log, and not what it signed before: the checkpoint is what proves it, so it is kept in the log. */
  private contradicted({ old, checkpoint, signed }: WitnessRequest, answer: WitnessAnswer): WitnessAnswer {
    const { origin, size } = checkpoint;
    this.log.error({ origin, old, size, signed }, 'a log signed what does not go on from what it signed before');
    return answer;
  }

  private inTurn<Answer>(origin: string, act: () => Promise<Answer>): Promise<Answer> {
    const answer = (this.turns.get(origin) ?? Promise.resolve()).then(act, act);
    this.turns.set(
      origin,
      answer.catch(() => undefined),
    );
    return answer;
  }
}

/** By one trusted key at least, and by none falsely; lines of others say nothing. */
async function isSigned({ note }: WitnessRequest, keys: readonly NoteKey[]): Promise<boolean> {
  const states = await Promise.all(keys.map((key) => signatureOf(note, key)));
  return states.includes('GOOD') && !states.includes('BAD');
}
