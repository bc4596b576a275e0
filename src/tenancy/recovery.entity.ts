import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Reads } from '../platform/api/asked.ts';
import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { toGlobalId } from '../platform/ids.ts';
import { OBJECTION_MS } from './recovery.ts';
import { recoveryStates, type RecoveryState } from './recovery.states.ts';

const RecoveryStateEnum = Object.fromEntries(recoveryStates.all.map((state) => [state, state]));
registerEnumType(RecoveryStateEnum, {
  name: 'RecoveryState',
  description:
    'BEGUN: one operator asks. CONFIRMED: two agreed; from `opensAt` on a key can be issued, once. REFUSED, EXPIRED: none will be.',
});

@ObjectType('Recovery', {
  implements: Node,
  description:
    'A key for an organisation that has lost its own: asked by an operator, agreed to by a second one, refused by the ' +
    'organisation if it likes. All three read it, and nobody else.',
})
@Entity('recovery')
@ReadBy(['organisation_id', 'operator_id', 'seconder_id'])
export class Recovery extends Node {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'organisation_id' })
  organisationId!: string;

  @Field(() => String, { description: 'What it was called when it was begun.' })
  @Column('text', { name: 'organisation_name' })
  organisationName!: string;

  @Column('uuid', { name: 'operator_id' })
  operatorId!: string;

  @Field(() => String, { description: 'Who began it.' })
  @Column('text', { name: 'operator_name' })
  operator!: string;

  @Column('uuid', { name: 'seconder_id' })
  seconderId!: string;

  @Field(() => String, { nullable: true, description: 'Who agreed to it. Null: nobody has.' })
  @Column('text', { name: 'seconder_name', nullable: true })
  seconder!: string | null;

  @Field(() => String)
  @Column('text')
  reason!: string;

  @Field(() => RecoveryStateEnum)
  @Column('text')
  state!: RecoveryState;

  @Column('uuid', { name: 'begun_by', nullable: true })
  begunBy!: string | null;

  @Field(() => DateTime)
  @Column('timestamptz', { name: 'begun_at' })
  begunAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'confirmed_at', nullable: true })
  confirmedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ends by itself. Null: it has ended.' })
  @Column('timestamptz', { name: 'next_at', nullable: true })
  endsAt!: Date | null;

  @Field(() => ID, { description: 'For which organisation.' })
  @Reads('organisationId')
  get organisation(): string {
    return toGlobalId('Organisation', this.organisationId);
  }

  @Field(() => DateTime, {
    nullable: true,
    description: 'From when on a key can be issued: 24 hours after the second agreed. Null: nobody has.',
  })
  @Reads('confirmedAt')
  get opensAt(): Date | null {
    return this.confirmedAt && new Date(this.confirmedAt.getTime() + OBJECTION_MS);
  }

  get nodeType(): string {
    return 'Recovery';
  }
}
