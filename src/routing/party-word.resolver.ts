import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { DecideCasesPayload, decidedPayload } from '../triage/decision.type.ts';
import { AddPartyInput, CorrectPartyInput, SetContactInput } from './party-word.inputs.ts';
import type { PartyWordService } from './party-word.service.ts';

@Resolver()
export class PartyWordResolver {
  constructor(private readonly service: PartyWordService) {}

  @Mutation(() => DecideCasesPayload, {
    description:
      'Says who acts on these cases in a role in which nobody is known; WRONG_STATE where somebody is. It is remembered for ' +
      'the resource, wins over claims and look-ups, and is heard by you alone; `forwardCases` tells the party.',
  })
  @May('cases:decide')
  addParty(
    @Arg('input', () => AddPartyInput) input: AddPartyInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.service.add(context.viewer, input)));
  }

  @Mutation(() => DecideCasesPayload, {
    description:
      'Replaces or removes who is known in a role, or forgets what you said of it. What was sent to somebody stays there; ' +
      '`retractCases` takes it back.',
  })
  @May('cases:decide')
  correctParty(
    @Arg('input', () => CorrectPartyInput) input: CorrectPartyInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.service.correct(context.viewer, input)));
  }

  @Mutation(() => DecideCasesPayload, {
    description:
      'Notes how you reach the party that acts in a role, for all your cases; NO_PARTY where nobody is known. Nobody else ' +
      'sees it.',
  })
  @May('cases:decide')
  setContact(
    @Arg('input', () => SetContactInput) input: SetContactInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideCasesPayload> {
    return answered(context, async () => decidedPayload(context, await this.service.setContact(context.viewer, input)));
  }
}
