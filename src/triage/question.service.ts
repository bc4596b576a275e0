import { appendOne, authorOf, draftsOf } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import type { BulkAnswers } from '../platform/bulk.ts';
import type { Clock } from '../platform/clock.ts';
import type { Work } from '../platform/database/work.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { once } from '../tenancy/idempotency.service.ts';
import { checkText, moveCases, takeCases, type Decisions } from './decision.service.ts';
import { Question } from './question.entity.ts';
import { CasesAsked, ReportersAnswered, ReportersAsked } from './question.facts.ts';
import type { AnswerQuestionInput, AskReporterInput } from './question.inputs.ts';
import { insertQuestions } from './question.queries.ts';
import { questionStates } from './question.states.ts';

/** What a coordinator asks the reporters of a case, and what they answer. Reporters never learn of each other. */
export class QuestionService {
  constructor(
    private readonly work: Work,
    private readonly clock: Clock,
    private readonly decisions: Decisions,
  ) {}

  ask(viewer: Viewer, input: AskReporterInput): Promise<BulkAnswers> {
    const { question, caseReference: reference } = input;
    checkSaid(question, 'question', 2000);
    return this.decisions.make(viewer, 'askReporter', input, async (tx, at) => {
      const { answers, taken } = await takeCases(tx, viewer, input.cases, 'ask');
      const asked = await insertQuestions(tx, viewer, taken, question, at);
      const rows = (await moveCases(tx, taken, 'ask', { reference })).map((row) => ({ ...row, question }));
      const questions = asked.map((row) => ({ ...row, question }));
      const drafts = [...(await draftsOf(tx, CasesAsked, rows)), ...(await draftsOf(tx, ReportersAsked, questions))];
      return { answers, drafts };
    });
  }

  /** The reporter's word; the case goes back to its coordinator's desk by the flow. */
  answer(
    viewer: Viewer,
    { idempotencyKey, ...content }: AnswerQuestionInput,
  ): Promise<{ id: string; entryId: string }> {
    const { answer } = content;
    checkSaid(answer, 'answer', 4000);
    return this.work.as(viewer, (tx) =>
      once(tx, viewer, { key: idempotencyKey, operation: 'answerQuestion', input: content }, async () => {
        const at = this.clock.now();
        const [question] = await tx.list(Question, 'WHERE t.id = $1 AND t.reporter_id = $2 FOR UPDATE', [
          rowIdOf('Question', content.question),
          viewer.organisationId,
        ]);
        if (!question) throw notFound(['question']);
        const state = questionStates.after(question.state, 'answer', ['question']);
        await tx.query(
          'UPDATE question SET state = $2, answer = $3, answered_at = $4, version = version + 1 WHERE id = $1',
          [question.id, state, answer, at],
        );
        const said = draft(ReportersAnswered, [{ id: question.id, answer }]);
        return { id: question.id, entryId: await appendOne(tx, authorOf(viewer, at), said) };
      }),
    );
  }
}

function checkSaid(text: string, path: string, most: number): void {
  if (!text.trim()) throw new Refusal('BAD_INPUT', 'It says nothing.', [path]);
  checkText(text, path, most);
}
