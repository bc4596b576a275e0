import { draftsOf } from '../ledger/append.ts';
import type { BulkAnswer, BulkAnswers } from '../platform/bulk.ts';
import type { Viewer } from '../platform/viewer.ts';
import type { Case } from '../triage/case.entity.ts';
import { takeCases, type Decisions } from '../triage/decision.service.ts';
import { readFound, Unreadable, type FoundFact } from './lookup.ts';
import type { DescribeHostingInput } from './hosting.inputs.ts';
import { HostingDescribed } from './party.facts.ts';

/** What a coordinator says of who can act on its cases: more than claims, reporters and look-ups know, or better. */
export class HostingService {
  constructor(
    private readonly decisions: Decisions,
    private readonly options: { documentation: boolean },
  ) {}

  /** Its word as a whole: what it said before and does not say again is taken back. The flow asks again who can act. */
  describe(viewer: Viewer, input: DescribeHostingInput): Promise<BulkAnswers> {
    return this.decisions.make(viewer, 'describeHosting', input, async (tx) => {
      const { answers, taken } = await takeCases(tx, viewer, input.cases, 'describe');
      const read = new Map(taken.map((one) => [one.id, this.read(one, input)]));
      const good = taken.filter(({ id }) => Array.isArray(read.get(id)));
      const rows = await tx.query<{ id: string; version: number }>(
        `UPDATE triage_case SET version = version + 1, reference = coalesce($2, reference) WHERE id = ANY ($1) RETURNING id, version`,
        [good.map(({ id }) => id), input.caseReference ?? null],
      );
      const facts = rows.map((row) => ({ ...row, facts: (read.get(row.id) ?? []) as FoundFact[] }));
      return {
        answers: answers.map((answer) => withFault(answer, read)),
        drafts: await draftsOf(tx, HostingDescribed, facts),
      };
    });
  }

  /** What was said, in the normal form of this case's resource; or what is wrong with it. */
  private read({ resourceKind: kind, value }: Case, { hosting }: DescribeHostingInput) {
    try {
      return readFound(hosting, { kind, value }, this.options);
    } catch (error) {
      if (error instanceof Unreadable) return error;
      throw error;
    }
  }
}

function withFault(answer: BulkAnswer, read: ReadonlyMap<string, FoundFact[] | Unreadable>): BulkAnswer {
  const fault = 'id' in answer ? read.get(answer.id) : null;
  if (!(fault instanceof Unreadable)) return answer;
  return { refused: { code: 'BAD_INPUT', message: fault.message } };
}
