import { Field, ID, InputType } from 'type-graphql';

import { DateTime } from '../platform/api/scalars.ts';
import type { Permission, Role } from '../platform/viewer.ts';
import { PermissionName } from './client.entity.ts';
import { OrganisationRole } from './organisation.entity.ts';

@InputType()
export class CreateOrganisationInput {
  @Field(() => String, { description: '1 to 200 characters.' })
  name!: string;

  @Field(() => [OrganisationRole])
  roles!: Role[];

  @Field(() => ID, { nullable: true, description: 'The CERT that leads the reports of this vendor by default.' })
  coordinator?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'An UNCLAIMED organisation that the hub made for a party it knew by a key alone. It gets this name and a first ' +
      'key, keeps its id, and with it all that was addressed to it. Its role is PROVIDER, and no other.',
  })
  unclaimed?: string | null;
}

@InputType()
export class CreateClientInput {
  @Field(() => String, { description: 'What it is for; only your organisation sees it.' })
  name!: string;

  @Field(() => [PermissionName], { description: 'At most those your organisation can hand out.' })
  permissions!: Permission[];

  @Field(() => ID, { nullable: true, description: 'A member for whom it acts. It ends with the membership.' })
  member?: string | null;

  @Field(() => DateTime, { nullable: true })
  expiresAt?: Date | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Networks from which alone it opens, 50 at most: 192.0.2.0/24, 2001:db8::/32, or single addresses. From anywhere ' +
      'else it is refused as if it were unknown. Null or empty: from everywhere.',
  })
  networks?: string[] | null;
}

@InputType()
export class UpdateClientInput {
  @Field(() => ID)
  client!: string;

  @Field(() => String, { nullable: true })
  name?: string | null;

  @Field(() => [PermissionName], {
    nullable: true,
    description:
      'What it keeps of what it holds: permissions only become fewer. Its open sockets are closed within a minute, and ' +
      'come back with what is left.',
  })
  permissions?: Permission[] | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'All networks from which it opens from now on, as for `createClient`; empty: from everywhere. It is not checked ' +
      'that you are in one of them yourself.',
  })
  networks?: string[] | null;

  @Field(() => DateTime, { nullable: true, description: 'Null, unless left out: until it is revoked.' })
  expiresAt?: Date | null;
}

@InputType()
export class LinkClientInput extends CreateClientInput {
  @Field(() => String, {
    description:
      'A token for this hub that its issuer has just given to the client: whoever can show one holds the client. Its `iss`, `client_id` and `sub` are kept, the token is not.',
  })
  accessToken!: string;
}

@InputType()
export class RotateClientKeyInput {
  @Field(() => ID)
  client!: string;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Until when the key of now still opens, at most 30 days from now; in the past or now: it ends at once. Without it, 24 hours.',
  })
  oldKeyUntil?: Date | null;
}
