import { Field, ID, InputType, Int } from 'type-graphql';

@InputType()
export class ReferralRef {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version you answer. Another one now: CONFLICT, with the present state.',
  })
  expectedVersion?: number | null;
}

@InputType()
export class AnswerProviderInput {
  @Field(() => String, { description: '1 to 128 characters.' })
  idempotencyKey!: string;

  @Field(() => [ReferralRef], { description: 'At most 1,000, each NEEDS_INFORMATION.' })
  referrals!: ReferralRef[];

  @Field(() => String, { description: 'For the party that asks; 1 to 2,000 characters.' })
  answer!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Answers for each referral what would come of it, and changes nothing.',
  })
  dryRun!: boolean;
}
