import { append, authorOf } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import { checkBulkSize, takeEach, type BulkAnswer, type BulkAnswers } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import { isKeepable } from '../platform/text.ts';
import type { Viewer } from '../platform/viewer.ts';
import { onceOrRehearsed } from '../tenancy/idempotency.service.ts';
import { Case } from './case.entity.ts';
import type { Assessment } from './case.ts';
import { caseStates, type CaseVerb } from './case.states.ts';
import type { CaseRef, DecideCasesInput } from './decision.type.ts';

/** What a decision gives: an answer for each case asked about, and what is to be said of those taken. */
export interface Decided {
  readonly answers: readonly BulkAnswer[];
  readonly drafts: readonly Draft[];
}

/** The frame of every decision on cases: once under its key or as a dry run, and one entry that says so. */
export class Decisions {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
  ) {}

  make(
    viewer: Viewer,
    operation: string,
    { idempotencyKey, dryRun, ...content }: DecideCasesInput,
    act: (tx: Tx, at: Date) => Promise<Decided>,
  ): Promise<BulkAnswers> {
    checkText(content.caseReference, 'caseReference', 256);
    const request = { key: idempotencyKey, operation, input: content, dryRun };
    return onceOrRehearsed(this.work, viewer, request, async (tx) => {
      const at = this.clock.now();
      const { answers, drafts } = await act(tx, at);
      const [entryId = null] = await append(tx, authorOf(viewer, at), drafts);
      return { answers, entryId };
    });
  }
}

/** BAD_INPUT for a text that is longer, or that PostgreSQL could not keep. */
export function checkText(text: string | null | undefined, path: string, most: number): void {
  if (text != null && (text.length > most || !isKeepable(text))) {
    throw new Refusal('BAD_INPUT', `At most ${most.toLocaleString('en')} whole characters.`, [path]);
  }
}

/**
 * The viewer's own cases, locked, and the answer to each as asked. Locked in the order of their ids: two who decide on
 * the same cases never wait for each other in a circle.
 */
export async function takeCases(
  tx: Tx,
  { organisationId }: Viewer,
  refs: readonly CaseRef[],
  verb: CaseVerb | null,
): Promise<{ answers: BulkAnswer[]; taken: Case[] }> {
  checkBulkSize(refs, 'cases');
  const ids = refs.map(({ id }) => rowIdOf('Case', id));
  const found = await tx.list(Case, 'WHERE t.id = ANY ($1) AND t.coordinator_id = $2 ORDER BY t.id FOR UPDATE', [
    ids,
    organisationId,
  ]);
  return takeEach(refs, ids, found, ({ state, leavingTo }) => {
    if (leavingTo !== null) throw new Refusal('WRONG_STATE', 'It is on its way to another coordinator.');
    if (verb !== null) caseStates.after(state, verb);
  });
}

/** What a decision writes into cases beside their state; what is left out stays as it was. */
export interface Written {
  /** Why it came to its new state. Left out: what was written of an earlier one no longer counts. */
  readonly basis?: string;
  readonly assessment?: Assessment | null;
  readonly reference?: string | null | undefined;
  /** Whether everything that joined up to now is decided on by it. */
  readonly confirms?: boolean;
}

export interface Moved {
  readonly id: string;
  readonly version: number;
  readonly state: string;
}

/** Each of these cases in the state that the verb leads to. */
export function moveCases(
  tx: Tx,
  taken: readonly Case[],
  verb: CaseVerb,
  { basis, assessment, reference, confirms = false }: Written,
): Promise<Moved[]> {
  return tx.query<Moved & object>(
    `UPDATE triage_case c SET state = m.state, basis = $3, assessment = coalesce($4, c.assessment), reference = coalesce($5, c.reference),
        confirmed_version = CASE WHEN $6 THEN c.version ELSE c.confirmed_version END, version = c.version + 1
       FROM unnest($1::uuid[], $2::text[]) AS m(id, state) WHERE c.id = m.id RETURNING c.id, c.version, c.state`,
    [
      taken.map(({ id }) => id),
      taken.map(({ state }) => caseStates.after(state, verb)),
      basis ?? null,
      assessment ?? null,
      reference ?? null,
      confirms,
    ],
  );
}
