import { Field, ID, InputType, Int } from 'type-graphql';

import { DateTime } from '../platform/api/scalars.ts';
import type { ActionTaken, DeclineReason } from '../referral/answer.ts';
import { ActionTakenEnum, DeclineReasonEnum } from '../referral/inbox-item.entity.ts';

@InputType()
export class ItemRef {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version you answer. Another one now: CONFLICT, with the present state.',
  })
  expectedVersion?: number | null;
}

/** What every act on items of a desk takes. */
@InputType()
export abstract class OnItemsInput {
  @Field(() => String, { description: '1 to 128 characters.' })
  idempotencyKey!: string;

  @Field(() => [ItemRef], { description: 'At most 1,000.' })
  items!: ItemRef[];

  @Field(() => String, { nullable: true, description: 'The ticket in your own system; at most 256 characters.' })
  providerReference?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Answers for each item what would come of it, and changes nothing. Remembers no key, has no receipt.',
  })
  dryRun!: boolean;
}

@InputType()
abstract class AnswerInput extends OnItemsInput {
  @Field(() => String, { nullable: true, description: 'For the coordinators; at most 2,000 characters.' })
  note?: string | null;
}

@InputType()
export class AcknowledgeItemsInput extends AnswerInput {}

@InputType()
export class ReviewUntilInput extends AnswerInput {
  @Field(() => DateTime, {
    description: 'Until when you look into it: ahead, at most 30 days. The items are ACKNOWLEDGED again then.',
  })
  until!: Date;
}

@InputType()
export class AskCoordinatorInput extends OnItemsInput {
  @Field(() => String, {
    description: 'For each coordinator who asks under the item and was not answered; 1 to 2,000 characters.',
  })
  question!: string;
}

@InputType()
export class ReportActionInput extends AnswerInput {
  @Field(() => ActionTakenEnum)
  action!: ActionTaken;

  @Field(() => DateTime, { nullable: true, description: 'When it was done. Default: now.' })
  actedAt?: Date | null;
}

@InputType()
export class DeclineItemsInput extends AnswerInput {
  @Field(() => DeclineReasonEnum)
  reason!: DeclineReason;

  @Field(() => String, {
    nullable: true,
    description:
      'Who should be asked instead, as you know it; at most 256 characters. Only with a reason that points to somebody: NOT_OUR_CUSTOMER, TRANSFERRED_AWAY, WRONG_LAYER_CONTACT_HOST, WRONG_LAYER_CONTACT_REGISTRAR, NOT_HOSTED_PASS_THROUGH.',
  })
  suggestedParty?: string | null;
}

@InputType()
export class ReportRestoredInput extends AnswerInput {
  @Field(() => DateTime, { nullable: true, description: 'When it was undone. Default: now.' })
  restoredAt?: Date | null;
}
