import { Field, ID, InputType, Int } from 'type-graphql';

import { AbuseCategoryEnum } from '../intake/indicator.entity.ts';
import type { AbuseCategory } from '../intake/indicator.ts';
import { AssessmentEnum } from '../triage/case.entity.ts';
import type { Assessment } from '../triage/case.ts';
import { RequestedActionEnum } from '../referral/inbox-item.entity.ts';
import { LegalBasisEnum } from '../referral/referral.entity.ts';
import type { LegalBasis, RequestedAction } from '../referral/request.ts';
import { RuleOutcomeEnum } from './rule.entity.ts';
import type { RuleOutcome } from './rule.ts';

@InputType({
  description:
    'Takes a new case when everything in it comes from these reporters, who consent to telling, is of these categories and ' +
    'confident enough, says when it was seen (not more than 14 days before), and, for phishing and malware, is a URL. ' +
    'Never: a resource that shares a name or a machine with others (TENANT, PAGE, ADDRESS, NETWORK), a name of a target ' +
    'of the report, or one on which anybody reports with PAP RED or AMBER.',
})
export class TriageRuleInput {
  @Field(() => String, { description: '1 to 100 characters, unique among the rules. Entries name it.' })
  name!: string;

  @Field(() => Boolean, { defaultValue: true, description: 'False: kept, and switched off.' })
  enabled!: boolean;

  @Field(() => [ID], { description: '1 to 100 organisations; see `Report.reporterId`.' })
  reporters!: string[];

  @Field(() => [AbuseCategoryEnum], { description: 'At least one.' })
  categories!: AbuseCategory[];

  @Field(() => Int, { description: '0 to 100. An indicator without confidence has 0.' })
  leastConfidence!: number;

  @Field(() => RuleOutcomeEnum)
  outcome!: RuleOutcome;

  @Field(() => AssessmentEnum, { defaultValue: 'UNKNOWN', description: 'For cases that were not assessed.' })
  assessment!: Assessment;

  @Field(() => RequestedActionEnum, { defaultValue: 'TAKE_DOWN', description: 'For FORWARD.' })
  requestedAction!: RequestedAction;

  @Field(() => LegalBasisEnum, { defaultValue: 'VOLUNTARY_COOPERATION', description: 'For FORWARD.' })
  legalBasis!: LegalBasis;

  @Field(() => String, { nullable: true, description: 'For the parties; at most 2,000 characters.' })
  note?: string | null;

  @Field(() => Int, { defaultValue: 48, description: 'For FORWARD: by when you ask them to act, 1 to 720 hours.' })
  actWithinHours!: number;
}

@InputType()
export class SetTriageRulesInput {
  @Field(() => String, { description: '1 to 128 characters.' })
  idempotencyKey!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version that you replace, 0 for none. Another one now: CONFLICT.',
  })
  expectedVersion?: number | null;

  @Field(() => [TriageRuleInput], { description: 'All of them, 1 to 50; of several that fit a case the first counts.' })
  rules!: TriageRuleInput[];
}
