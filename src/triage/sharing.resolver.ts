import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { DecideCasesPayload, decidedPayload } from './decision.type.ts';
import { ShareCasesInput, TransferCasesInput } from './sharing.inputs.ts';
import type { SharingService } from './sharing.service.ts';

@Resolver()
export class SharingResolver {
  constructor(private readonly service: SharingService) {}

  @Mutation(() => DecideCasesPayload, {
    description:
      'Lets another CERT read these cases, their indicators and referrals, and hear of cases and referrals from then on. ' +
      'It does not decide: to let it, transfer the case. At most 200 at once; READERS_ADDED says from when it reads. What ' +
      'a source keeps to you (COORDINATOR_ONLY, AMBER_STRICT, RED) it does not read; a case with nothing else is NEEDS_CONSENT.',
  })
  @May('cases:decide')
  addCoordinators(
    @Arg('input', () => ShareCasesInput) input: ShareCasesInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.service.share(context.viewer, input)));
  }

  @Mutation(() => DecideCasesPayload, {
    description:
      'Ends what `addCoordinators` began. At most 200 at once. What the other CERT has heard stays in its feed.',
  })
  @May('cases:decide')
  removeCoordinators(
    @Arg('input', () => ShareCasesInput) input: ShareCasesInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.service.unshare(context.viewer, input)));
  }

  @Mutation(() => DecideCasesPayload, {
    description:
      'Hands open cases over to another CERT, with their indicators, referrals and responsibilities. You keep what is in ' +
      'your feed, and no longer read the rows. What nobody had decided begins there as NEW. A case in which a source keeps ' +
      'something to you (COORDINATOR_ONLY, AMBER_STRICT, RED) is NEEDS_CONSENT, or CASES_KEPT if that came meanwhile.',
  })
  @May('cases:decide')
  transferCases(
    @Arg('input', () => TransferCasesInput) input: TransferCasesInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.service.transfer(context.viewer, input)));
  }
}
