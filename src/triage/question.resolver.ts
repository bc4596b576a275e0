import { Arg, Ctx, Field, FieldResolver, ID, Int, Mutation, ObjectType, Resolver, Root } from 'type-graphql';

import { Report } from '../intake/report.entity.ts';
import { Reads } from '../platform/api/asked.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { connectionOf, idAfter, pageOf, pageSize, type Connection } from '../platform/api/paging.ts';
import { Payload, Receipt, answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { toGlobalId } from '../platform/ids.ts';
import type { Asked } from '../platform/database/tx.ts';
import { Case } from './case.entity.ts';
import { DecideCasesPayload, decidedPayload } from './decision.type.ts';
import { Question } from './question.entity.ts';
import { AnswerQuestionInput, AskReporterInput } from './question.inputs.ts';
import type { QuestionService } from './question.service.ts';

const QuestionConnection = connectionOf(Question, 'Question');

@ObjectType()
class AnswerQuestionPayload extends Payload {
  @Field(() => Question, { nullable: true })
  question?: Question | null;
}

@Resolver(() => Question)
export class QuestionResolver {
  constructor(private readonly service: QuestionService) {}

  @Mutation(() => DecideCasesPayload, {
    description: 'Asks those who reported these cases, each for itself. A case waits until one of them has answered.',
  })
  @May('cases:decide')
  askReporter(
    @Arg('input', () => AskReporterInput) input: AskReporterInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.service.ask(context.viewer, input)));
  }

  @Mutation(() => AnswerQuestionPayload, { description: 'Answers what a coordinator asked about your report.' })
  @May('reports:submit')
  answerQuestion(
    @Arg('input', () => AnswerQuestionInput) input: AnswerQuestionInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerQuestionPayload> {
    return answered(context, async () => {
      const { id, entryId } = await this.service.answer(context.viewer, input);
      const tx = await context.read();
      const [question] = await tx.list(Question, 'WHERE t.id = $1', [id]);
      return { question: question ?? null, receipt: new Receipt(entryId) };
    });
  }

  @FieldResolver(() => ID, { name: 'report', description: 'The report that it is about.' })
  @Reads('reportId')
  reportId(@Root() question: Question): string {
    return toGlobalId('Report', question.reportId);
  }
}

@Resolver(() => Report)
export class ReportQuestionsResolver {
  @FieldResolver(() => QuestionConnection, {
    description: 'What coordinators asked about it: for its reporter all, for a coordinator its own.',
  })
  @Reads()
  questions(
    @Root() { id }: Report,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Question>>> {
    return questionsUnder(context, 'report_id', id, first, after);
  }
}

@Resolver(() => Case)
export class CaseQuestionsResolver {
  @FieldResolver(() => QuestionConnection, { description: 'What was asked of its reporters, and what they answered.' })
  @Reads()
  questions(
    @Root() { id }: Case,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Asked<Question>>> {
    return questionsUnder(context, 'case_id', id, first, after);
  }
}

async function questionsUnder(
  context: RequestContext,
  column: 'report_id' | 'case_id',
  id: string,
  first: number,
  after: string | null,
): Promise<Connection<Asked<Question>>> {
  const size = pageSize(first);
  const tx = await context.read();
  const rows = await tx.listAsked(Question, [], `WHERE t.${column} = $1 AND t.id > $2 ORDER BY t.id LIMIT $3`, [
    id,
    idAfter(after),
    size + 1,
  ]);
  return pageOf(rows, size, (row) => [row.id]);
}
