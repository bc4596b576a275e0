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
