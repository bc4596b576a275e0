import type { ProofOptions } from '../app/workers.ts';
import type { Log } from '../platform/log.ts';

const NO_ANCHOR =
  'nothing outside the database knows what was signed: a database that is restored would begin a second history unnoticed. ' +
  'Set TOCSIN_ANCHOR to a file that is kept apart from it, or TOCSIN_WITNESS';

/** For a process that signs, on a database of one's own. */
export function warnWithoutAnchor({ anchor, quorum }: ProofOptions, log: Log): void {
  if (!anchor && !quorum) log.warn({}, NO_ANCHOR);
}
