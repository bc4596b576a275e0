import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { ResourceKind } from '../observable/observable.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { ResponsibilityState } from './responsibility.states.ts';

registerEnumType(ResponsibilityState, {
  name: 'ResponsibilityState',
  description: 'How far a party has been told. TOLD needs proof: its desk has acknowledged the event, or answered.',
});

@ObjectType({ description: 'Who can act on a resource of a report, in which role, and whether it was told.' })
@Entity('responsibility')
@ReadBy(['reporter_id', 'coordinator_id'])
export class Responsibility {
  @PrimaryColumn('uuid', { name: 'report_id' })
  reportId!: string;

  @PrimaryColumn('bytea', { name: 'resource' })
  resourceHash!: Buffer;

  @Field(() => String, { description: "The party's role; `*` while no party is known." })
  @PrimaryColumn('text')
  role!: string;

  @Column('uuid', { name: 'reporter_id' })
  reporterId!: string;

  @Field(() => ResourceKind)
  @Column('text', { name: 'resource_kind' })
  resourceKind!: ResourceKind;

  @Field(() => String)
  @Column('text', { name: 'resource_value' })
  resource!: string;

  @Field(() => String, { nullable: true, description: 'The party. Null while none is known.' })
  @Column('text', { nullable: true })
  party!: string | null;

  @Field(() => ResponsibilityState)
  @Column('text')
  state!: ResponsibilityState;

  @Field(() => String, {
    nullable: true,
    description:
      'More of the state. With NOT_TOLD: RESOLVING, IN_TRIAGE, NO_CLAIM, NO_CLAIM_KIND, SENT, or NO_CHANNEL while ' +
      'nobody has joined for the party. With ACKNOWLEDGED: ' +
      '`DECLINED: ` and why. With NOT_APPLICABLE: WITHDRAWN or RETRACTED. New reasons may be added.',
  })
  @Column('text', { nullable: true })
  reason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'From when the party cannot say that it was not told.' })
  @Column('timestamptz', { name: 'told_at', nullable: true })
  toldAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When the party first took it up, or answered.' })
  @Column('timestamptz', { name: 'acknowledged_at', nullable: true })
  acknowledgedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When the party last said that it acted, or why it does not.' })
  @Column('timestamptz', { name: 'answered_at', nullable: true })
  answeredAt!: Date | null;

  @Field(() => DateTime, { description: 'Since when it is in this state.' })
  @Column('timestamptz')
  since!: Date;
}
