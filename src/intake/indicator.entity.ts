import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { ObservableType, ResourceKind } from '../observable/observable.ts';
import { Node } from '../platform/api/node.ts';
import { connectionOf } from '../platform/api/paging.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { ABUSE_CATEGORIES, type AbuseCategory } from './indicator.ts';
import { indicatorStates, type IndicatorOutcome } from './indicator.states.ts';

export const AbuseCategoryEnum = Object.fromEntries(ABUSE_CATEGORIES.map((category) => [category, category]));
export const OutcomeEnum = Object.fromEntries(indicatorStates.all.map((outcome) => [outcome, outcome]));
registerEnumType(AbuseCategoryEnum, { name: 'AbuseCategory', description: 'What an observable served.' });
registerEnumType(OutcomeEnum, {
  name: 'IndicatorOutcome',
  description:
    'What became of an indicator. HELD: the report is not sealed. RECEIVED: on its way to the coordinator. ' +
    'CONTEXT: nobody could act on it (a file hash); kept and fed out. IN_TRIAGE, CONFIRMED, REFERRED, ACTED: the ' +
    "coordinator's case. MITIGATED: it is down. RESOLVED: for good. REJECTED: the coordinator does not act on it. " +
    'WITHDRAWN: by you. RETRACTED: by the coordinator, who found that it does not stand. ENDED: the case ended otherwise.',
});
registerEnumType(ObservableType, { name: 'ObservableType', description: 'What an observable is.' });
registerEnumType(ResourceKind, { name: 'ResourceKind', description: 'What somebody can switch off.' });

@ObjectType({
  implements: Node,
  description: "One reporter's claim, in one report, that an observable served an abuse category.",
})
@Entity('indicator')
@ReadBy(['reporter_id', 'coordinator_id'], { shared: { by: 'shared_in', as: 'CO_COORDINATOR' } })
export class Indicator extends Node {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'report_id' })
  reportId!: string;

  @Column('uuid', { name: 'reporter_id' })
  reporterId!: string;

  @Column('uuid', { name: 'case_id', nullable: true })
  caseId!: string | null;

  @Field(() => Int, { description: 'Its place in the report, from 0.' })
  @Column('int')
  ord!: number;

  @Field(() => ObservableType)
  @Column('text')
  type!: ObservableType;

  @Field(() => String, { description: 'The observable in normal form. Live: never make a link of it.' })
  @Column('text')
  value!: string;

  @Field(() => ResourceKind, { nullable: true, description: 'Null: it is context.' })
  @Column('text', { name: 'resource_kind', nullable: true })
  resourceKind!: ResourceKind | null;

  @Field(() => String, { nullable: true, description: 'What somebody can switch off to end it.' })
  @Column('text', { name: 'resource_value', nullable: true })
  resource!: string | null;

  @Field(() => AbuseCategoryEnum)
  @Column('text')
  category!: AbuseCategory;

  @Field(() => Int, { nullable: true, description: '0 to 100.' })
  @Column('smallint', { nullable: true })
  confidence!: number | null;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'first_seen', nullable: true })
  firstSeen!: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'last_seen', nullable: true })
  lastSeen!: Date | null;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  comment!: string | null;

  @Field(() => String, { nullable: true })
  @Column('text', { name: 'external_id', nullable: true })
  externalId!: string | null;

  @Field(() => OutcomeEnum)
  @Column('text')
  outcome!: IndicatorOutcome;

  @Field(() => Boolean, { description: 'Whether its source lets the responsible parties be told.' })
  @Column('boolean')
  consents!: boolean;

  get nodeType(): string {
    return 'Indicator';
  }
}

export const IndicatorConnection = connectionOf(Indicator, 'Indicator');
