import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Node } from '../platform/api/node.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { ROLES, type Role } from '../platform/viewer.ts';

export const OrganisationRole = Object.fromEntries(ROLES.map((role) => [role, role]));
registerEnumType(OrganisationRole, {
  name: 'OrganisationRole',
  description: 'What an organisation is in this field; it may be several.',
});

@ObjectType({ implements: Node, description: 'A tenant of the hub.' })
@Entity('organisation')
@ReadBy(['id', 'operator_id'], { open: 'listed' })
export class Organisation extends Node {
  @PrimaryColumn('uuid')
  id!: string;

  @Field(() => String)
  @Column('text')
  name!: string;

  @Field(() => [OrganisationRole])
  @Column('text', { array: true })
  roles!: Role[];

  @Field(() => String, { description: 'ACTIVE, SUSPENDED, or UNCLAIMED while nobody has joined for it.' })
  @Column('text')
  state!: string;

  @Column('boolean')
  listed!: boolean;

  @Column('uuid', { name: 'operator_id' })
  operatorId!: string;

  @Column('uuid', { name: 'coordinator_id', nullable: true })
  coordinatorId!: string | null;

  get nodeType(): string {
    return 'Organisation';
  }
}
