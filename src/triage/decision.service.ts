import { checkBulkSize, takeEach, type BulkAnswer } from '../platform/bulk.ts';
import type { Tx } from '../platform/database/tx.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { Case } from './case.entity.ts';
import { caseStates, type CaseVerb } from './case.states.ts';
import type { CaseRef } from './decision.type.ts';

/**
 * The viewer's own cases, locked, and the answer to each as asked. Locked in the order of their ids: two who decide on
 * the same cases never wait for each other in a circle.
 */
export async function takeCases(
  tx: Tx,
  { organisationId }: Viewer,
  refs: readonly CaseRef[],
  verb: CaseVerb,
): Promise<{ answers: BulkAnswer[]; taken: Case[] }> {
  checkBulkSize(refs, 'cases');
  const ids = refs.map(({ id }) => rowIdOf('Case', id));
  const found = await tx.list(Case, 'WHERE t.id = ANY ($1) AND t.coordinator_id = $2 ORDER BY t.id FOR UPDATE', [
    ids,
    organisationId,
  ]);
  return takeEach(refs, ids, found, ({ state }) => caseStates.after(state, verb));
}
