import { Field, ID, ObjectType } from 'type-graphql';

import { FeedGap } from '../feed/event.type.ts';
import { AbuseCategoryEnum, OutcomeEnum } from '../intake/indicator.entity.ts';
import type { AbuseCategory } from '../intake/indicator.ts';
import type { IndicatorOutcome } from '../intake/indicator.states.ts';
import { ResponsibilityState } from '../intake/responsibility.states.ts';
import { ObservableType, ResourceKind } from '../observable/observable.ts';
import { DateTime } from '../platform/api/scalars.ts';
import type { ActionTaken, DeclineReason } from '../referral/answer.ts';
import { ActionTakenEnum, DeclineReasonEnum } from '../referral/inbox-item.entity.ts';

@ObjectType({
  description:
    'What became of one of your indicators with one party that can act: a flat row an indicator and role. The rows of ' +
    'one indicator always come together, all of them: replace what you had of it.',
})
export class Outcome {
  @Field(() => String, { description: 'Of indicator and role: the same whenever the row comes. Opaque.' })
  key!: string;

  @Field(() => ID)
  reportId!: string;

  @Field(() => String, { nullable: true, description: 'Your name for the report.' })
  reportExternalId!: string | null;

  @Field(() => ID)
  indicatorId!: string;

  @Field(() => String, { nullable: true, description: 'Your name for the indicator.' })
  externalId!: string | null;

  @Field(() => String, { description: 'In normal form. Live: never make a link of it.' })
  observable!: string;

  @Field(() => ObservableType)
  type!: ObservableType;

  @Field(() => AbuseCategoryEnum)
  category!: AbuseCategory;

  @Field(() => OutcomeEnum, { description: 'Of the indicator: the same in all its rows.' })
  outcome!: IndicatorOutcome;

  @Field(() => ResourceKind, { nullable: true, description: 'Null: it is context, and nobody can act on it.' })
  resourceKind!: ResourceKind | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What somebody can switch off to end it. From here on the row speaks of the resource: an indicator added later ' +
      'to the same report shares it.',
  })
  resource!: string | null;

  @Field(() => String, { description: "The party's role; `*` while no party is known." })
  role!: string;

  @Field(() => String, { nullable: true })
  party!: string | null;

  @Field(() => ResponsibilityState, { description: 'How far the party has been told. NOT_APPLICABLE with context.' })
  state!: ResponsibilityState;

  @Field(() => String, { nullable: true, description: 'As in `Responsibility.reason`; CONTEXT with context.' })
  reason!: string | null;

  @Field(() => DateTime, { nullable: true })
  toldAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  acknowledgedAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  answeredAt!: Date | null;

  @Field(() => ActionTakenEnum, { nullable: true, description: 'What the party says it did.' })
  action!: ActionTaken | null;

  @Field(() => DateTime, { nullable: true, description: 'When, by its own word.' })
  actedAt!: Date | null;

  @Field(() => DeclineReasonEnum, { nullable: true })
  declineReason!: DeclineReason | null;

  @Field(() => String, { nullable: true, description: "The ticket in the party's own system." })
  providerReference!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Since when it is in this state. Null with context.' })
  since!: Date | null;
}

@ObjectType({ description: 'What changed since a cursor, as it is now.' })
export class OutcomePage {
  @Field(() => [Outcome], {
    description:
      'In the order of the indicators. May be empty, and may hold a few more than `first`, within one indicator.',
  })
  rows!: Outcome[];

  @Field(() => String, {
    description: 'Send it as `changedAfter`, at once when it is not yet `head`, later when it is.',
  })
  cursor!: string;

  @Field(() => String, { description: 'Where your feed ended when this page was read.' })
  head!: string;

  @Field(() => FeedGap, {
    nullable: true,
    description: 'The hub was restored from a backup: throw your rows away, and read on from `resumeFrom`.',
  })
  gap!: FeedGap | null;
}
