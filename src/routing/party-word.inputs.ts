import { Field, ID, InputType, registerEnumType } from 'type-graphql';

import { DecideCasesInput } from '../triage/decision.type.ts';
import { ClaimKindEnum, ClaimRoleEnum } from './claim.entity.ts';
import type { ClaimKind, ClaimRole } from './claim.ts';
import { CORRECTIONS, type ContactMark, type Correction } from './party-word.ts';
import { ContactMarkEnum } from './party.type.ts';

const CorrectionEnum = Object.fromEntries(CORRECTIONS.map((correction) => [correction, correction]));
registerEnumType(CorrectionEnum, {
  name: 'PartyCorrection',
  description:
    'REPLACE: another party acts in this role. REMOVE: nobody does, whatever claims and look-ups say. FORGET: takes back ' +
    'what you said, so that claims and look-ups count again.',
});

@InputType({ description: 'Either `organisation`, or `kind` and `value`.' })
export class NamedPartyInput {
  @Field(() => ID, { nullable: true, description: 'A provider that is ACTIVE.' })
  organisation?: string | null;

  @Field(() => ClaimKindEnum, {
    nullable: true,
    description:
      'IANA_REGISTRAR_ID, REGISTRAR_HANDLE, ASN or CONTACT_DOMAIN: by what the party is known. Where nobody holds it yet, ' +
      'an organisation that is UNCLAIMED is made for it.',
  })
  kind?: ClaimKind | null;

  @Field(() => String, { nullable: true, description: 'As people write it, e.g. `AS64500`; at most 300 characters.' })
  value?: string | null;

  @Field(() => String, { nullable: true, description: 'With REGISTRAR_HANDLE: the top-level domain of its registry.' })
  tld?: string | null;
}

@InputType()
export class AddPartyInput extends DecideCasesInput {
  @Field(() => ClaimRoleEnum)
  role!: ClaimRole;

  @Field(() => NamedPartyInput)
  party!: NamedPartyInput;

  @Field(() => String, { nullable: true, description: 'How you know, for your own records; at most 2,000 characters.' })
  reason?: string | null;
}

@InputType()
export class CorrectPartyInput extends DecideCasesInput {
  @Field(() => ClaimRoleEnum)
  role!: ClaimRole;

  @Field(() => CorrectionEnum)
  as!: Correction;

  @Field(() => NamedPartyInput, { nullable: true, description: 'With REPLACE, and with nothing else.' })
  party?: NamedPartyInput | null;

  @Field(() => String, { description: 'Why, for your own records; 1 to 2,000 characters.' })
  reason!: string;
}

@InputType()
export class SetContactInput extends DecideCasesInput {
  @Field(() => ClaimRoleEnum, { description: 'Whose: the party that acts in this role on each of the cases.' })
  role!: ClaimRole;

  @Field(() => String, {
    nullable: true,
    description: 'An address, a number, the URL of a form; at most 500 characters. Null forgets it.',
  })
  contact?: string | null;

  @Field(() => ContactMarkEnum, { nullable: true })
  mark?: ContactMark | null;
}
