import { Field, InputType } from 'type-graphql';

import { DateTime } from '../platform/api/scalars.ts';
import { DecideCasesInput } from '../triage/decision.type.ts';
import { RequestedActionEnum } from './inbox-item.entity.ts';
import { LegalBasisEnum } from './referral.entity.ts';
import type { LegalBasis, RequestedAction } from './request.ts';

@InputType()
export class ForwardCasesInput extends DecideCasesInput {
  @Field(() => RequestedActionEnum, { defaultValue: 'TAKE_DOWN' })
  requestedAction!: RequestedAction;

  @Field(() => LegalBasisEnum, { defaultValue: 'VOLUNTARY_COOPERATION' })
  legalBasis!: LegalBasis;

  @Field(() => String, { nullable: true, description: 'For the parties; at most 2,000 characters.' })
  note?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'By when you ask them to act. Default: in 48 hours.' })
  dueAt?: Date | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Confirms for cases that nobody can be found for: they end as UNRESOLVED(NO_PARTY). Otherwise those are refused.',
  })
  confirmNoParty!: boolean;
}
