import { Field, ID, InputType } from 'type-graphql';

import { ClaimRoleEnum } from './claim.entity.ts';
import type { ClaimRole } from './claim.ts';

@InputType()
export class AssetInput {
  @Field(() => String, { description: 'A domain name: it and every name below it are yours in this role.' })
  domainSuffix!: string;

  @Field(() => ClaimRoleEnum)
  role!: ClaimRole;
}

@InputType()
export class ClaimAssetsInput {
  @Field(() => String, { description: '1 to 128 characters.' })
  idempotencyKey!: string;

  @Field(() => [AssetInput], { description: 'At most 1,000.' })
  assets!: AssetInput[];
}

@InputType()
export class DecideClaimsInput {
  @Field(() => String, { description: '1 to 128 characters.' })
  idempotencyKey!: string;

  @Field(() => [ID], { description: 'At most 1,000 pending claims of organisations that you registered.' })
  claims!: string[];

  @Field(() => Boolean, { defaultValue: true, description: 'True: verified from now on. False: refused.' })
  verified!: boolean;
}
