import { Field, InputType, registerEnumType } from 'type-graphql';

import { DateTime } from '../platform/api/scalars.ts';
import { CaseRef } from '../triage/case.inputs.ts';
import { LEGAL_BASES, REQUESTED_ACTIONS, type LegalBasis, type RequestedAction } from './request.ts';

export const RequestedActionEnum = Object.fromEntries(REQUESTED_ACTIONS.map((action) => [action, action]));
export const LegalBasisEnum = Object.fromEntries(LEGAL_BASES.map((basis) => [basis, basis]));
registerEnumType(RequestedActionEnum, {
  name: 'RequestedAction',
  description: 'What a coordinator asks a party to do.',
});
registerEnumType(LegalBasisEnum, { name: 'LegalBasis', description: 'On what a coordinator rests its request.' });

@InputType()
export class ForwardCasesInput {
  @Field(() => String, { description: '1 to 128 characters.' })
  idempotencyKey!: string;

  @Field(() => [CaseRef], { description: 'At most 1,000.' })
  cases!: CaseRef[];

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
