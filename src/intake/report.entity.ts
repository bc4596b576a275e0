import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { SHARED_FORMATS, type SharedFormat } from '../formats/shared-document.ts';
import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { PAPS, TELLS, TLPS, type Pap, type Tell, type Tlp } from './report.ts';
import type { ReportState } from './report.states.ts';

const enumOf = <Value extends string>(values: readonly Value[]) =>
  Object.fromEntries(values.map((value) => [value, value])) as Record<Value, Value>;

export const TlpEnum = enumOf(TLPS);
export const PapEnum = enumOf(PAPS);
export const TellEnum = enumOf(TELLS);
export const SharedFormatEnum = enumOf(SHARED_FORMATS);
registerEnumType(SharedFormatEnum, {
  name: 'SharedFormat',
  description: 'STIX 2.1 or 2.0 as JSON, or MISP events as JSON.',
});
registerEnumType(TlpEnum, { name: 'Tlp', description: 'Traffic Light Protocol 2.0 (FIRST).' });
registerEnumType(PapEnum, { name: 'Pap', description: 'Permissible Actions Protocol.' });
registerEnumType(TellEnum, {
  name: 'Tell',
  description:
    'Whom you let the hub tell: the parties that can act (the default, but for AMBER_STRICT and RED), nobody before you say so, or the ' +
    'coordinator alone, and no other coordinator. Under PAP AMBER or RED nobody is told, whatever it says.',
});

@ObjectType({ implements: Node, description: 'What a vendor or a CERT submits: a title, labels, and indicators.' })
@Entity('report')
@ReadBy(['owner_id'], { shared: { by: 'id' } })
export class Report extends Node {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'owner_id' })
  ownerId!: string;

  @Field(() => String, { description: 'The organisation that submitted it.' })
  @Column('text', { name: 'owner_name' })
  reporter!: string;

  @Field(() => String, { nullable: true, description: 'Your own name for it.' })
  @Column('text', { name: 'external_id', nullable: true })
  externalId!: string | null;

  @Column('bytea', { name: 'content_hash' })
  contentHash!: Buffer;

  @Field(() => String)
  @Column('text')
  title!: string;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  narrative!: string | null;

  @Field(() => [String])
  @Column('text', { name: 'threat_actors', array: true })
  threatActors!: string[];

  @Field(() => [String])
  @Column('text', { array: true })
  targets!: string[];

  @Field(() => TlpEnum)
  @Column('text')
  tlp!: Tlp;

  @Field(() => PapEnum, { nullable: true })
  @Column('text', { nullable: true })
  pap!: Pap | null;

  @Field(() => TellEnum)
  @Column('text')
  tell!: Tell;

  @Field(() => Boolean, { description: 'Whether those who are told may learn who reported it.' })
  @Column('boolean')
  attribution!: boolean;

  @Column('uuid', { name: 'coordinator_id' })
  coordinatorId!: string;

  @Field(() => String, { description: 'RECEIVING, SEALED (it is being acted on), PUBLISHED or WITHDRAWN.' })
  @Column('text')
  state!: ReportState;

  @Column('int', { name: 'next_ord' })
  nextOrd!: number;

  @Field(() => DateTime)
  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'sealed_at', nullable: true })
  sealedAt!: Date | null;

  @Field(() => SharedFormatEnum, { nullable: true, description: 'Of the document that it was imported from.' })
  @Column('text', { name: 'source_format', nullable: true })
  sourceFormat!: SharedFormat | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What names it there: the id of the STIX report or bundle, the uuid of the MISP event; where there is none, ' +
      '`sha256:` and the hash of the document.',
  })
  @Column('text', { name: 'source_id', nullable: true })
  sourceId!: string | null;

  get nodeType(): string {
    return 'Report';
  }
}
