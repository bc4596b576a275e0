import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import {
  AssessCasesInput,
  ClaimCasesInput,
  ConfirmCasesInput,
  EndCasesInput,
  RejectCasesInput,
  RetractCasesInput,
} from './case.inputs.ts';
import type { CaseService } from './case.service.ts';
import { DecideCasesPayload, decidedPayload } from './decision.type.ts';
import type { EndingService } from './ending.service.ts';

@Resolver()
export class DecisionResolver {
  constructor(
    private readonly cases: CaseService,
    private readonly endings: EndingService,
  ) {}

  @Mutation(() => DecideCasesPayload, {
    description:
      'Says that you work on these cases. Your colleagues see who; other coordinators only that somebody does.',
  })
  @May('cases:decide')
  claimCases(
    @Arg('input', () => ClaimCasesInput) input: ClaimCasesInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.cases.claim(context.viewer, input)));
  }

  @Mutation(() => DecideCasesPayload, { description: 'Says how these resources came to serve abuse.' })
  @May('cases:decide')
  assessCases(
    @Arg('input', () => AssessCasesInput) input: AssessCasesInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.cases.assess(context.viewer, input)));
  }

  @Mutation(() => DecideCasesPayload, {
    description: 'Says that what is reported in these cases stands. Nobody is told by it; `forwardCases` tells.',
  })
  @May('cases:decide')
  confirmCases(
    @Arg('input', () => ConfirmCasesInput) input: ConfirmCasesInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.cases.confirm(context.viewer, input)));
  }

  @Mutation(() => DecideCasesPayload, {
    description:
      'Says that nothing is done about these cases, for a reason. Their reporters hear REJECTED, without it.',
  })
  @May('cases:decide')
  rejectCases(
    @Arg('input', () => RejectCasesInput) input: RejectCasesInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.cases.reject(context.viewer, input)));
  }

  @Mutation(() => DecideCasesPayload, {
    description:
      'Takes back what you confirmed, all of it or single indicators. Whoever was asked because of it hears a correction ' +
      'at once, and is asked to restore. A case falls when nothing stands in it any more.',
  })
  @May('cases:decide')
  retractCases(
    @Arg('input', () => RetractCasesInput) input: RetractCasesInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.endings.retract(context.viewer, input)));
  }

  @Mutation(() => DecideCasesPayload, {
    description:
      'Says on your word that these cases are down, down for good, or given up. What was asked ends with them.',
  })
  @May('cases:decide')
  endCases(
    @Arg('input', () => EndCasesInput) input: EndCasesInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.endings.end(context.viewer, input)));
  }
}
