import { FALLEN } from '../intake/indicator.states.ts';
import { draftsOf } from '../ledger/append.ts';
import type { BulkAnswer, BulkAnswers, Refused } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { Refusal } from '../platform/errors.ts';
import type { Viewer } from '../platform/viewer.ts';
import { checkText, moveCases, takeCases, type Decisions } from '../triage/decision.service.ts';
import type { Case } from '../triage/case.entity.ts';
import { approachParties, isAsked, WITHHELD } from './asking.queries.ts';
import type { Wish } from './asking.ts';
import { CasesForwarded } from './forward.facts.ts';
import type { ForwardCasesInput } from './forward.inputs.ts';
import { checkBasis } from './legal-basis.ts';
import type { CaseRequest } from './request.ts';

const ACT_WITHIN_MS = 48 * 3600 * 1000;

export class ForwardService {
  constructor(
    private readonly decisions: Decisions,
    private readonly clock: Clock,
  ) {}

  /** Asks the parties that can act. Forwarding again takes in what was confirmed since, and who can act by now. */
  forward(viewer: Viewer, input: ForwardCasesInput): Promise<BulkAnswers> {
    const request = this.requestOf(viewer, input);
    return this.decisions.make(viewer, 'forwardCases', input, async (tx) => {
      const { answers, taken } = await takeCases(tx, viewer, input.cases, 'forward');
      const refused = await obstacles(tx, taken, () => request);
      const free = taken.filter(({ id }) => !refused.has(id));
      const rows = await moveCases(tx, free, 'forward', { reference: input.caseReference });
      const drafts = await draftsOf(
        tx,
        CasesForwarded,
        rows.map((row) => ({ ...row, ...request })),
      );
      return { answers: answers.map((answer) => withObstacle(answer, refused)), drafts };
    });
  }

  private requestOf({ roles }: Viewer, content: ForwardCasesInput): CaseRequest {
    const note = content.note ?? null;
    checkText(note, 'note', 2000);
    if (content.requestedAction === 'RESTORE') {
      throw new Refusal('BAD_INPUT', 'RESTORE is asked by taking a case back.', ['requestedAction']);
    }
    checkBasis(content.legalBasis, content.requestedAction, roles);
    const now = this.clock.now().getTime();
    if (content.dueAt && content.dueAt.getTime() <= now) {
      throw new Refusal('BAD_INPUT', 'dueAt lies in the past.', ['dueAt']);
    }
    return {
      requestedAction: content.requestedAction,
      legalBasis: content.legalBasis,
      note,
      dueAt: (content.dueAt ?? new Date(now + ACT_WITHIN_MS)).toISOString(),
      confirmNoParty: content.confirmNoParty,
      alsoAsk: content.alsoAsk,
    };
  }
}

export type Obstacles = ReadonlyMap<string, Refused>;

/** Why cases cannot be forwarded: no source of what was confirmed lets anybody be told, or nobody is to be asked and nobody has confirmed that. */
export async function obstacles(
  tx: Tx,
  cases: readonly Pick<Case, 'id' | 'assessment'>[],
  wishOf: (id: string) => (Wish & Pick<CaseRequest, 'confirmNoParty'>) | undefined,
): Promise<Obstacles> {
  const [parties, tellable] = await Promise.all([approachParties(tx, cases, wishOf), findTellable(tx, cases)]);
  const known = Map.groupBy(parties, ({ case_id }) => case_id);
  const found = new Map<string, Refused>();
  for (const { id, assessment } of cases) {
    const reasons = tellable.get(id) ?? [];
    if (!reasons.includes(null)) {
      found.set(id, refusal('NEEDS_CONSENT', reasons.includes('PAP') ? ONLY_PASSIVE : NO_CONSENT));
    } else if (!known.get(id)?.some(isAsked) && !wishOf(id)?.confirmNoParty) {
      const nobody = known.has(id) ? `Nobody known is asked when it is ${assessment}.` : 'No verified claim covers it.';
      found.set(id, refusal('NO_PARTY', `${nobody} Send confirmNoParty to end it so.`));
    }
  }
  return found;
}

const NO_CONSENT = 'No source of this case lets the parties be told.';
const ONLY_PASSIVE =
  'Its sources allow only what its subject cannot notice (PAP RED or AMBER), or do not let parties be told.';

/** For each case, why what was confirmed in it may not be told; null among them: something may. */
async function findTellable(tx: Tx, cases: readonly { id: string }[]): Promise<Map<string, (string | null)[]>> {
  const rows = await tx.query<{ case_id: string; reasons: (string | null)[] }>(
    `SELECT i.case_id, array_agg(DISTINCT ${WITHHELD}) AS reasons
       FROM indicator i JOIN triage_case c ON c.id = i.case_id AND i.case_version <= c.confirmed_version JOIN report r ON r.id = i.report_id
      WHERE i.case_id = ANY ($1) AND i.outcome NOT IN ${FALLEN} GROUP BY 1`,
    [cases.map(({ id }) => id)],
  );
  return new Map(rows.map(({ case_id, reasons }) => [case_id, reasons]));
}

const refusal = (code: Refusal['code'], message: string): Refused => ({ refused: { code, message } });

function withObstacle(answer: BulkAnswer, obstacles: Obstacles): BulkAnswer {
  return 'id' in answer ? (obstacles.get(answer.id) ?? answer) : answer;
}
