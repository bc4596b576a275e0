import { CREDENTIALS } from './credentials.ts';
import { DOCUMENTS } from './documents.ts';
import { OBSERVABLES } from './observables.ts';
import { PROOFS } from './proofs.ts';
import type { Target } from './target.ts';

/** Everything that reads what strangers send. */
export const TARGETS: readonly Target[] = [...OBSERVABLES, ...DOCUMENTS, ...CREDENTIALS, ...PROOFS];
