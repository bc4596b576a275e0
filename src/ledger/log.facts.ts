import { z } from 'zod';

import { defineFact } from './fact.ts';

/** Each is told to every operator as a row about its own organisation. */
const key = { id: z.string(), key: z.string(), purpose: z.enum(['LOG', 'RECEIPT']), publicKey: z.string() };

export const KeyAdded = defineFact({
  kind: 'KEY_ADDED',
  subject: 'organisation',
  row: z.object({
    ...key,
    /** A tree size for a log key, an instant for a receipt key. */
    from: z.string(),
    /** Tree sizes: entries after the one, up to the other, had been in the log, and were not in what was restored. */
    lost: z.object({ after: z.string(), upTo: z.string() }).nullable(),
  }),
  summary: () => 'The hub signs with a new key.',
});
export const KeyRetired = defineFact({
  kind: 'KEY_RETIRED',
  subject: 'organisation',
  row: z.object({ ...key, until: z.string() }),
  summary: () => 'A key of the hub ends.',
});
export const CheckpointRefused = defineFact({
  kind: 'CHECKPOINT_REFUSED',
  subject: 'organisation',
  row: z.object({ id: z.string(), code: z.string(), message: z.string() }),
  summary: () => 'The hub signs no checkpoints until somebody looks.',
});
export const GenerationOpened = defineFact({
  kind: 'GENERATION_OPENED',
  subject: 'organisation',
  row: z.object({ id: z.string(), generation: z.string(), size: z.string() }),
  summary: () => 'The hub was restored: every feed goes on in a new generation.',
});
