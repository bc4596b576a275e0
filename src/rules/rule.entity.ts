import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { AbuseCategoryEnum } from '../intake/indicator.entity.ts';
import type { AbuseCategory } from '../intake/indicator.ts';
import { Reads } from '../platform/api/asked.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { toGlobalId } from '../platform/ids.ts';
import { AssessmentEnum } from '../triage/case.entity.ts';
import type { Assessment } from '../triage/case.ts';
import { RequestedActionEnum } from '../referral/inbox-item.entity.ts';
import { LegalBasisEnum } from '../referral/referral.entity.ts';
import type { LegalBasis, RequestedAction } from '../referral/request.ts';
import { RULE_OUTCOMES, type RuleOutcome } from './rule.ts';
import { ruleStates, type RuleState } from './rule.states.ts';

export const RuleOutcomeEnum = Object.fromEntries(RULE_OUTCOMES.map((outcome) => [outcome, outcome]));
const RuleStateEnum = Object.fromEntries(ruleStates.all.map((state) => [state, state]));
registerEnumType(RuleOutcomeEnum, { name: 'TriageRuleOutcome', description: 'How far a rule takes a new case.' });
registerEnumType(RuleStateEnum, {
  name: 'TriageRuleState',
  description: 'SWITCHED_OFF: by you, or by itself, because too much of what it decided was taken back.',
});

@ObjectType({ description: 'A rule by which a coordinator lets the hub decide about what trusted sources report.' })
@Entity('triage_rule')
@ReadBy(['organisation_id'])
export class TriageRule {
  @PrimaryColumn('uuid', { name: 'organisation_id' })
  organisationId!: string;

  @PrimaryColumn('int')
  version!: number;

  @PrimaryColumn('int')
  ord!: number;

  @Field(() => String)
  @Column('text')
  name!: string;

  @Field(() => RuleStateEnum)
  @Column('text')
  state!: RuleState;

  @Column('uuid', { name: 'reporters', array: true })
  reporterIds!: string[];

  @Field(() => [AbuseCategoryEnum])
  @Column('text', { array: true })
  categories!: AbuseCategory[];

  @Field(() => Int, { description: '0 to 100.' })
  @Column('smallint', { name: 'least_confidence' })
  leastConfidence!: number;

  @Field(() => RuleOutcomeEnum)
  @Column('text')
  outcome!: RuleOutcome;

  @Field(() => AssessmentEnum)
  @Column('text')
  assessment!: Assessment;

  @Field(() => RequestedActionEnum)
  @Column('text', { name: 'requested_action' })
  requestedAction!: RequestedAction;

  @Field(() => LegalBasisEnum)
  @Column('text', { name: 'legal_basis' })
  legalBasis!: LegalBasis;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  note!: string | null;

  @Field(() => Int)
  @Column('int', { name: 'act_within_hours' })
  actWithinHours!: number;

  @Field(() => [ID], { description: 'Organisations.' })
  @Reads('reporterIds')
  get reporters(): string[] {
    return this.reporterIds.map((id) => toGlobalId('Organisation', id));
  }
}
