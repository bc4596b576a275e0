import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { ResourceKind } from '../observable/observable.ts';
import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { ClaimRoleEnum } from '../routing/claim.entity.ts';
import { AssessmentEnum, RetractReasonEnum } from '../triage/case.entity.ts';
import type { Assessment, RetractReason } from '../triage/case.ts';
import type { ActionTaken, DeclineReason } from './answer.ts';
import type { ClosedBasis, ItemState } from './inbox-item.states.ts';
import {
  ActionTakenEnum,
  ClosedBasisEnum,
  DeclineReasonEnum,
  ItemStateEnum,
  RequestedActionEnum,
} from './inbox-item.entity.ts';
import { LEGAL_BASES, type LegalBasis, type RequestedAction } from './request.ts';

export const LegalBasisEnum = Object.fromEntries(LEGAL_BASES.map((basis) => [basis, basis]));
registerEnumType(LegalBasisEnum, {
  name: 'LegalBasis',
  description: 'On what a coordinator rests its request. Who may assert which is said in docs/legal-basis.md.',
  valuesConfig: { ICANN_RAA_3_18: { deprecationReason: 'Name the section: ICANN_RAA_3_18_2, or _1 or _3.' } },
});

@ObjectType({ implements: Node, description: "One coordinator's request to one party, under an item of its desk." })
@Entity('referral')
@ReadBy(['provider_id', 'coordinator_id'], { shared: { by: 'case_id', as: 'CO_COORDINATOR' } })
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

  @Field(() => String, { nullable: true, description: "The coordinator's own ticket, as it was when this was issued." })
  @Column('text', { name: 'case_reference', nullable: true })
  caseReference!: string | null;

  @Field(() => ItemStateEnum)
  @Column('text')
  state!: ItemState;

  @Field(() => ClosedBasisEnum, { nullable: true, description: 'Why it is CLOSED.' })
  @Column('text', { nullable: true })
  basis!: ClosedBasis | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Since when nothing is pressed for: its coordinator has something to decide first. Null: it stands as asked.',
  })
  @Column('timestamptz', { name: 'paused_at', nullable: true })
  pausedAt!: Date | null;

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

  @Field(() => DateTime, { nullable: true, description: 'Until when the party looks into it, while it is IN_REVIEW.' })
  @Column('timestamptz', { name: 'review_until', nullable: true })
  reviewUntil!: Date | null;

  @Field(() => String, { nullable: true, description: 'Who has it in hand for the party: "a reseller", or a name.' })
  @Column('text', { name: 'delegated_to', nullable: true })
  delegatedTo!: string | null;

  @Field(() => String, { nullable: true, description: 'What the party asks; answered by `answerProvider`.' })
  @Column('text', { nullable: true })
  question!: string | null;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'asked_at', nullable: true })
  askedAt!: Date | null;

  @Field(() => String, { nullable: true, description: "The coordinator's answer to the question." })
  @Column('text', { nullable: true })
  reply!: string | null;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'replied_at', nullable: true })
  repliedAt!: Date | null;

  @Field(() => ClaimRoleEnum, {
    nullable: true,
    description: 'The role of the party that the reason for declining points to: a proposal for the next referral.',
  })
  @Column('text', { name: 'proposed_role', nullable: true })
  proposedRole!: string | null;

  @Field(() => String, { nullable: true, description: 'That party, in the words of the one who declined.' })
  @Column('text', { name: 'proposed_party', nullable: true })
  proposedParty!: string | null;

  @Field(() => RetractReasonEnum, { nullable: true, description: 'Why the coordinator took the request back.' })
  @Column('text', { name: 'retract_reason', nullable: true })
  retractReason!: RetractReason | null;

  @Field(() => String, { nullable: true, description: "The coordinator's words with that." })
  @Column('text', { nullable: true })
  correction!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When what was retracted was undone.' })
  @Column('timestamptz', { name: 'restored_at', nullable: true })
  restoredAt!: Date | null;

  @Field(() => Int, { description: 'Grows with every change. Send it as `expectedVersion`.' })
  @Column('int')
  version!: number;

  get nodeType(): string {
    return 'Referral';
  }
}
