import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { DecideCasesPayload, decidedPayload } from '../triage/decision.type.ts';
import { ForwardCasesInput } from './forward.inputs.ts';
import type { ForwardService } from './forward.service.ts';

@Resolver()
export class ForwardResolver {
  constructor(private readonly service: ForwardService) {}

  @Mutation(() => DecideCasesPayload, {
    description: 'Tells the parties that can act on these cases, in your name, and asks them to.',
  })
  @May('cases:decide')
  forwardCases(
    @Arg('input', () => ForwardCasesInput) input: ForwardCasesInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.service.forward(context.viewer, input)));
  }
}
