import { Field, ID, InputType } from 'type-graphql';

import { DateTime } from '../platform/api/scalars.ts';
import { ClaimDecisionEnum, ClaimKindEnum, ClaimRoleEnum, ClaimStateEnum } from './claim.entity.ts';
import type { ClaimState } from './claim.states.ts';
import type { ClaimDecision, ClaimKind, ClaimRole } from './claim.ts';

const KEY = '1 to 128 characters.';

@InputType({ description: 'Either `domainSuffix`, or `kind` and `value`.' })
export class AssetInput {
  @Field(() => String, {
    nullable: true,
    description: 'Short for DOMAIN_SUFFIX: it and every name below it are yours in this role.',
  })
  domainSuffix?: string | null;

  @Field(() => ClaimKindEnum, { nullable: true })
  kind?: ClaimKind | null;

  @Field(() => String, {
    nullable: true,
    description: 'As people write it, e.g. `AS64500`, `192.0.2.0/24`, `1234`; at most 300 characters.',
  })
  value?: string | null;

  @Field(() => String, { nullable: true, description: 'With REGISTRAR_HANDLE: the top-level domain of its registry.' })
  tld?: string | null;

  @Field(() => ClaimRoleEnum)
  role!: ClaimRole;
}

@InputType()
export class ClaimAssetsInput {
  @Field(() => String, { description: KEY })
  idempotencyKey!: string;

  @Field(() => [AssetInput], { description: 'At most 1,000.' })
  assets!: AssetInput[];
}

@InputType()
export class DecideClaimsInput {
  @Field(() => String, { description: KEY })
  idempotencyKey!: string;

  @Field(() => [ID], {
    description: 'At most 1,000: claims of organisations that you registered, and contacts for assets that are yours.',
  })
  claims!: string[];

  @Field(() => Boolean, { defaultValue: true, description: 'Without `decision`. True: VERIFY. False: REFUSE.' })
  verified!: boolean;

  @Field(() => ClaimDecisionEnum, { nullable: true })
  decision?: ClaimDecision | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'With VERIFY, RENEW and UPHOLD: until when it routes. A year from now when left out.',
  })
  until?: Date | null;
}

@InputType()
export class ReleaseAssetsInput {
  @Field(() => String, { description: KEY })
  idempotencyKey!: string;

  @Field(() => [ID], { description: 'At most 1,000 of your claims. What you were told because of them stays yours.' })
  claims!: string[];
}

@InputType()
export class ClaimFilter {
  @Field(() => ClaimStateEnum, { nullable: true })
  state?: ClaimState | null;

  @Field(() => ClaimKindEnum, { nullable: true })
  kind?: ClaimKind | null;

  @Field(() => ClaimRoleEnum, { nullable: true })
  role?: ClaimRole | null;
}
