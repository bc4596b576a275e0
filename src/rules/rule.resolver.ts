import { Arg, Ctx, Field, FieldResolver, ID, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';

import { Report } from '../intake/report.entity.ts';
import { Reads } from '../platform/api/asked.ts';
import type { RequestContext } from '../platform/api/context.ts';
import { Payload, Receipt, answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { toGlobalId } from '../platform/ids.ts';
import { TriageRule } from './rule.entity.ts';
import { SetTriageRulesInput, TriageRuleInput } from './rule.inputs.ts';
import { presentRules, type RuleService } from './rule.service.ts';

@ObjectType({ description: 'The rules of a coordinator, as one version.' })
class TriageRules {
  @Field(() => Int, { description: '0: none were ever set. Grows with every setting.' })
  version!: number;

  @Field(() => [TriageRule], { description: 'Of several that take a case the first counts.' })
  rules!: TriageRule[];
}

@ObjectType({ description: 'What a rule would have done to the cases of the past.' })
class TriageRuleBacktest {
  @Field(() => Int, { description: 'Cases that it would have taken when they were opened.' })
  cases!: number;

  @Field(() => Int, { description: 'Of those, how many a person rejected.' })
  rejected!: number;

  @Field(() => Int, { description: 'Of those, how many were confirmed and then taken back.' })
  retracted!: number;
}

@ObjectType()
class SetTriageRulesPayload extends Payload {
  @Field(() => TriageRules, { nullable: true })
  triageRules?: TriageRules | null;
}

@Resolver()
export class RuleResolver {
  constructor(private readonly service: RuleService) {}

  @Query(() => TriageRules, { description: 'By which rules the hub decides for you.' })
  @May('cases:read')
  async triageRules(@Ctx() context: RequestContext): Promise<TriageRules> {
    return presentRules(await context.read(), context.viewer.organisationId);
  }

  @Query(() => TriageRuleBacktest, {
    description: 'Tries a rule on your own cases; it need not be set. 1 to 365 days.',
  })
  @May('cases:read')
  async triageRuleBacktest(
    @Arg('rule', () => TriageRuleInput) rule: TriageRuleInput,
    @Arg('days', () => Int) days: number,
    @Ctx() context: RequestContext,
  ): Promise<TriageRuleBacktest> {
    return this.service.backtest(await context.read(), context.viewer, rule, days);
  }

  @Mutation(() => SetTriageRulesPayload, {
    description:
      'Replaces all your rules. What is reported from then on and taken by one is decided by the hub in your name, and the ' +
      'entry names rule and version. A rule of whose cases more than 10 % were retracted, of at least 20, switches itself off.',
  })
  @May('cases:decide')
  setTriageRules(
    @Arg('input', () => SetTriageRulesInput) input: SetTriageRulesInput,
    @Ctx() context: RequestContext,
  ): Promise<SetTriageRulesPayload> {
    return answered(context, async () => {
      const { entryId } = await this.service.set(context.viewer, input);
      const triageRules = await presentRules(await context.read(), context.viewer.organisationId);
      return { triageRules, receipt: new Receipt(entryId) };
    });
  }
}

@Resolver(() => Report)
export class ReporterResolver {
  @FieldResolver(() => ID, { description: 'The organisation that submitted it, as rules name it.' })
  @Reads('ownerId')
  reporterId(@Root() { ownerId }: Report): string {
    return toGlobalId('Organisation', ownerId);
  }
}
