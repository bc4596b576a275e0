import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Node } from '../platform/api/node.ts';
import { DateTime } from '../platform/api/scalars.ts';
import { ReadBy } from '../platform/database/readers.ts';
import { PERMISSIONS, type Permission } from '../platform/viewer.ts';

/** GraphQL names cannot hold a colon: `reports:submit` is REPORTS_SUBMIT there. */
const toName = (permission: Permission): string => permission.toUpperCase().replace(':', '_');

export const PermissionName: Record<string, Permission> = Object.fromEntries(
  PERMISSIONS.map((permission) => [toName(permission), permission]),
);
registerEnumType(PermissionName, {
  name: 'Permission',
  description: 'What a credential may do. See docs/permissions.md.',
});

@ObjectType({
  implements: Node,
  description: 'A credential of an organisation: a machine, or a member at work with a script.',
})
@Entity('client')
@ReadBy(['organisation_id'])
export class Client extends Node {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'organisation_id' })
  organisationId!: string;

  @Column('uuid', { name: 'member_id', nullable: true })
  memberId!: string | null;

  @Field(() => String)
  @Column('text')
  name!: string;

  @Field(() => [PermissionName])
  @Column('text', { array: true })
  permissions!: Permission[];

  @Field(() => [String], {
    description:
      'Networks from which alone it opens, in CIDR notation; an address stands for itself. Empty: from everywhere.',
  })
  @Column('text', { array: true })
  networks!: string[];

  @Field(() => DateTime, { nullable: true, description: 'After this it is refused. Null: until it is revoked.' })
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Until when the key before the last rotation opens too. Null: it was never rotated.',
  })
  @Column('timestamptz', { name: 'previous_key_until', nullable: true })
  oldKeyUntil!: Date | null;

  @Field(() => String, { nullable: true, description: 'Whose tokens act as this client, `iss`. Null: it has a key.' })
  @Column('text', { nullable: true })
  issuer!: string | null;

  @Field(() => String, { nullable: true, description: 'The `client_id` of those tokens.' })
  @Column('text', { name: 'issuer_client', nullable: true })
  issuerClient!: string | null;

  @Field(() => String, { nullable: true, description: 'The `sub` of those tokens.' })
  @Column('text', { name: 'issuer_subject', nullable: true })
  issuerSubject!: string | null;

  get nodeType(): string {
    return 'Client';
  }
}
