import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import {
  AcknowledgeItemsInput,
  AskCoordinatorInput,
  DeclineItemsInput,
  ReportActionInput,
  ReportRestoredInput,
  ReviewUntilInput,
} from './answer.inputs.ts';
import type { AnswerService } from './answer.service.ts';
import { AnswerItemsPayload, answersPayload } from './answer.type.ts';
import type { RestoreService } from './restore.service.ts';

@Resolver()
export class AnswerResolver {
  constructor(
    private readonly answers: AnswerService,
    private readonly restores: RestoreService,
  ) {}

  @Mutation(() => AnswerItemsPayload, {
    description: 'Says that your desk has taken these items up.',
  })
  @May('inbox:answer')
  acknowledgeItems(
    @Arg('input', () => AcknowledgeItemsInput) input: AcknowledgeItemsInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerItemsPayload> {
    return answered(context, async () =>
      answersPayload(context, await this.answers.acknowledge(context.viewer, input)),
    );
  }

  @Mutation(() => AnswerItemsPayload, {
    description: 'Says that your desk looks into these items until then; it is not silence, and no answer yet.',
  })
  @May('inbox:answer')
  reviewUntil(
    @Arg('input', () => ReviewUntilInput) input: ReviewUntilInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerItemsPayload> {
    return answered(context, async () => answersPayload(context, await this.answers.review(context.viewer, input)));
  }

  @Mutation(() => AnswerItemsPayload, {
    description:
      'Asks each coordinator who waits for an answer about these items. With the first answer an item is ACKNOWLEDGED again.',
  })
  @May('inbox:answer')
  askCoordinator(
    @Arg('input', () => AskCoordinatorInput) input: AskCoordinatorInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerItemsPayload> {
    return answered(context, async () => answersPayload(context, await this.answers.ask(context.viewer, input)));
  }

  @Mutation(() => AnswerItemsPayload, {
    description: 'Says what you did about these items, and when.',
  })
  @May('inbox:answer')
  reportAction(
    @Arg('input', () => ReportActionInput) input: ReportActionInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerItemsPayload> {
    return answered(context, async () => answersPayload(context, await this.answers.act(context.viewer, input)));
  }

  @Mutation(() => AnswerItemsPayload, {
    description:
      'Says why you do not act on these items. FALSE_POSITIVE pauses the other requests of each case until its coordinator decides.',
  })
  @May('inbox:answer')
  declineItems(
    @Arg('input', () => DeclineItemsInput) input: DeclineItemsInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerItemsPayload> {
    return answered(context, async () => answersPayload(context, await this.answers.decline(context.viewer, input)));
  }

  @Mutation(() => AnswerItemsPayload, {
    description: 'Says that what was done about these items, which are RETRACTED, was undone.',
  })
  @May('inbox:answer')
  reportRestored(
    @Arg('input', () => ReportRestoredInput) input: ReportRestoredInput,
    @Ctx() context: RequestContext,
  ): Promise<AnswerItemsPayload> {
    return answered(context, async () => answersPayload(context, await this.restores.restore(context.viewer, input)));
  }
}
