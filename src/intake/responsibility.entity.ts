import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { ResourceKind } from '../observable/observable.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ResponsibilityState } from './responsibility.states.ts';

registerEnumType(ResponsibilityState, {
  name: 'ResponsibilityState',
  description: 'How far a party has been told. TOLD needs proof: its desk has acknowledged the event, or answered.',
});

@ObjectType({ description: 'Who can act on a resource of a report, in which role, and whether it was told.' })
@Entity('responsibility')
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
    description: 'Why not, for states that need it: RESOLVING, IN_TRIAGE, SENT, NO_CLAIM ...',
  })
  @Column('text', { nullable: true })
  reason!: string | null;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'told_at', nullable: true })
  toldAt!: Date | null;

  @Field(() => DateTime, { description: 'Since when it is in this state.' })
  @Column('timestamptz')
  since!: Date;
}
