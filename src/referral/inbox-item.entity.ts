import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { ResourceKind } from '../observable/observable.ts';
import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ClaimRoleEnum } from '../routing/claim.entity.ts';
import { ACTIONS, DECLINE_REASONS, type ActionTaken, type DeclineReason } from './answer.ts';
import type { ItemState } from './inbox-item.states.ts';

export const ItemStateEnum: Record<ItemState, ItemState> = {
  SENT: 'SENT',
  DELIVERED: 'DELIVERED',
  ACKNOWLEDGED: 'ACKNOWLEDGED',
  ACTIONED: 'ACTIONED',
  DECLINED: 'DECLINED',
  CLOSED: 'CLOSED',
};
export const ActionTakenEnum = Object.fromEntries(ACTIONS.map((action) => [action, action]));
export const DeclineReasonEnum = Object.fromEntries(DECLINE_REASONS.map((reason) => [reason, reason]));
registerEnumType(ItemStateEnum, {
  name: 'ItemState',
  description: 'DELIVERED: the desk has read of it. CLOSED: nothing is asked any more.',
});
registerEnumType(ActionTakenEnum, { name: 'ActionTaken', description: 'What a party did.' });
registerEnumType(DeclineReasonEnum, { name: 'DeclineReason', description: 'Why a party does not act.' });

@ObjectType({
  implements: Node,
  description:
    "What is on a provider's desk about one resource, in one role. One answer answers every coordinator who asks.",
})
@Entity('inbox_item')
export class InboxItem extends Node {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'provider_id' })
  providerId!: string;

  @Field(() => ClaimRoleEnum)
  @Column('text')
  role!: string;

  @Field(() => ResourceKind)
  @Column('text', { name: 'resource_kind' })
  resourceKind!: ResourceKind;

  @Field(() => String, { name: 'resource' })
  @Column('text')
  value!: string;

  @Field(() => ItemStateEnum)
  @Column('text')
  state!: ItemState;

  @Field(() => DateTime, { description: 'By when the first of the coordinators asks for it.' })
  @Column('timestamptz', { name: 'due_at' })
  dueAt!: Date;

  @Field(() => DateTime)
  @Column('timestamptz', { name: 'sent_at' })
  sentAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'delivered_at', nullable: true })
  deliveredAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'acknowledged_at', nullable: true })
  acknowledgedAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'answered_at', nullable: true })
  answeredAt!: Date | null;

  @Field(() => ActionTakenEnum, { nullable: true })
  @Column('text', { nullable: true })
  action!: ActionTaken | null;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'acted_at', nullable: true })
  actedAt!: Date | null;

  @Field(() => DeclineReasonEnum, { nullable: true })
  @Column('text', { name: 'decline_reason', nullable: true })
  declineReason!: DeclineReason | null;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  note!: string | null;

  @Field(() => String, { nullable: true, description: 'The ticket in your own system.' })
  @Column('text', { name: 'provider_reference', nullable: true })
  providerReference!: string | null;

  @Field(() => Int, { description: 'Grows with every change. Send it as `expectedVersion`.' })
  @Column('int')
  version!: number;

  get nodeType(): string {
    return 'InboxItem';
  }
}
