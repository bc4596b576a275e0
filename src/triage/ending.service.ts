import { draftsOf } from '../ledger/append.ts';
import type { Draft } from '../ledger/fact.ts';
import { FALLEN, TAKEN_BACK } from '../intake/indicator.states.ts';
import type { BulkAnswer, BulkAnswers } from '../platform/bulk.ts';
import type { Tx } from '../platform/database/tx.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import type { Case } from './case.entity.ts';
import { CasesEnded, CasesMitigated, CasesRetracted } from './case.facts.ts';
import { CaseEnd, type EndCasesInput, type RetractCasesInput } from './case.inputs.ts';
import type { CaseVerb } from './case.states.ts';
import { checkText, moveCases, takeCases, type Decided, type Decisions, type Moved } from './decision.service.ts';
import { lapseQuestions } from './lapsing.service.ts';

const MOST_INDICATORS = 10_000;

/** How a case ends after people outside were told of it, or without. */
export class EndingService {
  constructor(private readonly decisions: Decisions) {}

  /** On the coordinator's word: down, down for good, or given up for a reason. */
  end(viewer: Viewer, input: EndCasesInput): Promise<BulkAnswers> {
    const { as, reason = null, caseReference: reference } = input;
    if ((as === CaseEnd.UNRESOLVED) !== (reason !== null)) {
      throw new Refusal('BAD_INPUT', 'UNRESOLVED needs a reason, and nothing else takes one.', ['reason']);
    }
    const verb: CaseVerb = as === CaseEnd.MITIGATED ? 'mitigate' : as === CaseEnd.RESOLVED ? 'resolve' : 'giveUp';
    return this.decisions.make(viewer, 'endCases', input, async (tx) => {
      const { answers, taken } = await takeCases(tx, viewer, input.cases, verb);
      const basis = reason ?? 'ON_WORD';
      const lapsed = as === CaseEnd.MITIGATED ? [] : await lapseQuestions(tx, taken);
      const rows = (await moveCases(tx, taken, verb, { basis, reference })).map((row) => ({ ...row, basis }));
      const said =
        as === CaseEnd.MITIGATED ? await draftsOf(tx, CasesMitigated, rows) : await draftsOf(tx, CasesEnded, rows);
      return { answers, drafts: [...said, ...lapsed] };
    });
  }

  /** Takes back what was confirmed, all of it or some indicators; a case in which none stands after that falls. */
  retract(viewer: Viewer, input: RetractCasesInput): Promise<BulkAnswers> {
    checkText(input.correction, 'correction', 2000);
    if (input.indicators && (input.indicators.length < 1 || input.indicators.length > MOST_INDICATORS)) {
      throw new Refusal('TOO_MANY', `From 1 to ${MOST_INDICATORS} at once.`, ['indicators']);
    }
    return this.decisions.make(viewer, 'retractCases', input, (tx) => retracted(tx, viewer, input));
  }
}

async function retracted(tx: Tx, viewer: Viewer, input: RetractCasesInput): Promise<Decided> {
  const { reason, correction = null, caseReference: reference } = input;
  const { answers, taken } = await takeCases(tx, viewer, input.cases, 'retract');
  const named = input.indicators ? await findNamed(tx, taken, input.indicators) : null;
  const meant = named ? taken.filter(({ id }) => named.has(id)) : taken;
  const standing = named ? await standingBeside(tx, meant, named) : new Set<string>();
  const [falling, staying] = [meant.filter(({ id }) => !standing.has(id)), meant.filter(({ id }) => standing.has(id))];
  const lapsed = await lapseQuestions(tx, falling);
  const rows = [
    ...(await moveCases(tx, falling, 'retract', { basis: reason, reference })),
    ...(await touch(tx, staying, reference)),
  ];
  const facts = rows.map(({ id, version }) => {
    return { id, version, reason, correction, indicators: standing.has(id) ? (named?.get(id) ?? null) : null };
  });
  const drafts: Draft[] = [...(await draftsOf(tx, CasesRetracted, facts)), ...lapsed];
  return { answers: named ? answers.map((answer) => meantBy(answer, named)) : answers, drafts };
}

/** Of each case, the named indicators that were not taken back before; NOT_FOUND when one of them is in none. */
async function findNamed(tx: Tx, taken: readonly Case[], globalIds: readonly string[]): Promise<Map<string, string[]>> {
  const ids = [...new Set(globalIds.map((id) => rowIdOf('Indicator', id)))];
  const found = await tx.query<{ id: string; case_id: string }>(
    `SELECT id, case_id FROM indicator WHERE id = ANY ($1) AND case_id = ANY ($2) AND outcome NOT IN ${TAKEN_BACK} ORDER BY id`,
    [ids, taken.map(({ id }) => id)],
  );
  if (found.length < ids.length && taken.length > 0) throw notFound(['indicators']);
  const byCase = Map.groupBy(found, ({ case_id }) => case_id);
  return new Map([...byCase].map(([id, rows]) => [id, rows.map((row) => row.id)]));
}

/** The cases in which something stands that was not named; of a case that has ended, what ended with it counts. */
async function standingBeside(tx: Tx, cases: readonly Case[], named: ReadonlyMap<string, string[]>) {
  const rows = await tx.query<{ case_id: string }>(
    `SELECT DISTINCT i.case_id FROM indicator i JOIN triage_case c ON c.id = i.case_id
      WHERE i.case_id = ANY ($1) AND i.id <> ALL ($2)
        AND CASE WHEN c.state IN ('RESOLVED', 'UNRESOLVED') THEN i.outcome NOT IN ${TAKEN_BACK} ELSE i.outcome NOT IN ${FALLEN} END`,
    [cases.map(({ id }) => id), [...named.values()].flat()],
  );
  return new Set(rows.map(({ case_id }) => case_id));
}

/** A case of which only a part is taken back keeps its state. */
function touch(tx: Tx, cases: readonly Case[], reference: string | null | undefined): Promise<Moved[]> {
  return tx.query<Moved & object>(
    `UPDATE triage_case SET version = version + 1, reference = coalesce($2, reference) WHERE id = ANY ($1) RETURNING id, version, state`,
    [cases.map(({ id }) => id), reference ?? null],
  );
}

function meantBy(answer: BulkAnswer, named: ReadonlyMap<string, string[]>): BulkAnswer {
  if (!('id' in answer) || named.has(answer.id)) return answer;
  return { refused: { code: 'BAD_INPUT', message: 'None of the indicators named is in it.' } };
}
