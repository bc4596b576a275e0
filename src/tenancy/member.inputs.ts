import { Field, ID, InputType } from 'type-graphql';

import type { Permission } from '../platform/viewer.ts';
import { PermissionName } from './client.entity.ts';

@InputType()
export class InviteMemberInput {
  @Field(() => String)
  name!: string;

  @Field(() => String, { description: 'How your organisation reaches her. It opens nothing: the invitation does.' })
  email!: string;
}

@InputType()
export class GrantPermissionsInput {
  @Field(() => String, { description: '1 to 128 characters; the same again within 30 days is answered as the first.' })
  idempotencyKey!: string;

  @Field(() => ID, { description: 'A member who has joined.' })
  member!: string;

  @Field(() => [PermissionName], {
    description:
      'All that she may do when she is signed in, at most what your organisation can hand out. Empty: nothing.',
  })
  permissions!: Permission[];
}
