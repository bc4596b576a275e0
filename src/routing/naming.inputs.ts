import { Field, InputType } from 'type-graphql';

import { HostingInput } from '../intake/hosting.type.ts';
import { DecideCasesInput } from '../triage/decision.type.ts';
import { ClaimRoleEnum } from './claim.entity.ts';
import type { ClaimRole } from './claim.ts';

@InputType({ description: 'Where abuse is reported to, for a party that has no better key.' })
class ContactInput {
  @Field(() => ClaimRoleEnum)
  role!: ClaimRole;

  @Field(() => String, { description: 'A domain name, e.g. that of its abuse mailbox.' })
  domain!: string;
}

@InputType()
export class CorrectPartiesInput extends DecideCasesInput {
  @Field(() => HostingInput, {
    nullable: true,
    description:
      'Who holds what lies behind these cases. What you say of a kind counts instead of what others say of it.',
  })
  hosting?: HostingInput | null;

  @Field(() => [ContactInput], { nullable: true, description: 'At most 20.' })
  contacts?: ContactInput[] | null;
}
