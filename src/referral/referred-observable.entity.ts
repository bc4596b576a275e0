import { Field, Int, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { AbuseCategoryEnum } from '../intake/indicator.entity.ts';
import type { AbuseCategory } from '../intake/indicator.ts';
import { TlpEnum } from '../intake/report.entity.ts';
import type { Tlp } from '../intake/report.ts';
import { ObservableType } from '../observable/observable.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';

@ObjectType({ description: 'What was seen on the resource, as far as its source lets the party know it.' })
@Entity('referred_observable')
@ReadBy(['provider_id', 'coordinator_id'])
export class ReferredObservable {
  @PrimaryColumn('uuid', { name: 'referral_id' })
  referralId!: string;

  @Field(() => Int, { description: 'Its place in the referral, from 0.' })
  @PrimaryColumn('int')
  ord!: number;

  @Field(() => ObservableType)
  @Column('text')
  type!: ObservableType;

  @Field(() => String, { description: 'In normal form. Live: never make a link of it.' })
  @Column('text')
  value!: string;

  @Field(() => AbuseCategoryEnum)
  @Column('text')
  category!: AbuseCategory;

  @Field(() => Int, { nullable: true })
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

  @Field(() => String, { nullable: true, description: 'Who reported it, if it wants to be named.' })
  @Column('text', { name: 'reporter_name', nullable: true })
  reporter!: string | null;

  @Field(() => TlpEnum, {
    nullable: true,
    description:
      'Its source lets you have it under this label. AMBER_STRICT and RED go no further than to you: not to a delegate. ' +
      'Null: it was sent before labels went along.',
  })
  @Column('text', { nullable: true })
  tlp!: Tlp | null;
}
