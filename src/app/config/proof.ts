import { z } from 'zod';

import { whole, type Environment } from './environment.ts';
import { quorumOf, readWitnesses, type WitnessAddress } from './witness-address.ts';

/** Where what proof rests on is kept, where that is not the data folder. */
export interface ProofConfig {
  /** Of private keys. Null: keys.json in the folder. */
  readonly keys: string | null;
  /** Null: beside the data folder, and nowhere for a database of one's own. */
  readonly anchor: string | null;
  /** Who signs checkpoints along (C2SP tlog-witness), and how many of them have to. */
  readonly witness: { readonly each: readonly WitnessAddress[]; readonly quorum: number } | null;
  /** What a new log is called. */
  readonly origin: string | null;
}

export const proofVariables = z.object({
  TOCSIN_KEYS: z.string().optional(),
  TOCSIN_ANCHOR: z.string().optional(),
  TOCSIN_WITNESS: z
    .string()
    .transform(readWitnesses)
    .refine(
      (witnesses) => witnesses.every((each) => each !== null),
      'TOCSIN_WITNESS must be the http(s) address of a witness and its key, parted by a space; several, by commas.',
    )
    .optional(),
  TOCSIN_QUORUM: whole('TOCSIN_QUORUM', 0, 100).optional(),
  TOCSIN_ORIGIN: z
    .string()
    .regex(/^[a-z0-9][a-z0-9./-]{2,99}$/, 'TOCSIN_ORIGIN takes 3 to 100 of a-z, 0-9, dot, slash and hyphen.')
    .optional(),
});

export const proofOf = (read: z.infer<typeof proofVariables>): ProofConfig => ({
  keys: read.TOCSIN_KEYS ?? null,
  anchor: read.TOCSIN_ANCHOR ?? null,
  witness: quorumOf(read.TOCSIN_WITNESS ?? [], read.TOCSIN_QUORUM),
  origin: read.TOCSIN_ORIGIN ?? null,
});

export function proofProblems({ TOCSIN_WITNESS: witnesses, TOCSIN_QUORUM: quorum }: Environment): string[] {
  const named = witnesses?.split(',').length ?? 0;
  return Number(quorum ?? 0) > named
    ? [`TOCSIN_QUORUM is how many of the witnesses of TOCSIN_WITNESS have to sign, of which there are ${named}.`]
    : [];
}
