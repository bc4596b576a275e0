import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { ResourceKind } from '../observable/observable.ts';
import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ClaimRoleEnum } from '../routing/claim.entity.ts';
import { AssessmentEnum } from '../triage/case.entity.ts';
import type { Assessment } from '../triage/case.ts';
import type { ActionTaken, DeclineReason } from './answer.ts';
import type { ItemState } from './inbox-item.states.ts';
import { ActionTakenEnum, DeclineReasonEnum, ItemStateEnum } from './inbox-item.entity.ts';
import { LEGAL_BASES, REQUESTED_ACTIONS, type LegalBasis, type RequestedAction } from './request.ts';

export const RequestedActionEnum = Object.fromEntries(REQUESTED_ACTIONS.map((action) => [action, action]));
export const LegalBasisEnum = Object.fromEntries(LEGAL_BASES.map((basis) => [basis, basis]));
registerEnumType(RequestedActionEnum, {
  name: 'RequestedAction',
  description: 'What a coordinator asks a party to do.',
});
registerEnumType(LegalBasisEnum, { name: 'LegalBasis', description: 'On what a coordinator rests its request.' });

@ObjectType({ implements: Node, description: "One coordinator's request to one party, under an item of its desk." })
@Entity('referral')
export class Referral extends Node {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'case_id' })
  caseId!: string;

  @Column('uuid', { name: 'item_id' })
  itemId!: string;

  @Column('uuid', { name: 'coordinator_id' })
  coordinatorId!: string;

  @Field(() => String)
  @Column('text', { name: 'coordinator_name' })
  coordinator!: string;

  @Field(() => String)
  @Column('text', { name: 'provider_name' })
  provider!: string;

  @Field(() => ClaimRoleEnum)
  @Column('text')
  role!: string;

  @Field(() => ResourceKind)
  @Column('text', { name: 'resource_kind' })
  resourceKind!: ResourceKind;

  @Field(() => String, { name: 'resource' })
  @Column('text')
  value!: string;

  @Field(() => AssessmentEnum)
  @Column('text')
  assessment!: Assessment;

  @Field(() => RequestedActionEnum)
  @Column('text', { name: 'requested_action' })
  requestedAction!: RequestedAction;

  @Field(() => LegalBasisEnum)
  @Column('text', { name: 'legal_basis' })
  legalBasis!: LegalBasis;

  @Field(() => String, { nullable: true, description: "The coordinator's note to the party." })
  @Column('text', { nullable: true })
  note!: string | null;

  @Field(() => ItemStateEnum)
  @Column('text')
  state!: ItemState;

  @Field(() => DateTime)
  @Column('timestamptz', { name: 'due_at' })
  dueAt!: Date;

  @Field(() => DateTime)
  @Column('timestamptz', { name: 'sent_at' })
  sentAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was proven that the desk had read of it.' })
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

  @Field(() => String, { nullable: true, description: "The party's note with its answer." })
  @Column('text', { name: 'answer_note', nullable: true })
  answerNote!: string | null;

  @Field(() => String, { nullable: true })
  @Column('text', { name: 'provider_reference', nullable: true })
  providerReference!: string | null;

  get nodeType(): string {
    return 'Referral';
  }
}
