import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { DecideCasesPayload, decidedPayload } from '../triage/decision.type.ts';
import { DescribeHostingInput } from './hosting.inputs.ts';
import type { HostingService } from './hosting.service.ts';

@Resolver()
export class HostingResolver {
  constructor(private readonly service: HostingService) {}

  @Mutation(() => DecideCasesPayload, {
    description:
      'Says who holds what lies behind these cases. It counts for all their reports, and of each kind instead of what ' +
      'reporters or look-ups say; what you said before and leave out is taken back. Nobody is told by it, and nothing ' +
      'that was told is recalled; `parties` shows who can act then, `PARTIES_CHANGED` when, `forwardCases` tells them.',
  })
  @May('cases:decide')
  describeHosting(
    @Arg('input', () => DescribeHostingInput) input: DescribeHostingInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.service.describe(context.viewer, input)));
  }
}
