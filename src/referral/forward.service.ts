import { FALLEN } from '../intake/indicator.states.ts';
import { draftsOf } from '../ledger/append.ts';
import type { BulkAnswer, BulkAnswers, Refused } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database/tx.ts';
import { Refusal } from '../platform/errors.ts';
import type { Viewer } from '../platform/viewer.ts';
import { checkText, moveCases, takeCases, type Decisions } from '../triage/decision.service.ts';
import { CasesForwarded } from './forward.facts.ts';
import type { ForwardCasesInput } from './forward.inputs.ts';
import type { CaseRequest } from './request.ts';

const ACT_WITHIN_MS = 48 * 3600 * 1000;

export class ForwardService {
  constructor(
    private readonly decisions: Decisions,
    private readonly clock: Clock,
  ) {}

  /** Asks the parties that can act. Forwarding again takes in what was confirmed since, and who can act by now. */
  forward(viewer: Viewer, input: ForwardCasesInput): Promise<BulkAnswers> {
    const request = this.requestOf(input);
    return this.decisions.make(viewer, 'forwardCases', input, async (tx) => {
      const { answers, taken } = await takeCases(tx, viewer, input.cases, 'forward');
      const refused = await obstacles(
        tx,
        taken.map(({ id }) => id),
        input.confirmNoParty,
      );
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

  private requestOf(content: ForwardCasesInput): CaseRequest {
    const note = content.note ?? null;
    checkText(note, 'note', 2000);
    if (content.requestedAction === 'RESTORE') {
      throw new Refusal('BAD_INPUT', 'RESTORE is asked by taking a case back.', ['requestedAction']);
    }
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
    };
  }
}

export type Obstacles = ReadonlyMap<string, Refused>;

/** Why cases cannot be forwarded: no source of what was confirmed consents, or nobody can act and nobody has confirmed that. */
export async function obstacles(tx: Tx, ids: readonly string[], confirmNoParty: boolean): Promise<Obstacles> {
  const [parties, consenting] = await Promise.all([
    tx.query<{ case_id: string }>('SELECT DISTINCT case_id FROM parties_of_cases($1)', [ids]),
    tx.query<{ case_id: string }>(
      `SELECT DISTINCT i.case_id FROM indicator i JOIN triage_case c ON c.id = i.case_id AND i.case_version <= c.confirmed_version
        WHERE i.case_id = ANY ($1) AND i.consents AND i.outcome NOT IN ${FALLEN}`,
      [ids],
    ),
  ]);
  const known = new Set(parties.map(({ case_id }) => case_id));
  const allowed = new Set(consenting.map(({ case_id }) => case_id));
  const found = new Map<string, Refused>();
  for (const id of ids) {
    if (!allowed.has(id)) {
      found.set(id, refusal('NEEDS_CONSENT', 'No source of this case lets the parties be told.'));
    } else if (!known.has(id) && !confirmNoParty) {
      found.set(id, refusal('NO_PARTY', 'No verified claim covers it. Send confirmNoParty to end it so.'));
    }
  }
  return found;
}

const refusal = (code: Refusal['code'], message: string): Refused => ({ refused: { code, message } });

function withObstacle(answer: BulkAnswer, obstacles: Obstacles): BulkAnswer {
  return 'id' in answer ? (obstacles.get(answer.id) ?? answer) : answer;
}
