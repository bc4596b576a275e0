import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { Payload, Receipt, UserError, answered, itemError } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import type { BulkAnswers } from '../platform/bulk.ts';
import { AnswerProviderInput } from './reply.inputs.ts';
import type { ReplyService } from './reply.service.ts';
import { Referral } from '../referral/referral.entity.ts';

@ObjectType({ description: 'The answer to one referral of a bulk request; answers stand in the order asked.' })
class ReferralResult {
  @Field(() => Referral, { nullable: true })
  referral?: Referral | null;

  @Field(() => UserError, { nullable: true, description: 'Why this referral was left as it is.' })
  error?: UserError | null;
}

@ObjectType()
class AnswerProviderPayload extends Payload {
  @Field(() => [ReferralResult], { nullable: true })
  results?: ReferralResult[] | null;
}

@Resolver()
export class ReplyResolver {
  constructor(private readonly service: ReplyService) {}

  @Mutation(() => AnswerProviderPayload, {
    description:
      'Answers what a party asks about these referrals, for your own part: it hears your answer under yours.',
  })
  @May('cases:decide')
  answerProvider(
    @Arg('input', () => AnswerProviderInput) input: AnswerProviderInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerProviderPayload> {
    return answered(context, async () => payloadOf(context, await this.service.answer(context.viewer, input)));
  }
}

async function payloadOf(
  context: RequestContext,
  { answers, entryId }: BulkAnswers,
): Promise<Omit<AnswerProviderPayload, 'errors'>> {
  const ids = answers.flatMap((answer) => ('id' in answer ? [answer.id] : []));
  const tx = await context.read();
  const rows = new Map((await tx.list(Referral, 'WHERE t.id = ANY ($1)', [ids])).map((row) => [row.id, row]));
  const results = answers.map((answer): ReferralResult => {
    if ('id' in answer) return { referral: rows.get(answer.id) ?? null, error: null };
    return { referral: null, error: itemError(answer) };
  });
  return { results, receipt: entryId === null ? null : new Receipt(entryId) };
}
