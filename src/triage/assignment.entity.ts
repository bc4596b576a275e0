import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Reads } from '../platform/api/asked.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { toGlobalId } from '../platform/ids.ts';

@ObjectType('CaseAssignment', { description: "Who works on a case. For the coordinator's own people alone." })
@Entity('case_assignment')
@ReadBy(['coordinator_id'])
export class CaseAssignment {
  /** That of the case. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'client' })
  clientId!: string;

  @Column('uuid', { name: 'member', nullable: true })
  memberId!: string | null;

  @Field(() => DateTime)
  @Column('timestamptz')
  since!: Date;

  @Field(() => ID, { description: 'The credential that claimed it.' })
  @Reads('clientId')
  get client(): string {
    return toGlobalId('Client', this.clientId);
  }

  @Field(() => ID, { nullable: true, description: 'The person behind it. Null: a machine.' })
  @Reads('memberId')
  get member(): string | null {
    return this.memberId === null ? null : toGlobalId('Member', this.memberId);
  }
}
