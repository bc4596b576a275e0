import { draftsOf } from '../ledger/append.ts';
import type { BulkAnswers } from '../platform/bulk.ts';
import type { Tx } from '../platform/database/tx.ts';
import { Refusal } from '../platform/errors.ts';
import type { Viewer } from '../platform/viewer.ts';
import type { Case } from './case.entity.ts';
import { CasesAssessed, CasesClaimed, CasesConfirmed, CasesRejected } from './case.facts.ts';
import type { AssessCasesInput, ClaimCasesInput, ConfirmCasesInput, RejectCasesInput } from './case.inputs.ts';
import { checkText, moveCases, takeCases, type Decisions } from './decision.service.ts';
import { lapseQuestions } from './lapsing.service.ts';

/** What a coordinator decides of a case before anybody is told. */
export class CaseService {
  constructor(private readonly decisions: Decisions) {}

  /** The viewer works on these cases; claiming them again takes them over, and from waiting for a reporter. */
  claim(viewer: Viewer, input: ClaimCasesInput): Promise<BulkAnswers> {
    return this.decisions.make(viewer, 'claimCases', input, async (tx, at) => {
      const { answers, taken } = await takeCases(tx, viewer, input.cases, 'claim');
      await assign(tx, viewer, taken, at);
      const rows = await moveCases(tx, taken, 'claim', { reference: input.caseReference });
      return { answers, drafts: await draftsOf(tx, CasesClaimed, rows) };
    });
  }

  /** How the resource came to serve abuse: it decides what is asked of whom. */
  assess(viewer: Viewer, input: AssessCasesInput): Promise<BulkAnswers> {
    const { assessment, caseReference: reference } = input;
    return this.decisions.make(viewer, 'assessCases', input, async (tx) => {
      const { answers, taken } = await takeCases(tx, viewer, input.cases, 'assess');
      const rows = await moveCases(tx, taken, 'assess', { assessment, reference });
      const facts = rows.map((row) => ({ ...row, assessment }));
      return { answers, drafts: await draftsOf(tx, CasesAssessed, facts) };
    });
  }

  /** The indicators in these cases stand, up to the version decided on. What joins later waits for the next decision. */
  confirm(viewer: Viewer, input: ConfirmCasesInput): Promise<BulkAnswers> {
    const { assessment = null, caseReference: reference } = input;
    return this.decisions.make(viewer, 'confirmCases', input, async (tx) => {
      const { answers, taken } = await takeCases(tx, viewer, input.cases, 'confirm');
      const rows = await moveCases(tx, taken, 'confirm', { assessment, reference, confirms: true });
      const before = new Map(taken.map((one) => [one.id, one.assessment]));
      const facts = rows.map((row) => ({ ...row, assessment: assessment ?? before.get(row.id) ?? 'UNKNOWN' }));
      return { answers, drafts: await draftsOf(tx, CasesConfirmed, facts) };
    });
  }

  /** Nothing is done about these cases. Their reporters hear that, and not why: the note is for coordinators. */
  reject(viewer: Viewer, input: RejectCasesInput): Promise<BulkAnswers> {
    const { reason, note = null, caseReference: reference } = input;
    checkText(note, 'note', 2000);
    if (reason === 'OTHER' && !note?.trim()) {
      throw new Refusal('BAD_INPUT', 'OTHER needs a note that says what.', ['note']);
    }
    return this.decisions.make(viewer, 'rejectCases', input, async (tx) => {
      const { answers, taken } = await takeCases(tx, viewer, input.cases, 'reject');
      const lapsed = await lapseQuestions(tx, taken);
      const rows = await moveCases(tx, taken, 'reject', { basis: reason, reference });
      const facts = rows.map((row) => ({ ...row, reason, note }));
      return { answers, drafts: [...(await draftsOf(tx, CasesRejected, facts)), ...lapsed] };
    });
  }
}

async function assign(tx: Tx, viewer: Viewer, taken: readonly Case[], at: Date): Promise<void> {
  await tx.query(
    `INSERT INTO case_assignment AS a (id, coordinator_id, client, member, since) SELECT c.id, $2, $3, $4, $5 FROM unnest($1::uuid[]) AS c(id)
     ON CONFLICT (id) DO UPDATE SET client = excluded.client, member = excluded.member, since = excluded.since
       WHERE a.client <> excluded.client`,
    [taken.map(({ id }) => id), viewer.organisationId, viewer.clientId, viewer.memberId, at],
  );
}
