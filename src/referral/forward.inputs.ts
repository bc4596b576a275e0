import { Field, InputType } from 'type-graphql';

import { DateTime } from '../platform/api/scalars.ts';
import { ClaimRoleEnum } from '../routing/claim.entity.ts';
import type { ClaimRole } from '../routing/claim.ts';
import { DecideCasesInput } from '../triage/decision.type.ts';
import { RequestedActionEnum } from './inbox-item.entity.ts';
import { LegalBasisEnum } from './referral.entity.ts';
import type { LegalBasis, RequestedAction } from './request.ts';

@InputType()
export class ForwardCasesInput extends DecideCasesInput {
  @Field(() => RequestedActionEnum, {
    defaultValue: 'TAKE_DOWN',
    description: 'Of a party that is only to pass it on, because of the assessment, RELAY_TO_HOLDER is asked.',
  })
  requestedAction!: RequestedAction;

  @Field(() => LegalBasisEnum, {
    defaultValue: 'VOLUNTARY_COOPERATION',
    description:
      'FORBIDDEN_BASIS where your organisation may not assert it. A party that it does not bind is asked on VOLUNTARY_COOPERATION.',
  })
  legalBasis!: LegalBasis;

  @Field(() => String, { nullable: true, description: 'For the parties; at most 2,000 characters.' })
  note?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'By when you ask them to act. Default: in 48 hours.' })
  dueAt?: Date | null;

  @Field(() => [ClaimRoleEnum], {
    defaultValue: [],
    description:
      'Roles that would wait for a next step and are to be asked at once. Whom the assessment spares is not asked even so.',
  })
  alsoAsk!: ClaimRole[];

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Confirms for cases that nobody can be found for: they end as UNRESOLVED(NO_PARTY). Otherwise those are refused.',
  })
  confirmNoParty!: boolean;
}
