import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Reads } from '../platform/api/asked.ts';
import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { toGlobalId } from '../platform/ids.ts';
import { eyesMissing } from './act.ts';
import type { ApprovalState } from './approval.states.ts';

@ObjectType({
  implements: Node,
  description: 'An act of your organisation that waits for a second person, or was approved or declined.',
})
@Entity('approval')
@ReadBy(['organisation_id'])
export class Approval extends Node {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'organisation_id' })
  organisationId!: string;

  @Field(() => String, { description: 'The mutation, e.g. `forwardCases`.' })
  @Column('text')
  verb!: string;

  @Field(() => String, {
    description: 'Its input as a GraphQL literal, to the letter what will be done. Read it, and what it names, first.',
  })
  @Column('text')
  input!: string;

  @Column('uuid', { name: 'member_id', nullable: true })
  memberId!: string | null;

  @Field(() => String, { description: 'PENDING, APPROVED or DECLINED. After `expiresAt` a PENDING one is too late.' })
  @Column('text')
  state!: ApprovalState;

  @Column('uuid', { array: true, name: 'approvers' })
  approverIds!: string[];

  @Field(() => DateTime)
  @Column('timestamptz', { name: 'requested_at' })
  requestedAt!: Date;

  @Field(() => DateTime, { description: '24 hours after it was asked for.' })
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  @Field(() => ID, { nullable: true, description: 'The member who asked at a browser. Null: a key did.' })
  @Reads('memberId')
  get requestedBy(): string | null {
    return this.memberId === null ? null : toGlobalId('Member', this.memberId);
  }

  @Field(() => [ID], { description: 'The members who approved.' })
  @Reads('approverIds')
  get approvers(): string[] {
    return this.approverIds.map((id) => toGlobalId('Member', id));
  }

  @Field(() => Int, {
    description: 'How many people must still approve. What a key asks for two do: a key is nobody’s eyes.',
  })
  @Reads('state', 'memberId', 'approverIds')
  get missing(): number {
    return this.state === 'PENDING' ? eyesMissing(this.memberId, this.approverIds) : 0;
  }

  get nodeType(): string {
    return 'Approval';
  }
}
