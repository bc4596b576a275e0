import { Field, Int, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { AbuseCategoryEnum } from '../intake/indicator.entity.ts';
import type { AbuseCategory } from '../intake/indicator.ts';
import { TlpEnum } from '../intake/report.entity.ts';
import type { Tlp } from '../intake/report.ts';
import { ObservableType } from '../observable/observable.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';

@ObjectType({ description: 'What was seen on the resource, as far as a delegate is shown it.' })
@Entity('delegated_observable')
@ReadBy(['provider_id', 'delegator_id'])
export class DelegatedObservable {
  @PrimaryColumn('uuid', { name: 'item_id' })
  itemId!: string;

  @Field(() => Int, { description: 'Its place in the item, from 0.' })
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

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'first_seen', nullable: true })
  firstSeen!: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'last_seen', nullable: true })
  lastSeen!: Date | null;

  @Field(() => TlpEnum, {
    nullable: true,
    description: 'Under which label you have it. Null: it was sent before labels went along.',
  })
  @Column('text', { nullable: true })
  tlp!: Tlp | null;
}
