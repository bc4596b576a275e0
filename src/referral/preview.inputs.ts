import { Field, ID, InputType } from 'type-graphql';

import { ClaimRoleEnum } from '../routing/claim.entity.ts';
import type { ClaimRole } from '../routing/claim.ts';
import { RequestedActionEnum } from './inbox-item.entity.ts';
import { LegalBasisEnum } from './referral.entity.ts';
import type { LegalBasis, RequestedAction } from './request.ts';

@InputType()
export class PreviewForwardInput {
  @Field(() => [ID], { description: 'Cases of your own, 1 to 1,000.' })
  cases!: string[];

  @Field(() => RequestedActionEnum, { defaultValue: 'TAKE_DOWN' })
  requestedAction!: RequestedAction;

  @Field(() => LegalBasisEnum, { defaultValue: 'VOLUNTARY_COOPERATION' })
  legalBasis!: LegalBasis;

  @Field(() => [ClaimRoleEnum], { defaultValue: [] })
  alsoAsk!: ClaimRole[];
}

@InputType({ description: 'Exactly one of them.' })
export class PreviewInput {
  @Field(() => String, { nullable: true, description: 'As text, defanged or not; at most 2,048 characters.' })
  observable?: string | null;

  @Field(() => ID, { nullable: true, description: 'A report of your own.' })
  report?: string | null;

  @Field(() => PreviewForwardInput, { nullable: true, description: 'As `forwardCases` would; for coordinators.' })
  forward?: PreviewForwardInput | null;
}
