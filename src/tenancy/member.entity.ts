import { Field, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Node } from '../platform/api/node.ts';
import { ReadBy } from '../platform/database/readers.ts';

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

  @Field(() => String, { description: 'ACTIVE or REMOVED. The keys of a removed member stop working at once.' })
  @Column('text')
  state!: string;

  get nodeType(): string {
    return 'Member';
  }
}
