import { Field, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import type { Permission } from '../platform/viewer.ts';
import { PermissionName } from './client.entity.ts';

@ObjectType({
  implements: Node,
  description: 'A person who works for an organisation. Its name is never shown to another organisation.',
})
@Entity('member')
@ReadBy(['organisation_id'])
export class Member extends Node {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'organisation_id' })
  organisationId!: string;

  @Field(() => String)
  @Column('text')
  name!: string;

  @Field(() => String)
  @Column('text')
  email!: string;

  @Field(() => String, {
    description: 'ACTIVE, SUSPENDED or REMOVED. Sessions and keys of who is not ACTIVE stop working at once.',
  })
  @Column('text')
  state!: string;

  @Field(() => [PermissionName], { description: 'What she may do when she is signed in.' })
  @Column('text', { array: true })
  granted!: Permission[];

  @Field(() => String, {
    nullable: true,
    description: 'Whose word it is that she is she, `iss` of her ID token. Null: she has not joined.',
  })
  @Column('text', { nullable: true })
  issuer!: string | null;

  @Field(() => String, { nullable: true, description: 'Who she is there, `sub`.' })
  @Column('text', { nullable: true })
  subject!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when her invitation stands. Null: she has joined.' })
  @Column('timestamptz', { name: 'invitation_until', nullable: true })
  invitedUntil!: Date | null;

  get nodeType(): string {
    return 'Member';
  }
}
