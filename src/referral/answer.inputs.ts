import { Field, ID, InputType, Int } from 'type-graphql';

import { DateTime } from '../platform/api/scalars.ts';
import type { ActionTaken, DeclineReason } from './answer.ts';
import { ActionTakenEnum, DeclineReasonEnum } from './inbox-item.entity.ts';

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

@InputType()
export class AcknowledgeItemsInput {
  @Field(() => String, { description: '1 to 128 characters.' })
  idempotencyKey!: string;

  @Field(() => [ItemRef], { description: 'At most 1,000.' })
  items!: ItemRef[];

  @Field(() => String, { nullable: true, description: 'The ticket in your own system; at most 256 characters.' })
  providerReference?: string | null;

  @Field(() => String, { nullable: true, description: 'For the coordinators; at most 2,000 characters.' })
  note?: string | null;
}

@InputType()
export class ReportActionInput extends AcknowledgeItemsInput {
  @Field(() => ActionTakenEnum)
  action!: ActionTaken;

  @Field(() => DateTime, { nullable: true, description: 'When it was done. Default: now.' })
  actedAt?: Date | null;
}

@InputType()
export class DeclineItemsInput extends AcknowledgeItemsInput {
  @Field(() => DeclineReasonEnum)
  reason!: DeclineReason;
}
