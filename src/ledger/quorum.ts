import type { ReadNodes } from '../verifier/proof.ts';
import { Unsigned } from './anchor.ts';
import type { ToWitness, Witness } from './witness.ts';

/** The witnesses of a log, and how many of them have to sign before a checkpoint is published. */
export interface Quorum {
  readonly witnesses: readonly Witness[];
  readonly needed: number;
}

export interface Cosigned {
  /** Signature lines to be added to the note. */
  readonly lines: string;
  /** Why others did not sign, where enough did. */
  readonly missing: readonly string[];
}

/**
 * Asks all witnesses at once. Throws Unsigned when fewer than needed sign, and also when any of them has seen more than
 * is here, or something else: one that knows better is no majority, but it is a reason to look before a second history
 * is signed.
 */
export async function cosignedBy(
  { witnesses, needed }: Quorum,
  checkpoint: ToWitness,
  nodes: ReadNodes,
): Promise<Cosigned> {
  const answers = await Promise.allSettled(witnesses.map((witness) => witness.cosign(checkpoint, nodes)));
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [reasonIn(answer.reason)] : []));
  const contradiction = refused.find(({ code }) => code !== 'NO_WITNESS');
  if (contradiction) throw contradiction;
  const lines = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const missing = refused.map(({ message }) => message);
  if (lines.length >= needed) return { lines: lines.join(''), missing };
  const message = `${lines.length} of the ${needed} witnesses that are needed signed. ${missing.join(' ')}`;
  throw new Unsigned('NO_WITNESS', message);
}

function reasonIn(reason: unknown): Unsigned {
  if (reason instanceof Unsigned) return reason;
  throw reason;
}
