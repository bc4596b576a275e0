import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { ResourceKind } from '../observable/observable.ts';
import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { ClaimRoleEnum } from '../routing/claim.entity.ts';
import { ACTIONS, DECLINE_REASONS, type ActionTaken, type DeclineReason } from './answer.ts';
import { CLOSED_BASES, itemStates, type ClosedBasis, type ItemState } from './inbox-item.states.ts';
import { REQUESTED_ACTIONS, type RequestedAction } from './request.ts';

export const ItemStateEnum = Object.fromEntries(itemStates.all.map((state) => [state, state]));
export const ActionTakenEnum = Object.fromEntries(ACTIONS.map((action) => [action, action]));
export const DeclineReasonEnum = Object.fromEntries(DECLINE_REASONS.map((reason) => [reason, reason]));
registerEnumType(ItemStateEnum, {
  name: 'ItemState',
  description:
    'DELIVERED: the desk has read of it. IN_REVIEW: it looks into it until a time that it named. NEEDS_INFORMATION: it asked. DELEGATED: its delegate has it; DECLINED: see the reason. RETRACTED: what was asked was a mistake, undo it. CLOSED: nothing is asked any more, see the basis.',
});
export const ClosedBasisEnum = Object.fromEntries(CLOSED_BASES.map((basis) => [basis, basis]));
export const RequestedActionEnum = Object.fromEntries(REQUESTED_ACTIONS.map((action) => [action, action]));
registerEnumType(ClosedBasisEnum, {
  name: 'ClosedBasis',
  description:
    'Why nothing is asked any more. RESTORED: what was retracted was undone. RETURNED: a delegated item is its delegator’s again, because it was answered or not accepted in time. WITHDRAWN: its delegator took it back, or all that it showed was withdrawn by who reported it.',
});
registerEnumType(RequestedActionEnum, {
  name: 'RequestedAction',
  description: 'What a coordinator asks a party to do. RESTORE: undo it; asked when a case is taken back.',
});
registerEnumType(ActionTakenEnum, { name: 'ActionTaken', description: 'What a party did.' });
registerEnumType(DeclineReasonEnum, { name: 'DeclineReason', description: 'Why a party does not act.' });

@ObjectType({
  implements: Node,
  description:
    "What is on a provider's desk about one resource, in one role. One answer answers every coordinator who asks.",
})
@Entity('inbox_item')
@ReadBy(['provider_id', 'delegator_id'])
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

  @Field(() => ClosedBasisEnum, {
    nullable: true,
    description: 'Why it is CLOSED.',
  })
  @Column('text', { nullable: true })
  basis!: ClosedBasis | null;

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

  @Field(() => String, { nullable: true, description: 'Who should be asked instead, as the desk knows it.' })
  @Column('text', { name: 'suggested_party', nullable: true })
  suggestedParty!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when the desk looks into it, while it is IN_REVIEW.' })
  @Column('timestamptz', { name: 'review_until', nullable: true })
  reviewUntil!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the desk asked last. The answers stand under the requests.',
  })
  @Column('text', { nullable: true })
  question!: string | null;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'asked_at', nullable: true })
  askedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When what was retracted was undone.' })
  @Column('timestamptz', { name: 'restored_at', nullable: true })
  restoredAt!: Date | null;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  note!: string | null;

  @Field(() => String, { nullable: true, description: 'The ticket in your own system.' })
  @Column('text', { name: 'provider_reference', nullable: true })
  providerReference!: string | null;

  /** The id of the delegate's item, present or to come. */
  @Column('uuid', { nullable: true })
  delegation!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Who has it in hand for the desk, as its coordinators are told: "a reseller", or by name.',
  })
  @Column('text', { name: 'delegated_to', nullable: true })
  delegatedTo!: string | null;

  @Column('uuid', { name: 'parent_id', nullable: true })
  parentId!: string | null;

  @Field(() => String, { nullable: true, description: 'On a delegated item: whose desk it lies on.' })
  @Column('text', { name: 'provider_name', nullable: true })
  delegate!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'On a delegated item: who handed it on. Turn there with questions.',
  })
  @Column('text', { name: 'delegator_name', nullable: true })
  delegator!: string | null;

  @Field(() => String, { nullable: true, description: "On a delegated item: the delegator's note." })
  @Column('text', { name: 'delegation_note', nullable: true })
  delegationNote!: string | null;

  @Field(() => [RequestedActionEnum], {
    nullable: true,
    description: 'On a delegated item: what is asked. On others each request under it says so.',
  })
  @Column('text', { name: 'requested_actions', array: true, nullable: true })
  requestedActions!: RequestedAction[] | null;

  @Field(() => Int, { description: 'Grows with every change. Send it as `expectedVersion`.' })
  @Column('int')
  version!: number;

  get nodeType(): string {
    return 'InboxItem';
  }
}
